// Requests of callers: they are repeated until they are in the log, and end with what the table says.
import { decodeChange, type Event, index, staticVoters } from '@oarlock/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChangeCompletion, ChangeRequests } from './change-requests.ts'
import { foundersTable, type TableState } from './member-table.ts'
import type { ChangeRequest, MemberRecord, RequestOutcome } from './membership.ts'

const founders = foundersTable(staticVoters(['a', 'b', 'c']))
const record: MemberRecord = {
  address: null,
  incarnation: 'd1',
  kind: 'full',
  since: index(5),
  promote: false,
}

function setUp(leader: string | null = 'b') {
  const clock = { time: 0, timer: null as (() => void) | null }
  const proposed: Extract<Event, { type: 'propose' }>[] = []
  const core = {
    leader,
    step: (event: Event) => void proposed.push(event as Extract<Event, { type: 'propose' }>),
  }
  const requests = new ChangeRequests({
    id: 'a',
    core,
    clock: {
      now: () => clock.time,
      at: (_at, callback) => {
        clock.timer = callback
        return () => {
          clock.timer = null
        }
      },
    },
    timeout: 100,
    retryInterval: 10,
    wake() {},
  })
  const completion = {
    made: vi.fn(),
    refused: vi.fn(),
    overtaken: vi.fn(),
    timedOut: vi.fn(),
    stopped: vi.fn(),
  } satisfies ChangeCompletion
  const tick = (to: number): void => {
    clock.time = to
    clock.timer?.()
  }
  return { requests, core, proposed, completion, tick }
}

const remove: ChangeRequest = { type: 'remove', id: 'c' }
const outcome = (over: Partial<RequestOutcome> = {}): Partial<TableState> => ({
  outcomes: [{ key: 'k', refusal: null, detail: '', ...over }],
})

describe('a request', () => {
  let t: ReturnType<typeof setUp>
  beforeEach(() => {
    t = setUp()
  })

  it('travels as an entry that changes no configuration, which the core forwards to the leader', () => {
    t.requests.add('k', remove, index(3), t.completion)
    const { request, entries } = t.proposed[0]!
    expect(request).toBeNull()
    expect(entries).toMatchObject([{ type: 'configuration' }])
    expect(decodeChange(entries[0]!.data)).toEqual({
      transition: 'auto',
      changes: [{ kind: 'update', id: 'a' }],
      context: { request: { key: 'k', expected: 3, change: remove } },
    })
  })

  it('waits for a leader, and is repeated until it is in the log', () => {
    t.core.leader = null
    t.requests.add('k', remove, null, t.completion)
    expect(t.proposed).toHaveLength(0)
    t.core.leader = 'b'
    t.requests.leaderKnown()
    t.tick(10)
    expect(t.proposed).toHaveLength(2)
    t.requests.tableChanged({
      ...founders,
      request: { key: 'k', at: index(4), change: remove, before: null },
    })
    t.tick(20)
    t.requests.leaderKnown()
    expect(t.proposed).toHaveLength(2)
  })

  it('fails if no leader accepts it in time, and says whether one may do so yet', () => {
    t.requests.add('k', remove, null, t.completion)
    t.tick(100)
    expect(t.completion.timedOut).toHaveBeenCalledExactlyOnceWith(true)
    const silent = setUp(null)
    silent.requests.add('k', remove, null, silent.completion)
    silent.tick(100)
    expect(silent.completion.timedOut).toHaveBeenCalledExactlyOnceWith(false)
  })

  it('that is accepted has no limit of time', () => {
    t.requests.add('k', remove, null, t.completion)
    t.requests.tableChanged({
      ...founders,
      request: { key: 'k', at: index(4), change: remove, before: null },
    })
    t.tick(1000)
    expect(t.completion.timedOut).not.toHaveBeenCalled()
  })

  it('is made when the joint configuration is left', () => {
    t.requests.add('k', remove, null, t.completion)
    const joint = { ...founders.configuration, voters: ['a', 'b'], outgoing: ['a', 'b', 'c'] }
    t.requests.tableChanged({ ...founders, ...outcome(), configuration: joint })
    expect(t.completion.made).not.toHaveBeenCalled()
    const members = new Map([...founders.members].filter(([id]) => id !== 'c'))
    t.requests.tableChanged({ ...founders, ...outcome(), configuration: staticVoters(['a', 'b']), members })
    expect(t.completion.made).toHaveBeenCalledOnce()
  })

  it('for a voter is made when the newcomer has been promoted, or is overtaken by its removal', () => {
    const add: ChangeRequest = { type: 'add', id: 'd', address: null, as: 'voter', incarnation: null }
    t.requests.add('k', add, null, t.completion)
    const withD = (promote: boolean): TableState => ({
      ...founders,
      ...outcome(),
      members: new Map([...founders.members, ['d', { ...record, promote }]]),
    })
    t.requests.tableChanged(withD(true))
    expect(t.completion.made).not.toHaveBeenCalled()
    t.requests.tableChanged(withD(false))
    expect(t.completion.made).toHaveBeenCalledOnce()
    const other = setUp()
    other.requests.add('k', add, null, other.completion)
    other.requests.tableChanged(withD(true))
    other.requests.tableChanged({ ...founders, ...outcome() })
    expect(other.completion.overtaken).toHaveBeenCalledOnce()
  })

  it('that is refused says why', () => {
    t.requests.add('k', remove, null, t.completion)
    t.requests.tableChanged({ ...founders, ...outcome({ refusal: 'last-voter', detail: 'x' }) })
    expect(t.completion.refused).toHaveBeenCalledExactlyOnceWith('last-voter', 'x')
  })

  it('whose outcome a snapshot has passed over may have been carried out', () => {
    t.requests.add('k', remove, null, t.completion)
    t.requests.tableChanged({
      ...founders,
      request: { key: 'k', at: index(4), change: remove, before: null },
    })
    t.requests.tableChanged(founders)
    expect(t.completion.timedOut).toHaveBeenCalledExactlyOnceWith(true)
  })

  it('can be given up, and ends when the member stops', () => {
    expect(t.requests.add('k', remove, null, t.completion)()).toEqual({ mayBe: true })
    t.requests.tableChanged({ ...founders, ...outcome() })
    expect(t.completion.made).not.toHaveBeenCalled()
    t.requests.add('l', remove, null, t.completion)
    t.requests.stop()
    expect(t.completion.stopped).toHaveBeenCalledExactlyOnceWith(true)
  })
})
