import {
  completeConfig,
  type Envelope,
  type Event,
  emptyHardState,
  index,
  MemoryLog,
  type Message,
  type Persist,
  Raft,
  staticVoters,
  term,
} from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import { Driver } from './driver.ts'

const noPlace = { index: index(0), term: term(0) }

/** A driver of the member a. Its event loop runs only when a test says so. */
class Driven {
  readonly clock = new FakeClock()
  readonly raft: Raft
  readonly driver: Driver
  readonly sent: Envelope[] = []
  ticks = 0
  /** The end of a write that a test holds up; null: writes end by themselves. */
  heldWrite: (() => void) | null = null
  holdsWrites = false
  readonly written: (readonly Persist[])[] = []
  readonly installed: number[] = []
  onApply: (index: number) => void = () => {}
  #callbacks: (() => void)[] = []

  constructor(...voters: string[]) {
    const log = new MemoryLog()
    this.raft = new Raft({
      config: completeConfig({
        id: 'a',
        electionTimeout: 500,
        electionSpread: 0.5,
        heartbeatInterval: 100,
      }),
      restored: { hardState: emptyHardState, configuration: staticVoters(voters), applied: index(0) },
      log,
      random: () => 0,
      now: this.clock.now(),
    })
    const step = this.raft.step.bind(this.raft)
    this.raft.step = (event, now) => {
      if (event.type === 'tick') this.ticks++
      step(event, now)
    }
    const { later } = this
    this.driver = new Driver({
      raft: this.raft,
      id: 'a',
      log: {
        write: (batch, done) => {
          this.written.push(batch)
          for (const { snapshot, entries } of batch) {
            if (snapshot !== null) log.restore(snapshot)
            log.append(entries)
          }
          if (this.holdsWrites) this.heldWrite = () => done(null)
          else later(() => done(null))
        },
      },
      transport: { send: (envelopes) => void this.sent.push(...envelopes) },
      clock: this.clock,
      eventLoop: { endOfTurn: later, afterInput: later },
      listener: {
        turnEnding() {},
        role() {},
        outcome() {},
        read() {},
        apply: ({ index }) => this.onApply(index),
        install: ({ index }) => void this.installed.push(index),
        idle() {},
        failed(cause) {
          throw cause
        },
      },
    })
    this.driver.start()
    this.run()
  }

  /** Its election timeout ends, and it stands. */
  campaign(): void {
    this.clock.advance(500)
    this.run()
  }

  /** Calls back in the event loop, after those before it. */
  readonly later = (callback: () => void): void => {
    this.#callbacks.push(callback)
  }

