import { NoLeaderError } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it, vi } from 'vitest'
import { type HeldLease, LeaseHolder } from './lease-holder.ts'

/** A store that does what a test wants, and notes what it was asked. */
function setUp() {
  const clock = new FakeClock()
  const store = {
    asked: [] as string[],
    /** The answer to the next renewals; null: the leader does not answer. */
    count: (): number | null => store.there.size,
    there: new Set<number>(),
    hasNoLeader: false,
    last: 0,
  }
  const holder = new LeaseHolder({
    clock,
    newController: () => new AbortController(),
    requests: {
      grant: (ttl, _owner, _signal, { resolve }) => {
        store.asked.push(`grant ${ttl}`)
        store.there.add(++store.last)
        resolve(store.last)
      },
      revoke: (ids, _signal, { resolve, reject }) => {
        store.asked.push(`revoke ${ids}`)
        if (store.hasNoLeader) return reject(new NoLeaderError('no leader'))
        for (const id of ids) store.there.delete(id)
        resolve()
      },
      renew: (_owner, answer) => {
        store.asked.push(`renew at ${clock.now()}`)
        answer(store.count())
      },
      remaining: (_owner, answer) => answer([...store.there]),
    },
  })
  const grant = (ttl: number): HeldLease => {
    const granted: HeldLease[] = []
    holder.grant(ttl, undefined, {
      resolve: (lease) => granted.push(lease),
      reject: () => expect.unreachable(),
    })
    return granted[0]!
  }
  return { clock, store, holder, grant }
}

describe('a process', () => {
  it('renews all its leases at once, three times in the shortest time to live', async () => {
    const { clock, store, grant } = setUp()
    const long = grant(9000)
    const short = grant(300)
    await clock.pass(1000)
    expect(store.asked).toEqual([
      'grant 9000',
      'grant 300',
      ...Array.from({ length: 10 }, (_, n) => `renew at ${1100 + 100 * n}`),
    ])
    expect([long.held, short.held]).toEqual([true, true])
    expect([long.deadline, short.deadline]).toEqual([11_000, 2300])
  })

  it('renews sooner again when no leader has answered, and as before when one does', async () => {
    const { clock, store, grant } = setUp()
    store.count = () => null
    const lease = grant(6000)
    await clock.pass(3400)
    store.count = () => store.there.size
    await clock.pass(2600)
    expect(store.asked.slice(1)).toEqual([
      'renew at 3000',
      'renew at 3500',
      'renew at 4000',
      'renew at 4500',
      'renew at 6500',
    ])
    expect(lease.deadline).toBe(12_500)
  })

  it('holds a lease from when its grant was sent, and not from the answer', async () => {
    const { clock, store, grant } = setUp()
    store.count = () => null
    const lease = grant(300)
    expect(lease.deadline).toBe(1300)
    await clock.pass(299)
    expect(lease.held).toBe(true)
    await clock.pass(1)
    expect([lease.held, lease.signal.aborted]).toEqual([false, true])
  })

  it('has lost a lease for ever when its deadline has passed, and gives it back', async () => {
    const { clock, store, grant } = setUp()
    store.count = () => null
    const lease = grant(300)
    const other = grant(3000)
    await clock.pass(350)
    expect([lease.held, other.held]).toEqual([false, true])
    store.count = () => store.there.size
    await clock.pass(2000)
    expect([lease.held, other.held]).toEqual([false, true])
    expect(store.asked).toContain('revoke 1')
    expect([...store.there]).toEqual([2])
  })

  it('sees by the clock alone that a lease is over, before any timer runs', async () => {
    const { clock, grant } = setUp()
    const lease = grant(300)
    clock.stall(299)
    expect(lease.held).toBe(true)
    clock.stall(1)
    expect([lease.held, lease.signal.aborted]).toEqual([false, true])
  })

  it('loses only what somebody else has revoked', async () => {
    const { clock, store, grant } = setUp()
    const [first, second] = [grant(300), grant(300)]
    store.there.delete(first.id)
    await clock.pass(100)
    expect([first.held, second.held]).toEqual([false, true])
    expect(first.signal.aborted).toBe(true)
  })

  it('tries again to revoke what could not be revoked, and does not hold it meanwhile', async () => {
    const { clock, store, grant } = setUp()
    const lease = grant(300)
    store.hasNoLeader = true
    const reject = vi.fn()
    lease.revoke(undefined, { resolve: () => expect.unreachable(), reject })
    expect(reject).toHaveBeenCalledOnce()
    expect([lease.held, lease.signal.aborted]).toEqual([false, true])
    store.hasNoLeader = false
    await clock.pass(2000)
    expect(store.there.size).toBe(0)
  })

  it('does nothing while it has no lease, and none after it was closed', async () => {
    const { clock, store, holder, grant } = setUp()
    const lease = grant(300)
    lease.revoke(undefined, { resolve() {}, reject: () => expect.unreachable() })
    await clock.pass(5000)
    expect(store.asked).toEqual(['grant 300', 'revoke 1'])
    expect(clock.timers).toBe(0)
    const another = grant(300)
    holder.close()
    expect([another.held, another.signal.aborted]).toEqual([false, true])
    await clock.pass(5000)
    expect(store.asked).toEqual(['grant 300', 'revoke 1', 'grant 300'])
    expect(clock.timers).toBe(0)
  })

  it('does not look at all its leases for each grant', async () => {
    const { clock, store, grant } = setUp()
    for (let n = 0; n < 20_000; n++) grant(3000)
    await clock.pass(3000)
    expect(store.asked.filter((what) => what.startsWith('renew')).length).toBe(3)
  })
})
