import { type Event, type NodeId, type Payload, type Role, type Term, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import { bytesOf, newOrigin, Proposals, sessionClosing } from '../proposals/index.ts'
import type { SessionOutcome } from './answer.ts'
import { ReplicaSession } from './replica-session.ts'
import { decodeNumber, decodeSessionCommand } from './session-command.ts'
import { mostOpenCommands } from './table.ts'

class Core {
  role: Role = 'leader'
  leader: NodeId | null = 'a'
  term: Term = term(1)
  readonly entries: Payload[] = []

  step(event: Event): void {
    if (event.type === 'propose') this.entries.push(...event.entries)
  }
}

describe('a session', () => {
  let core: Core
  let proposals: Proposals<unknown>
  let session: ReplicaSession
  let outcomes: string[]

  beforeEach(() => {
    core = new Core()
    outcomes = []
    proposals = new Proposals({
      core,
      clock: new FakeClock(),
      origin: newOrigin(),
      firstRequest: 1,
      timeout: 1000,
      sweepInterval: 100,
      retryInterval: 200,
      maxRequestBytes: 1024 * 1024,
      leaderTime: () => 0,
      wake() {},
    })
    session = new ReplicaSession(9, proposals)
  })

  const propose = (name: string, signal?: AbortSignal) => {
    session.propose(new TextEncoder().encode(name), signal, {
      resolve: (bytes) => outcomes.push(`${name}: ${bytes === null ? 'nothing' : [...bytes].join()}`),
      reject: ({ code, outcome }) => outcomes.push(`${name}: ${code} ${outcome}`),
    })
    proposals.submit()
  }
  const applied = (at: number, outcome: SessionOutcome) => {
    proposals.applied(core.entries[at]!.data, outcome)
    proposals.submit()
  }
  const places = () =>
    core.entries.map(({ data }) => {
      const { session: of, number, acknowledged } = decodeSessionCommand(bytesOf(data))
      return [of, number, acknowledged]
    })

  it('numbers its commands, and says which answers it has', () => {
    propose('one')
    propose('two')
    applied(1, { answer: Uint8Array.of(2), repeated: false })
    propose('three')
    applied(0, { answer: 'nothing', repeated: true })
    propose('four')
    expect(places()).toEqual([
      [9, 1, 1],
      [9, 2, 1],
      [9, 3, 1],
      [9, 4, 3],
    ])
    expect(outcomes).toEqual(['two: 2', 'one: nothing'])
  })

  it('tells what was not applied from what lost its result', () => {
    for (const name of ['a', 'b', 'c']) propose(name)
    applied(0, { refused: 'expired' })
    applied(1, { answer: 'dropped', repeated: true })
    applied(2, { answer: 'invalid', repeated: false, cause: new TypeError('no') })
    expect(outcomes).toEqual([
      'a: OARLOCK_SESSION_EXPIRED not-applied',
      'b: OARLOCK_RESULT_LOST unknown',
      'c: OARLOCK_RESULT_LOST unknown',
    ])
  })

  it('does not know what became of a command when the session expired between two attempts', () => {
    core.role = 'follower'
    propose('a')
    core.term = term(2)
    proposals.leaderChanged()
    proposals.submit()
    expect(places()).toEqual([
      [9, 1, 1],
      [9, 1, 1],
    ])
    applied(1, { refused: 'expired' })
    expect(outcomes).toEqual(['a: OARLOCK_SESSION_EXPIRED unknown'])
  })

  it('holds commands back while too many are open', () => {
    const controller = new AbortController()
    for (let n = 1; n <= mostOpenCommands; n++) propose(`${n}`)
    propose('held')
    propose('aborted', controller.signal)
    propose('last')
    expect(core.entries).toHaveLength(mostOpenCommands)
    controller.abort()
    expect(outcomes).toEqual(['aborted: OARLOCK_PROPOSAL_ABORTED not-applied'])
    applied(1, { answer: 'nothing', repeated: false })
    expect(core.entries).toHaveLength(mostOpenCommands)
    applied(0, { answer: 'nothing', repeated: false })
    expect(places().slice(mostOpenCommands)).toEqual([
      [9, mostOpenCommands + 1, 3],
      [9, mostOpenCommands + 2, 3],
    ])
    proposals.failAll('the member is closed')
    expect(outcomes.filter((outcome) => outcome.endsWith('unknown'))).toHaveLength(mostOpenCommands)
  })

  it('fails held commands when the member closes', () => {
    const held = 20_000
    for (let n = 0; n < mostOpenCommands + held; n++) propose(`${n}`)
    proposals.failAll('the member is closed')
    const failed = (outcome: string) =>
      outcomes.filter((each) => each.endsWith(`: OARLOCK_MEMBER_CLOSED ${outcome}`)).length
    expect([failed('unknown'), failed('not-applied')]).toEqual([mostOpenCommands, held])
  })

  it('is closed when its last command has an outcome', () => {
    propose('a')
    session.close(() => outcomes.push('closed'))
    proposals.submit()
    expect(core.entries).toHaveLength(1)
    applied(0, { answer: 'nothing', repeated: false })
    expect(core.entries[1]!.data[0]).toBe(sessionClosing)
    expect(decodeNumber(bytesOf(core.entries[1]!.data))).toBe(9)
    proposals.applied(core.entries[1]!.data, undefined)
    expect(outcomes).toEqual(['a: nothing', 'closed'])
  })
})
