// The application that was written for the older module, as a process: node older-service.ts <port of Redis>
// It writes a line whenever its state changes: leader, follower or election.
import { NestFactory } from '@nestjs/core'
import { appModule, Health } from './older-application.ts'

const app = await NestFactory.create(appModule(Number(process.argv[2])), {
  logger: ['warn', 'error', 'fatal'],
})
app.enableShutdownHooks()
await app.listen(0, '127.0.0.1')

const health = app.get(Health)
let last = ''
const look = async (): Promise<void> => {
  const state = await health.state()
  if (state !== last) process.stdout.write(`${state}\n`)
  last = state
}
setInterval(() => void look(), 2)
