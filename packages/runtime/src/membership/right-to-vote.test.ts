import { type Event, type Index, index, type Message, term } from '@oarlock/core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DriverCore } from '../driver/index.ts'
import { CoreOfNewcomer } from './right-to-vote.ts'

const from = (message: Message): Event => ({ type: 'receive', from: 'b', message })
const asks = { term: term(9), transfer: false, last: { index: index(0), term: term(0) } }
const ofElections: readonly Event[] = [
  { type: 'tick' },
  { type: 'campaign' },
  from({ type: 'preVote', ...asks }),
  from({ type: 'vote', ...asks }),
  from({ type: 'timeoutNow', term: term(9) } as Message),
]

describe('a member that was taken in', () => {
  let commit: Index
  let stepped: Event[]
  let core: CoreOfNewcomer
  beforeEach(() => {
    commit = index(0)
    stepped = []
    const inner = {
      get commit() {
        return commit
      },
      step: (event: Event) => stepped.push(event),
      nextDeadline: () => 5,
    } as unknown as DriverCore & { readonly commit: Index }
    core = new CoreOfNewcomer(inner, () => index(7))
  })

  it('neither votes nor stands before it has committed the change that took it in, but follows', () => {
    commit = index(6)
    for (const event of ofElections) core.step(event, 0)
    expect(stepped).toEqual([])
    expect(core.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    const heartbeat = from({ type: 'heartbeat' } as Message)
    core.step(heartbeat, 0)
    expect(stepped).toEqual([heartbeat])
  })

  it('does both from then on', () => {
    commit = index(7)
    for (const event of ofElections) core.step(event, 0)
    expect(stepped).toEqual(ofElections)
    expect(core.nextDeadline()).toBe(5)
  })
})
