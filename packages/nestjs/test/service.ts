// A service for tests, with HTTP and a job for the leader. It writes a line of JSON for each event:
// node service.ts '<tcp options of OarlockModule.forRoot>' [no-hooks]

import { setTimeout as pause } from 'node:timers/promises'
import { Controller, Get, Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { aborted } from '@oarlock/test-support/event'
import { type Leadership, MemoryLogStore } from 'oarlock'
import { OarlockModule, OnElected, OnRevoked } from '../src/index.ts'

const [options = '{}', hooks] = process.argv.slice(2)
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

@Injectable()
class Job {
  @OnElected()
  async run(leadership: Leadership): Promise<void> {
    say({ leads: leadership.fence })
    await aborted(leadership.signal)
    // Ending the work takes a moment.
    await pause(20)
    say({ done: leadership.fence, held: leadership.held })
  }

  @OnRevoked()
  stop(reason: { code: string }): void {
    say({ revoked: reason.code })
  }
}

@Controller()
class Hello {
  @Get()
  hello(): string {
    return 'hello'
  }
}

const tcp = { ...JSON.parse(options), logStore: new MemoryLogStore() }

@Module({ imports: [OarlockModule.forRoot({ tcp })], controllers: [Hello], providers: [Job] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error', 'fatal'] })
if (hooks !== 'no-hooks') app.enableShutdownHooks()
await app.listen(0, '127.0.0.1')
say({ listens: tcp.id })
