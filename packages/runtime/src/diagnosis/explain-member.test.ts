import {
  completeConfig,
  emptyHardState,
  index,
  MemoryLog,
  type Millis,
  Raft,
  staticVoters,
} from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import type { Refusal } from '../identity/index.ts'
import type { Link } from '../ports/index.ts'
import { explainMember, problemsOf } from './explain-member.ts'
import type { MemberFacts } from './facts.ts'

const now: Millis = 20_000

/** A node that asked these voters for votes a second ago. */
function newRaft(voters: readonly string[]): Raft {
  const log = new MemoryLog()
  const raft = new Raft({
    config: completeConfig({ id: 'a', electionTimeout: 500, heartbeatInterval: 100 }),
    restored: { hardState: emptyHardState, configuration: staticVoters(voters), applied: index(0) },
    log,
    random: () => 0,
    now: 0,
  })
  raft.step({ type: 'campaign' }, now - 1000)
  for (let { persist } = raft.take(); persist !== null; { persist } = raft.take()) {
    log.append(persist.entries)
    for (const { to, from, message } of persist.thenSend)
      if (to === 'a') raft.step({ type: 'receive', from, message }, now - 1000)
    raft.step({ type: 'persisted', write: persist.write }, now - 1000)
  }
  return raft
}

/** A member that is alone among three, and knows nothing of the others. */
const facts = (over: Partial<MemberFacts> = {}): MemberFacts => ({
  id: 'a',
  now,
  electionTimeout: 500,
  state: 'running',
  failure: undefined,
  joining: null,
  seeds: new Map(),
  view: newRaft(['a', 'b', 'c']).inspect(now),
  awaited: [],
  founding: 'all',
  links: new Map(),
  refused: [],
  timeouts: new Map(),
  stuck: [],
  lacksState: null,
  leaderlessFor: null,
  ...over,
})

/** A cluster of one, whose node leads. */
function leading(): Raft {
  const raft = newRaft(['a'])
  expect(raft.role).toBe('leader')
  return raft
}

const linesOf = (what: MemberFacts): string[] => String(explainMember(what)).split('\n')
const kindsOf = (what: MemberFacts): string[] => problemsOf(what).map(({ kind }) => kind)

const otherFounders: Refusal = {
  reason: 'other-founders',
  detail: "'b' was started with the peers a, b, and 'a' with a, b, c: start every member with the same peers",
}
const unreachable = (problem: string | null, since: Millis = now - 12_340): Link => ({
  state: 'unreachable',
  since,
  problem,
})

describe('a member that', () => {
  it('is closed says only that, whatever it was before', () => {
    const closed = facts({ state: 'closed', view: leading().inspect(now) })
    expect(linesOf(closed)).toEqual(['a is closed, and takes no part any more.'])
    expect(explainMember(closed).leader).toBeNull()
    expect(kindsOf(closed)).toEqual([])
  })

  it('had to stop says why, whatever it was before', () => {
    const failure = new Error('the log could not be written', { cause: new Error('ENOSPC: no space left') })
    const stopped = facts({ state: 'stopped', failure, view: leading().inspect(now) })
    expect(linesOf(stopped)).toEqual([
      'a had to stop, and takes no part any more: the log could not be written: ENOSPC: no space left.',
    ])
    expect(explainMember(stopped).leader).toBeNull()
    expect(kindsOf(stopped)).toEqual(['stopped'])
  })

  it('is closing says so first', () => {
    expect(linesOf(facts({ state: 'closing' }))[0]).toBe('a is closing.')
  })

  it('waits for its founders names them, and says why each is not there', () => {
    const waiting = facts({
      state: 'waiting',
      awaited: ['b', 'c'],
      links: new Map([
        ['b', unreachable('the name b.internal is not resolved')],
        ['c', { state: 'refused', since: now - 1, by: 'c', refusal: { ...otherFounders, detail: 'no' } }],
      ]),
    })
    expect(linesOf(waiting)).toEqual([
      'a waits for its founders: b and c. A new cluster begins when each of its members has been heard once.',
      'c refuses a: no.',
      'b has been unreachable for 12.3 s: the name b.internal is not resolved.',
    ])
    expect(kindsOf(waiting)).toEqual(['waits-for-others', 'refused', 'unreachable'])
  })

  it('joins says whom it asks, what each seed answers, and when it only waits', () => {
    const other = { ...otherFounders, reason: 'wrong-cluster', detail: 'another cluster' } as const
    const seeds = new Map<string, Link>([
      ['10.0.0.1:7401', unreachable('connection refused')],
      ['10.0.0.2:7401', { state: 'refused', since: now - 1, by: 'b', refusal: other }],
      ['10.0.0.3:7401', { state: 'refused', since: now - 1, by: 'a', refusal: other }],
      ['10.0.0.4:7401', { state: 'connected', since: now - 1 }],
      ['10.0.0.5:7401', unreachable(null)],
    ])
    const asks = facts({ state: 'waiting', joining: 'asks', seeds })
    expect(linesOf(asks)).toEqual([
      'a joins a cluster: it asks 10.0.0.1:7401, 10.0.0.2:7401, 10.0.0.3:7401, 10.0.0.4:7401 and 10.0.0.5:7401 who the members are.',
      'The seed 10.0.0.1:7401 has given no answer for 12.3 s: connection refused.',
      'The seed 10.0.0.2:7401 refuses a: another cluster.',
      'a refuses the seed 10.0.0.3:7401: another cluster.',
    ])
    expect(kindsOf(asks)).toEqual(['waits-for-others', 'unreachable', 'refused', 'refused'])
    const links = new Map<string, Link>([['b', { state: 'connected', since: now - 1 }]])
    const waits = facts({ state: 'waiting', joining: 'waits', links })
    expect(linesOf(waits)).toEqual(['a waits until the leader takes it in. It knows the members b.'])
  })

  it('has a leader says that first', () => {
    const view = leading().inspect(now)
    const links = new Map([['b', unreachable('connection refused')]])
    const lines = linesOf(facts({ view, links }))
    expect(lines[0]).toMatch(/^a leads term 1/)
    expect(lines[1]).toBe('b has been unreachable for 12.3 s: connection refused.')
  })
})