  /** Runs the event loop until nothing is left to do. */
  run(): void {
    while (this.#callbacks.length > 0) this.#callbacks.shift()!()
  }

  /** The member b grants its pre-vote and its vote. */
  becomeLeader(): void {
    this.campaign()
    this.receive({ type: 'preVoteResponse', term: term(1), granted: true })
    this.receive({ type: 'voteResponse', term: term(1), granted: true })
  }

  /** The member b sends this. */
  receive(message: Message): void {
    this.driver.receive('b', [message])
    this.run()
  }

  hearLeader(): void {
    const heartbeat: Message = {
      type: 'heartbeat',
      term: term(1),
      commit: index(0),
      sentAt: 0,
      round: 1,
      successorPriority: 1,
      heldByAll: index(0),
    }
    this.driver.receive('b', [heartbeat])
  }
}

it('has one timer, which follows an earlier deadline', () => {
  const driven = new Driven('a')
  expect(driven.clock.timers).toBe(1)
  driven.campaign()
  expect([driven.raft.role, driven.clock.timers]).toEqual(['leader', 1])
  const { ticks } = driven
  driven.clock.advance(100) // the interval of heartbeats, well before the election timeout
  driven.run()
  expect([driven.ticks - ticks, driven.clock.timers]).toEqual([1, 1])
})

it('keeps its timer when the deadline moves away, and looks again when the timer fires', () => {
  const driven = new Driven('a', 'b', 'c')
  driven.clock.advance(400)
  driven.hearLeader()
  driven.run()
  expect(driven.clock.timers).toBe(1)
  driven.clock.advance(200)
  driven.run()
  expect([driven.ticks, driven.clock.timers]).toEqual([0, 1])
  driven.clock.advance(300)
  driven.run()
  expect([driven.ticks, driven.raft.role]).toEqual([1, 'preCandidate'])
})

it('lets input come first when the timer is late', () => {
  const driven = new Driven('a', 'b', 'c')
  driven.clock.advance(5000)
  driven.hearLeader()
  driven.run()
  expect([driven.ticks, driven.raft.role, driven.raft.leader]).toEqual([0, 'follower', 'b'])
})

it('has no timer once it is stopped, and takes no tick that was waiting for input', () => {
  const driven = new Driven('a', 'b', 'c')
  driven.driver.stop()
  expect(driven.clock.timers).toBe(0)
  const waiting = new Driven('a', 'b', 'c')
  waiting.clock.advance(5000)
  waiting.driver.stop()
  waiting.run()
  expect([waiting.ticks, waiting.clock.timers]).toEqual([0, 0])
})

it('tells the followers of a commit, even if no event follows the write that commits', () => {
  const driven = new Driven('a', 'b')
  driven.becomeLeader()
  driven.receive({ type: 'appendResponse', term: term(1), index: index(1), rejected: false, hint: noPlace })
  driven.holdsWrites = true
  driven.driver.step({
    type: 'propose',
    request: null,
    entries: [{ type: 'normal', data: Uint8Array.of(1) }],
  })
  driven.run()
  driven.receive({ type: 'appendResponse', term: term(1), index: index(2), rejected: false, hint: noPlace })
  expect(driven.raft.commit).toBe(1)
  driven.sent.length = 0
  // The leader's own copy is durable last. Nothing else is under way.
  driven.heldWrite!()
  driven.run()
  expect(driven.raft.commit).toBe(2)
  expect(driven.sent).toMatchObject([{ to: 'b', message: { type: 'append', entries: [], commit: 2 } }])
})

/** A leader whose follower has everything: `entry` is committed, and with it nothing else is written. */
function writtenOnceCommitted(event: Event): Driven['written'] {
  const driven = new Driven('a', 'b')
  driven.becomeLeader()
  driven.receive({ type: 'appendResponse', term: term(1), index: index(1), rejected: false, hint: noPlace })
  driven.driver.step(event)
  driven.run()
  driven.written.length = 0
  driven.receive({ type: 'appendResponse', term: term(1), index: index(2), rejected: false, hint: noPlace })
  expect(driven.raft.commit).toBe(2)
  return driven.written
}

it('writes no commit index by itself, unless it commits a change of the membership', () => {
  const data = Uint8Array.of(1)
  expect(
    writtenOnceCommitted({ type: 'propose', request: null, entries: [{ type: 'normal', data }] }),
  ).toEqual([])
  const change = { transition: 'auto', changes: [{ kind: 'learner', id: 'c' }] } as const
  expect(writtenOnceCommitted({ type: 'reconfigure', request: 1, change, expected: index(0) })).toMatchObject(
    [[{ hardState: { commit: 2 }, entries: [], mustSync: true }]],
  )
})

it('installs only the last of the snapshots that one write has made durable', () => {
  const driven = new Driven('a', 'b', 'c')
  driven.holdsWrites = true
  const snapshot = (at: number): Message => {
    const meta = { index: index(at), term: term(1), configuration: staticVoters(['a', 'b', 'c']) }
    return { type: 'snapshot', term: term(1), snapshot: meta }
  }
  for (const message of [snapshot(5), snapshot(7), snapshot(9)]) driven.receive(message)
  driven.heldWrite!()
  driven.run()
  expect(driven.installed).toEqual([5])
  driven.heldWrite!()
  driven.run()
  expect(driven.installed).toEqual([5, 9])
})

it('lets input in after each command of a slow state machine', () => {
  const driven = new Driven('a')
  driven.campaign()
  const events: string[] = []
  driven.onApply = (index) => {
    driven.clock.stall(50)
    events.push(`applies ${index}`)
    // As long as input waits, it comes in between.
    driven.later(() => events.push('input'))
  }
  const entries = Array.from({ length: 3 }, () => ({ type: 'normal' as const, data: Uint8Array.of(1) }))
  driven.driver.step({ type: 'propose', request: null, entries })
  driven.run()
  expect(events).toEqual(['applies 2', 'input', 'applies 3', 'input', 'applies 4', 'input'])
})
