import { Injectable } from '@nestjs/common'
import { event, nextTurn } from '@oarlock/test-support/event'
import type { LeaderInfo, Leadership } from 'oarlock'
import { describe, expect, it } from 'vitest'
import { make, start } from '../../test/app.ts'
import {
  currentLeadership,
  type ElectionEvents,
  electionChannel,
  InjectLeadership,
  LeaderElectionService,
  NotLeaderError,
  OarlockModule,
} from '../index.ts'

const imports = [OarlockModule.forRoot({ redis: 'redis://127.0.0.1:1', isGlobal: true })]
const setUp = async () => {
  const app = await start({ imports })
  return { app, election: app.election, service: app.get(LeaderElectionService) }
}

describe('LeaderElectionService', () => {
  it('does not lead before the application has started, and why() says so', async () => {
    await using app = await make({ imports })
    app.election.win()
    const service = app.get(LeaderElectionService)
    expect(service).toMatchObject({ id: '', held: false, leadership: null, leader: null, leaderlessFor: 0 })
    expect(String(service.why())).toMatch(/has not started yet/)
    expect(service.status()).toEqual({ id: '', state: 'waiting', held: false, leader: null, problems: [] })
  })

  it('tells whether this instance leads at that moment', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    expect(service).toMatchObject({ id: election.id, held: false, leadership: null })
    const { fence } = election.win()
    expect(service).toMatchObject({ held: true, leader: { id: election.id, fence } })
    expect(service.isLeader()).toBe(true)
    election.expire()
    expect(service.held).toBe(false)
    expect(String(service.why())).toBe(String(election.why()))
  })

  it('leader$ gives the latest leader at once, then each change, until it closes', async () => {
    const { app, election, service } = await setUp()
    const seen: (LeaderInfo | null)[] = []
    const completed = event()
    election.lose('one')
    await nextTurn()
    service.leader$.subscribe({ next: (leader) => seen.push(leader), complete: () => completed.happen() })
    election.lose('other')
    await nextTurn()
    await app.close()
    await completed.happened
    expect(seen).toEqual([{ id: 'one', fence: 1 }, { id: 'other', fence: 2 }, null])
    const afterwards: unknown[] = []
    service.leader$.subscribe({
      next: (leader) => afterwards.push(leader),
      complete: () => afterwards.push('over'),
    })
    expect(afterwards).toEqual(['over'])
  })

  it('has a status, and a diagnostics channel says when the election stops here', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    election.win()
    expect(service.status()).toMatchObject({ id: election.id, state: 'running', held: true, problems: [] })
    const told = event<ElectionEvents['oarlock:stopped']>()
    const listener = (message: unknown) => told.happen(message as ElectionEvents['oarlock:stopped'])
    electionChannel('oarlock:stopped').subscribe(listener)
    const reason = new Error('the disk failed')
    election.stop(reason)
    const message = await told.happened
    electionChannel('oarlock:stopped').unsubscribe(listener)
    expect(message).toEqual({ election: service, reason })
    const text = `${election.id} had to stop: the disk failed.`
    expect(service.status()).toMatchObject({
      state: 'stopped',
      held: false,
      problems: [{ kind: 'stopped', text }],
    })
  })

  it('measures the time without a leader', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    await nextTurn()
    expect(service.leaderlessFor).toBeGreaterThan(0)
    election.lose('one')
    await nextTurn()
    expect(service.leaderlessFor).toBe(0)
    election.lose()
    await nextTurn()
    expect(service.leaderlessFor).toBeGreaterThan(0)
  })
})

