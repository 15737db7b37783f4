// A member without state, and the leader that it asks, over clocks and files of the test.
import {
  type Configuration,
  type Event,
  index,
  MemoryLog,
  type Raft,
  type SnapshotProgress,
  staticVoters,
  term,
} from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { SnapshotDamagedError } from '../errors.ts'
import type { Clock, Got, PeerMessage, StoredSnapshot } from '../ports/index.ts'
import { isAlone, isRequest, Requesting } from './requesting.ts'
import { Requests } from './requests.ts'
import type { Transfers } from './transfers.ts'

const interval = 400
const metaOf = (at: number) => ({ index: index(at), term: term(3), configuration: staticVoters(['a', 'b']) })

/** A log that goes on from 40. */
function logFrom40(): MemoryLog {
  const log = new MemoryLog()
  log.restore(metaOf(40))
  return log
}

interface Core {
  role: 'leader' | 'follower'
  leader: string | null
  transferTarget: string | null
  configuration: Configuration
}

function requesting(core: Partial<Core> = {}) {
  const clock = new FakeClock()
  const raft: Core & { term: number; inspect(): object } = {
    role: 'follower',
    leader: 'b',
    transferTarget: null,
    configuration: { ...staticVoters(['a', 'b', 'c']), learners: ['d'] },
    term: 5,
    inspect: () => ({ id: 'a', configuration: raft.configuration, transferTarget: raft.transferTarget }),
    ...core,
  }
  const posted: [string, PeerMessage][] = []
  const stepped: Event[] = []
  const ends: (() => void)[] = []
  const own = new Requesting(
    {
      raft: raft as unknown as Raft,
      log: logFrom40(),
      clock,
      eventLoop: { endOfTurn: (end) => ends.push(end), afterInput: (end) => ends.push(end) },
      interval,
      post: (to, message) => posted.push([to, message]),
      step: (event) => stepped.push(event),
    },
    new SnapshotDamagedError('a block is damaged'),
  )
  return { clock, raft, posted, stepped, own, endTurn: () => ends.shift()!() }
}

const request: SnapshotProgress = {
  type: 'snapshotProgress',
  term: term(5),
  snapshot: { index: index(40), term: term(3) },
  attempt: 0,
  received: 0,
}

describe('a member without state', () => {
  it('asks its leader for a snapshot that its log goes on from, again and again', () => {
    const { clock, posted, own, raft } = requesting()
    own.begin()
    expect(posted).toEqual([['b', request]])
    expect(isRequest(request)).toBe(true)
    clock.advance(interval)
    raft.leader = null
    clock.advance(interval)
    raft.leader = 'c'
    clock.advance(interval)
    expect(posted.map(([to]) => to)).toEqual(['b', 'b', 'c'])
    own.stop()
    clock.advance(10 * interval)
    expect(posted).toHaveLength(3)
  })

  it('asks the next leader at the end of the turn in which it learns of it', () => {
    const { posted, own, raft, endTurn } = requesting({ leader: null })
    own.begin()
    raft.leader = 'c'
    own.roleChanged()
    expect(posted).toEqual([])
    endTurn()
    expect(posted.map(([to]) => to)).toEqual(['c'])
  })

  it('hands leadership over while it has it, and lets the core choose, but not for ever', () => {
    const { clock, stepped, own, raft, posted } = requesting({ role: 'leader', leader: 'a' })
    own.begin()
    clock.advance(interval / 4)
    raft.transferTarget = 'b'
    clock.advance(interval / 4)
    expect(stepped).toEqual([
      { type: 'transfer', to: null },
      { type: 'transfer', to: null },
    ])
    raft.transferTarget = null
    for (let n = 0; n < 4; n++) clock.advance(interval / 4)
    const chosen = stepped.slice(2).map((event) => event.type === 'transfer' && event.to)
    expect(chosen).toEqual(['b', null, null, 'c'])
    expect(posted).toEqual([])
  })
})

describe('alone is a member', () => {
  const aloneIn = (configuration: Configuration, log = logFrom40()): boolean =>
    isAlone({ inspect: () => ({ id: 'a', configuration }) } as unknown as Raft, log)

  it('that knows of no other voter', () => {
    expect(aloneIn(staticVoters(['a']))).toBe(true)
    expect(aloneIn(staticVoters(['a', 'b']))).toBe(false)
    expect(aloneIn(staticVoters(['b']))).toBe(false)
    expect(aloneIn({ ...staticVoters(['a']), learners: ['b'] })).toBe(true)
    expect(aloneIn({ ...staticVoters(['b']), learners: ['a'] })).toBe(false)
    expect(aloneIn({ ...staticVoters(['a']), outgoing: ['a', 'b'] })).toBe(false)
  })

  it('unless its log has a change of the membership, which it has not applied', () => {
    const log = logFrom40()
    const entry = { index: index(41), term: term(3), type: 'normal', data: Uint8Array.of(1) } as const
    log.append([entry])
    expect(aloneIn(staticVoters(['a']), log)).toBe(true)
    log.append([{ ...entry, index: index(42), type: 'configuration' }])
    expect(aloneIn(staticVoters(['a']), log)).toBe(false)
  })
})

describe('a member that is asked', () => {
  function asked({ role = 'leader', applied = 90, newest = null as number | null } = {}) {
    const stored = (at: number): StoredSnapshot => ({ meta: metaOf(at), size: 10, digest: `of ${at}` })
    const raft = { role, applied: index(applied), term: term(5) }
    const sent: string[] = []
    const taking: Got<StoredSnapshot>[] = []
    const time = { now: 1000 }
    const requests = new Requests({
      raft: raft as unknown as Raft,
      clock: { now: () => time.now } as Clock,
      interval: 100,
      transfers: {
        sendAsked: (to: string, _term: number, { digest }: StoredSnapshot) => sent.push(`${digest} to ${to}`),
      } as unknown as Transfers,
      newest: () => (newest === null ? null : stored(newest)),
      take: (got) => taking.push(got),
    })
    const ask = (from = 'a'): void => requests.asked(from, { index: index(40), term: term(3) })
    return { raft, sent, taking, ask, stored, requests, time }
  }

  it('knows for a while who has no state', () => {
    const { ask, requests, time } = asked({ newest: 40 })
    ask()
    expect([requests.isAsking('a'), requests.isAsking('b')]).toEqual([true, false])
    time.now = 1201
    expect(requests.isAsking('a')).toBe(false)
  })

  it('sends its newest snapshot, if that reaches so far', () => {
    const { ask, sent, taking } = asked({ newest: 40 })
    ask()
    expect([sent, taking]).toEqual([['of 40 to a'], []])
  })

  it.each([null, 39])('takes one first if its newest is %s, once however often it is asked', (newest) => {
    const { ask, sent, taking, stored } = asked({ newest })
    ask()
    ask()
    expect([sent, taking.length]).toEqual([[], 1])
    taking[0]!(null, stored(90))
    expect(sent).toEqual(['of 90 to a'])
    ask()
    taking[1]!(new Error('no space'), null)
    ask()
    expect(taking).toHaveLength(3)
  })

  it('sends nothing while it has not applied so much itself, or when it does not lead, or no longer', () => {
    const behind = asked({ applied: 39 })
    behind.ask()
    const follower = asked({ role: 'follower', newest: 90 })
    follower.ask()
    const former = asked()
    former.ask()
    former.raft.role = 'follower'
    former.taking[0]!(null, former.stored(90))
    expect([behind.taking, behind.sent, follower.sent, former.sent]).toEqual([[], [], [], []])
  })
})
