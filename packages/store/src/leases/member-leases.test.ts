import type { Leadership, StorePort } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { decodeRequest } from '../codec/index.ts'
import { Leases } from '../model/leases.ts'
import { encodeLeaseMessage } from './lease-messages.ts'
import { MemberLeases } from './member-leases.ts'

/** A member of which a test says who leads. Owner 7 has two leases. */
function setUp() {
  const clock = new FakeClock()
  const sent: [to: string, bytes: Uint8Array][] = []
  const proposed: { readonly request: unknown; readonly fail: () => void }[] = []
  const port = {
    clock,
    electionTimeout: 500,
    clockRateTolerance: 0.1,
    leadership: null as Leadership | null,
    leader: null as string | null,
    proposeOnce: (command: Uint8Array, { reject }: { reject(error: never): void }) =>
      void proposed.push({ request: decodeRequest(command), fail: () => reject(undefined as never) }),
    send: (to: string, bytes: Uint8Array) => void sent.push([to, bytes]),
  }
  const leases = new Leases()
  leases.grant({ id: 1, ttl: 1000, owner: 7 })
  leases.grant({ id: 2, ttl: 1000, owner: 7 })
  const member = new MemberLeases(port as StorePort, leases)
  const lead = (fence: number, held = true): void => {
    port.leadership = { fence, held } as Leadership
    port.leader = 'me'
    member.follow()
  }
  const follow = (leader: string | null): void => {
    port.leadership = null
    port.leader = leader
    member.follow()
  }
  const renewal = (): { readonly count: number | null | undefined } => {
    const answer: { count: number | null | undefined } = { count: undefined }
    member.renew(7, (count) => {
      answer.count = count
    })
    return answer
  }
  return { clock, sent, proposed, leases, member, lead, follow, renewal }
}

describe('the leases at a member', () => {
  it('are renewed here while it leads, but not when its leadership may be over', () => {
    const { lead, renewal } = setUp()
    expect(renewal().count).toBeNull()
    lead(3)
    expect(renewal().count).toBe(2)
    lead(3, false)
    expect(renewal().count).toBeNull()
  })

  it('are renewed at the leader, of which the answer counts, and no other', () => {
    const { sent, member, follow, renewal } = setUp()
    follow('leader')
    const answer = renewal()
    expect(sent).toEqual([['leader', encodeLeaseMessage({ type: 'renewal', number: 1, owners: [7] })]])
    member.receive('other', encodeLeaseMessage({ type: 'answer', number: 1, counts: [9] }))
    member.receive('leader', encodeLeaseMessage({ type: 'answer', number: 2, counts: [9] }))
    expect(answer.count).toBeUndefined()
    member.receive('leader', encodeLeaseMessage({ type: 'answer', number: 1, counts: [2] }))
    expect(answer.count).toBe(2)
  })

  it('may not have been renewed when the leader does not answer in time, or is another one', () => {
    const { clock, follow, renewal, member } = setUp()
    follow('leader')
    const late = renewal()
    clock.advance(500)
    expect(late.count).toBeNull()
    const lost = renewal()
    follow('other')
    expect(lost.count).toBeNull()
    const open = renewal()
    member.close()
    expect([open.count, renewal().count]).toEqual([null, null])
    expect(clock.timers).toBe(0)
  })

  it('are renewed for the owners of other members', () => {
    const { sent, member, lead } = setUp()
    const asked = encodeLeaseMessage({ type: 'renewal', number: 5, owners: [7, 8] })
    member.receive('b', asked)
    lead(3, false)
    member.receive('b', asked)
    expect(sent).toEqual([])
    lead(3)
    member.receive('b', asked)
    expect(sent).toEqual([['b', encodeLeaseMessage({ type: 'answer', number: 5, counts: [2, 0] })]])
  })

  it('end by a proposal with the term of the leadership, which is made again when it fails', () => {
    const { clock, proposed, lead } = setUp()
    lead(3)
    clock.advance(1099)
    expect(proposed).toEqual([])
    clock.advance(1)
    expect(proposed.map(({ request }) => request)).toEqual([{ type: 'revoke', ids: [1, 2], term: 3 }])
    proposed[0]!.fail()
    clock.advance(500)
    expect(proposed.length).toBe(2)
  })

  it('do not end at a member that leads no more, and are counted anew by one that leads again', () => {
    const { clock, proposed, lead, follow } = setUp()
    lead(3)
    follow('other')
    clock.advance(5000)
    expect(proposed).toEqual([])
    lead(5)
    clock.advance(1099)
    expect(proposed).toEqual([])
    clock.advance(1)
    expect(proposed.map(({ request }) => request)).toEqual([{ type: 'revoke', ids: [1, 2], term: 5 }])
  })

  it('that are granted while it leads are counted from then on', () => {
    const { clock, proposed, leases, member, lead, renewal } = setUp()
    lead(3)
    leases.grant({ id: 3, ttl: 100, owner: 9 })
    member.granted(3)
    clock.advance(110)
    expect(proposed.map(({ request }) => request)).toEqual([{ type: 'revoke', ids: [3], term: 3 }])
    leases.revoke(3)
    member.revoked([3])
    expect(renewal().count).toBe(2)
  })

  it('take no harm from bytes that are no message', () => {
    const { sent, member, lead } = setUp()
    lead(3)
    for (const bytes of [[], [0], [9, 1, 0], [0, 1, 200, 1], [1, 1, 1, 1, 1]])
      member.receive('b', Uint8Array.from(bytes))
    expect(sent).toEqual([])
  })
})