describe('a silent peer', () => {
  it('has not answered, if no more is known', () => {
    expect(linesOf(facts())).toContain(
      'a asked b and c for a vote in term 1 (pre-vote) 1.0 s ago: b and c have not answered.',
    )
  })

  it('is never said not to have answered if the transport knows better', () => {
    const links = new Map<string, Link>([
      ['b', unreachable('connection refused')],
      ['c', { state: 'refused', since: now, by: 'c', refusal: otherFounders }],
    ])
    const lines = linesOf(facts({ links }))
    expect(lines).toContain(
      'a asked b and c for a vote in term 1 (pre-vote) 1.0 s ago: b cannot be reached; c will not talk to a.',
    )
    expect(lines.join()).not.toContain('not answered')
  })

  it('is named together with others that are silent for the same reason, and with its address', () => {
    const at = (port: number) => ({ ...unreachable('nothing listens there'), address: `10.0.0.9:${port}` })
    const lines = linesOf(
      facts({
        links: new Map([
          ['b', at(1)],
          ['c', at(2)],
        ]),
      }),
    )
    expect(lines).toContain(
      'a asked b and c for a vote in term 1 (pre-vote) 1.0 s ago: b and c cannot be reached.',
    )
    expect(lines[0]).toBe('b has been unreachable at 10.0.0.9:1 for 12.3 s: nothing listens there.')
  })

  it('is no problem while its connection has just begun', () => {
    const links = (since: Millis) => new Map([['b', unreachable(null, since)]])
    expect(kindsOf(facts({ links: links(now - 100) }))).toEqual([])
    expect(kindsOf(facts({ links: links(now - 501) }))).toEqual(['unreachable'])
    const text = 'b has been unreachable for 501 ms.'
    expect(problemsOf(facts({ links: links(now - 501) }))[0]?.text).toBe(text)
  })
})

describe('two members that disagree', () => {
  const theirs = new Map<string, Link>([
    ['b', { state: 'refused', since: now - 1, by: 'b', refusal: otherFounders }],
  ])
  const ours = [{ peer: 'b', refusal: otherFounders }]

  it('are one problem, by name, whichever of them refuses', () => {
    const first = (over: Partial<MemberFacts>) => linesOf(facts(over))[0]
    expect(first({ links: theirs })).toBe(`b refuses a: ${otherFounders.detail}.`)
    expect(first({ refused: ours })).toBe(`a refuses b: ${otherFounders.detail}.`)
    expect(first({ refused: ours, links: theirs })).toBe(
      `a and b refuse each other: ${otherFounders.detail}.`,
    )
    expect(kindsOf(facts({ refused: ours, links: theirs }))).toEqual(['refused'])
  })

  it('with the same id are a problem of its own', () => {
    const detail = "two members have the id 'a', the other one at 10.0.0.9:7401"
    const twin = facts({ refused: [{ peer: 'a', refusal: { reason: 'duplicate-id', detail } }] })
    expect(problemsOf(twin)).toEqual([
      { kind: 'duplicate-id', node: 'a', text: `There is another a: ${detail}.` },
    ])
  })

  it('are named in short lines, whatever a stranger writes', () => {
    const detail = `\n\u001b[2J${'x'.repeat(10_000)}`
    const stranger = { peer: 'y'.repeat(10_000), refusal: { ...otherFounders, detail } }
    const [line, ...more] = linesOf(facts({ refused: [stranger], awaited: ['b'], state: 'waiting' })).slice(1)
    expect(more).toEqual([])
    expect(line!.length).toBeLessThan(900)
    expect(line).not.toContain('\u001b')
  })
})

it('a follower that has lost entries is named with what to do', () => {
  const stuck = [{ peer: 'c', match: index(41), hasLostEntries: true, since: now }]
  expect(problemsOf(facts({ stuck }))[0]?.text).toMatch(
    /^c refuses entry 41, which it has acknowledged: .* “A member that lost its disk” in docs\/errors\.md\.$/,
  )
})

it('other problems: a follower that stays behind, and timeouts that differ', () => {
  const stuck = [{ peer: 'c', match: index(41), hasLostEntries: false, since: now - 12_000 }]
  expect(problemsOf(facts({ stuck, timeouts: new Map([['b', 5000]]) }))).toEqual([
    {
      kind: 'stuck-follower',
      node: 'c',
      text: expect.stringMatching(/^c answers a, but its log has not grown beyond entry 41 for 12\.0 s/),
    },
    {
      kind: 'timeouts-differ',
      node: 'b',
      text: expect.stringMatching(/^The election timeouts of a \(500 ms\) and b \(5\.0 s\) differ/),
    },
  ])
})
