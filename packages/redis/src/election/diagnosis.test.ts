import { completeConfig, emptyHardState, index, MemoryLog, Raft, staticVoters } from '@oarlock/core'
import type { Leadership } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { type ElectionFacts, explainElection, problemsIn } from './diagnosis.ts'

const now = 20_000

/** The only voter of its cluster, which leads by its own core. */
function leading(): Raft {
  const log = new MemoryLog()
  const config = completeConfig({ id: 'a', electionTimeout: 400, heartbeatInterval: 100, electionOnly: true })
  const restored = { hardState: emptyHardState, configuration: staticVoters(['a']), applied: index(0) }
  const raft = new Raft({ config, restored, log, random: () => 0, now: 0 })
  raft.step({ type: 'campaign' }, now - 1000)
  for (let { persist } = raft.take(); persist !== null; { persist } = raft.take()) {
    for (const { to, from, message } of persist.thenSend)
      if (to === 'a') raft.step({ type: 'receive', from, message }, now - 1000)
    raft.step({ type: 'persisted', write: persist.write }, now - 1000)
  }
  expect(raft.role).toBe('leader')
  return raft
}

const leadership = (held: boolean): Leadership => ({
  fence: 1,
  held,
  deadline: now + 300,
  signal: new AbortController().signal,
  assertHeld() {},
})

const facts = (over: Partial<ElectionFacts> = {}): ElectionFacts => ({
  id: 'a',
  now,
  state: 'running',
  failure: undefined,
  connected: true,
  redis: [],
  view: leading().inspect(now),
  leadership: leadership(true),
  leader: 'a',
  obstacle: null,
  expected: null,
  generationTimeout: 2000,
  ...over,
})

const linesOf = (what: ElectionFacts): string[] => String(explainElection(what)).split('\n')
const kindsOf = (what: ElectionFacts): string[] => problemsIn(explainElection(what)).map(({ kind }) => kind)

describe('an instance', () => {
  it('that leads has the deadline of its leadership, not of its core', () => {
    expect(linesOf(facts())).toEqual(['a leads term 1 and holds its lease, for 300 ms more.'])
    expect(explainElection(facts()).leader).toBe('a')
  })

  it.each([
    ['is lost', leadership(false)],
    ['has not begun', null],
  ])('whose leadership %s does not hold its lease, and is no leader', (_, of) => {
    const lost = facts({
      leadership: of,
      leader: null,
      redis: [{ text: 'Redis refused EVAL: OOM', since: now - 1500 }],
    })
    expect(linesOf(lost)).toEqual([
      'Redis refused EVAL: OOM. This has lasted for 1.5 s.',
      'a leads term 1, but it does not hold its lease.',
    ])
    expect(explainElection(lost).leader).toBeNull()
    expect(kindsOf(lost)).toEqual(['broker'])
  })

  it('that is closed or had to stop says only that, whatever it was before', () => {
    expect(linesOf(facts({ state: 'closed' }))).toEqual(['a is closed, and takes no part any more.'])
    const stopped = facts({ state: 'stopped', failure: new Error('two leaders in term 3') })
    expect(linesOf(stopped)).toEqual(['a had to stop, and takes no part any more: two leaders in term 3.'])
    expect(kindsOf(stopped)).toEqual(['stopped'])
    expect(explainElection(stopped).leader).toBeNull()
  })

  it('in no cluster says what it waits for', () => {
    const waiting = { view: null, leadership: null, leader: null }
    const present = ['b', 'a']
    expect(linesOf(facts(waiting))).toEqual(['a is in no cluster yet.'])
    expect(
      linesOf(facts({ ...waiting, expected: 3, obstacle: { reason: 'founders', problem: null, present } })),
    ).toEqual(['a waits for its founders: 3 are expected, and b and a are present.'])
    const unreadable = facts({
      ...waiting,
      obstacle: { reason: 'unreadable', problem: 'is signed with another secret', present },
    })
    expect(linesOf(unreadable)[0]).toBe(
      'The record of this prefix in Redis is signed with another secret. a waits until its cluster has had no leader for 2.0 s. Give all instances of the prefix the same secret and version.',
    )
    expect(kindsOf(unreadable)).toEqual(['broker'])
  })
})
