// Leader work that closes its own application.
import { Injectable } from '@nestjs/common'
import { event, nextTurn } from '@oarlock/test-support/event'
import type { Leadership } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { type App, start } from '../../test/app.ts'
import { LeaderElectionService, LeaderOnly, OarlockModule, OnElected } from '../index.ts'

/** So long that a shutdown that waits for its own caller exceeds the time of the test. */
const drainTimeout = 600_000
const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', drainTimeout })]

@Injectable()
class Closer {
  app!: App
  @LeaderOnly()
  async closeNow(): Promise<string> {
    await nextTurn()
    await this.app.nest.close()
    return 'closed'
  }
}

@Injectable()
class ClosesWhenElected {
  app!: App
  readonly closed = event()
  @OnElected()
  async follow(_leadership: Leadership): Promise<void> {
    await this.app.nest.close()
    this.closed.happen()
  }
}

describe('shutdown', () => {
  it('does not wait for a @LeaderOnly method that waits for it', async () => {
    const app = await start({ imports, providers: [Closer] })
    const closer = app.get(Closer)
    closer.app = app
    app.election.win()
    await nextTurn()
    expect(await closer.closeNow()).toBe('closed')
  })

  it('does not wait for an @OnElected method that waits for it', async () => {
    const app = await start({ imports, providers: [ClosesWhenElected] })
    const closer = app.get(ClosesWhenElected)
    closer.app = app
    app.election.win()
    await closer.closed.happened
  })

  it('does not wait for work that closes its election and waits for that', async () => {
    const app = await start({ imports })
    const service = app.get(LeaderElectionService)
    app.election.win()
    await nextTurn()
    expect(await service.runIfLeader(() => service.election.close())).toMatchObject({ ran: true })
    await app.close()
  })

  it('waits for the other work, and holds the leadership meanwhile', async () => {
    const app = await start({ imports, providers: [ClosesWhenElected] })
    const closer = app.get(ClosesWhenElected)
    closer.app = app
    const leadership = app.election.win()
    const release = event()
    const other = app.get(LeaderElectionService).runIfLeader(() => release.happened)
    await nextTurn()
    expect(leadership).toMatchObject({ held: true, signal: { aborted: true } })
    release.happen()
    await other
    await closer.closed.happened
    expect(leadership.held).toBe(false)
  })
})
