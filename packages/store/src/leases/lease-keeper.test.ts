import { describe, expect, it, vi } from 'vitest'
import { Leases } from '../model/leases.ts'
import { LeaseKeeper } from './lease-keeper.ts'

/** Three leases of owner 7, and one of nobody. */
function leases(): Leases {
  const all = new Leases()
  all.grant({ id: 1, ttl: 1000, owner: 7 })
  all.grant({ id: 2, ttl: 100, owner: 7 })
  all.grant({ id: 3, ttl: 1000, owner: 7 })
  all.grant({ id: 4, ttl: 500, owner: 0 })
  return all
}

describe('a leader', () => {
  it('counts every lease from the beginning of its leadership, and longer than its holder', () => {
    const keeper = new LeaseKeeper(leases(), 10_000, 0.1)
    expect([1, 2, 3, 4].map((id) => keeper.deadlineOf(id))).toEqual([11_100, 10_110, 11_100, 10_550])
    expect(keeper.deadlineOf(5)).toBeNull()
    expect(keeper.next).toBe(10_110)
    expect(keeper.ended(10_109)).toEqual([])
    expect(keeper.ended(10_110)).toEqual([2])
    expect(keeper.ended(10_600)).toEqual([4])
    expect(keeper.ended(20_000)).toEqual([1, 3])
    expect(keeper.ended(30_000)).toEqual([])
  })

  it('looks at each lease once when its leadership begins, whatever their number', () => {
    const all = new Leases()
    for (let id = 1; id <= 1000; id++) all.grant({ id, ttl: 1000, owner: 7 })
    const get = vi.spyOn(all, 'get')
    const keeper = new LeaseKeeper(all, 0, 0.1)
    expect(keeper.next).toBe(1100)
    expect(get.mock.calls.length).toBeLessThan(3000)
  })

  it('renews all leases of an owner at once, and a lease of nobody by itself', () => {
    const keeper = new LeaseKeeper(leases(), 0, 0.1)
    expect(keeper.renewOwner(7, 100)).toBe(3)
    expect(keeper.renewLease(4, 200)).toBe(true)
    expect(keeper.renewLease(1, 200)).toBe(false)
    expect([1, 2, 3, 4].map((id) => keeper.deadlineOf(id))).toEqual([1200, 210, 1200, 750])
    // It is looked for at the time that was known before, and found not to have ended.
    expect(keeper.ended(110)).toEqual([])
    expect(keeper.next).toBe(210)
  })

  it('does not renew what has ended, though its end is not committed yet', () => {
    const keeper = new LeaseKeeper(leases(), 0, 0.1)
    expect(keeper.ended(110)).toEqual([2])
    expect(keeper.renewOwner(7, 115)).toBe(2)
    expect(keeper.ended(2000)).toEqual([4, 1, 3])
    expect(keeper.renewLease(4, 2000)).toBe(false)
  })

  it('returns a lease again of which the end was not committed', () => {
    const keeper = new LeaseKeeper(leases(), 0, 0.1)
    expect(keeper.ended(110)).toEqual([2])
    keeper.notEnded([2], 400)
    expect(keeper.next).toBe(400)
    expect(keeper.ended(400)).toEqual([2])
  })

  it('counts a lease that is granted from then on', () => {
    const all = leases()
    const keeper = new LeaseKeeper(all, 0, 0.1)
    keeper.renewOwner(7, 50)
    all.grant({ id: 5, ttl: 100, owner: 7 })
    keeper.granted(5, 90)
    all.grant({ id: 6, ttl: 10, owner: 8 })
    keeper.granted(6, 90)
    expect([2, 5, 6].map((id) => keeper.deadlineOf(id))).toEqual([160, 200, 101])
    expect(keeper.next).toBe(101)
    expect(keeper.ended(161)).toEqual([6, 2])
    expect(keeper.ended(200)).toEqual([5])
  })

  it('forgets a lease that was revoked, and renews an owner of none without remembering it', () => {
    const all = leases()
    const keeper = new LeaseKeeper(all, 0, 0.1)
    for (const id of [1, 2, 3, 4]) all.revoke(id)
    keeper.revoked([1, 2, 3, 4])
    expect(keeper.ended(10_000)).toEqual([])
    expect(keeper.next).toBeNull()
    expect(keeper.renewOwner(7, 10)).toBe(0)
    expect(keeper.renewLease(4, 10)).toBe(false)
  })
})
