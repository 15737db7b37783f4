// After a stall of the event loop, when no timer has fired, `held` is right by the clock alone.
import { aborted } from '@oarlock/test-support/event'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { Cluster, seen } from '../../test/cluster.ts'

describe('a leader whose event loop stalls', () => {
  it('does not hold its leadership at the first look after it, and never again', async () => {
    const clock = new FakeClock()
    await using cluster = await new Cluster<string, unknown>(3, () => ({
      clock,
      electionTimeout: 500,
    })).start()
    const leading = cluster.leading()
    let leadership = null as Awaited<typeof leading>['leadership'] | null
    void leading.then((found) => {
      leadership = found.leadership
    })
    /** Time passes in small steps, and between two of them everything that can happen happens. */
    const pass = async (until: () => boolean) => {
      while (!until()) {
        clock.advance(10)
        for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate)
      }
    }
    await pass(() => leadership !== null)
    const { member } = await leading
    const held = leadership!
    expect(held.deadline - clock.now()).toBeLessThanOrEqual(500 / 1.1)
    clock.stall(held.deadline - clock.now() - 0.001)
    expect(held.held).toBe(true)
    clock.stall(0.001)
    expect(held.held).toBe(false)
    expect(held.signal.aborted).toBe(false)
    // Answers that were in flight do not restore it: the core has stepped down.
    expect(member.status().role).toBe('follower')
    await aborted(held.signal)
    expect(member.leadership).toBeNull()
    let next = null as { fence: number } | null
    void seen(member.observe(), (leader) => leader !== null && leader.fence > held.fence).then((leader) => {
      next = leader
    })
    await pass(() => next !== null)
    expect(held.held).toBe(false)
    // Closing does not wait for this clock.
    const closing = Promise.all(cluster.members.map((each) => each.close()))
    let closed = false
    void closing.then(() => {
      closed = true
    })
    await pass(() => closed)
  })
})