describe('waitForLeadership', () => {
  it('resolves with the leadership that is held, or with the next one', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    const next = service.waitForLeadership()
    const leadership = election.win()
    expect(await next).toBe(leadership)
    expect(await service.waitForLeadership()).toBe(leadership)
  })

  it("resolves with a leadership that does not end with the caller's signal", async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    const patience = new AbortController()
    election.win()
    const { signal } = await service.waitForLeadership(patience.signal)
    patience.abort()
    expect(signal.aborted).toBe(false)
  })

  it("rejects with the signal's reason", async () => {
    const { app, service } = await setUp()
    await using _ = app
    const patience = new AbortController()
    const waiting = service.waitForLeadership(patience.signal)
    patience.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it("waits for the application's start", async () => {
    await using app = await make({ imports })
    const service = app.get(LeaderElectionService)
    const patience = new AbortController()
    const impatient = service.waitForLeadership(patience.signal)
    const patient = service.waitForLeadership()
    patience.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    const leadership = app.election.win()
    await app.nest.init()
    expect(await patient).toBe(leadership)
  })

  it('rejects when the application closes, before or after its start', async () => {
    for (const begin of [start, make]) {
      const app = await begin({ imports })
      const waiting = app.get(LeaderElectionService).waitForLeadership()
      await app.close()
      // An application that has not started has no shutdown.
      if (begin === make) await app.get(LeaderElectionService).election.close()
      await expect(waiting).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
    }
  })
})

describe('runIfLeader', () => {
  it('runs the task here and returns its result, or returns the leader', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    const fence = async (leadership: Leadership) => {
      await null
      return [leadership.fence, currentLeadership()?.fence]
    }
    expect(await service.runIfLeader(fence)).toEqual({ ran: false, leader: null })
    election.lose('another')
    expect(await service.runIfLeader(fence)).toEqual({ ran: false, leader: { id: 'another', fence: 1 } })
    election.win()
    expect(await service.runIfLeader(fence)).toEqual({ ran: true, value: [2, 2] })
    expect(currentLeadership()).toBeNull()
  })

  it("throws the task's error", async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    election.win()
    await expect(service.runIfLeader(() => Promise.reject(new Error('late')))).rejects.toThrow('late')
    const atOnce = () => {
      throw new Error('at once')
    }
    await expect(service.runIfLeader(atOnce)).rejects.toThrow('at once')
    // Shutdown will wait for neither.
    expect(service.work.running).toEqual([])
  })
})

describe('resign', () => {
  it('hands leadership over', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    const leadership = election.win()
    expect(await service.resign({ to: 'another' })).toBe('another')
    expect(leadership.held).toBe(false)
    expect(service.leader).toEqual({ id: 'another', fence: 2 })
  })

  it('throws NotLeaderError on another instance', async () => {
    const { app, election, service } = await setUp()
    await using _ = app
    election.lose('another')
    const refused = service.resign()
    await expect(refused).rejects.toThrow(NotLeaderError)
    await expect(refused).rejects.toMatchObject({ leader: 'another', message: /'another' leads/ })
  })
})

describe('@InjectLeadership()', () => {
  @Injectable()
  class Writer {
    readonly leadership: Leadership
    constructor(@InjectLeadership() leadership: Leadership) {
      this.leadership = leadership
    }
  }

  it('is the leadership that is held here', async () => {
    await using app = await start({ imports, providers: [Writer] })
    const { leadership } = app.get(Writer)
    const { fence } = app.election.win()
    expect(leadership).toMatchObject({ fence, held: true, deadline: Number.POSITIVE_INFINITY })
    expect(leadership.signal.aborted).toBe(false)
    leadership.assertHeld()
    expect(app.election.win().fence).toBe(leadership.fence)
  })

  it('has no fence if this instance does not lead', async () => {
    await using app = await start({ imports, providers: [Writer] })
    const { leadership } = app.get(Writer)
    expect(leadership.held).toBe(false)
    expect(leadership.deadline).toBe(Number.NEGATIVE_INFINITY)
    expect(leadership.signal.reason).toBeInstanceOf(NotLeaderError)
    expect(() => leadership.fence).toThrow(NotLeaderError)
    expect(() => leadership.assertHeld()).toThrow(NotLeaderError)
  })

  it('stays the lost leadership for work that began under it', async () => {
    await using app = await start({ imports, providers: [Writer] })
    const { leadership } = app.get(Writer)
    app.election.win()
    const next = event()
    const run = app.get(LeaderElectionService).runIfLeader(async () => {
      await next.happened
      return { fence: leadership.fence, held: leadership.held }
    })
    app.election.win()
    next.happen()
    expect(await run).toMatchObject({ value: { fence: 1, held: false } })
    expect(leadership.fence).toBe(2)
  })
})
