// The entry of npm run outside.
import { outside } from './command.ts'

// The reader of the output may close it early (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = outside(process.argv.slice(2), console.log, console.error)
