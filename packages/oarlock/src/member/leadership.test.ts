// `held` is right by the clock alone when no timer has fired, as after a stall of the event loop.
import { aborted } from '@oarlock/test-support/event'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { Cluster, seen } from '../../test/cluster.ts'

describe('a leader whose event loop stalls', () => {
  it('does not hold its leadership any more at the first look, and never again', async () => {
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
    /** Lets time pass in small steps; between two everything that can happen happens. */
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
    // Answers that were under way do not bring it back: the core has stepped down.
    expect(member.status().role).toBe('follower')
    await aborted(held.signal)
    expect(member.leadership).toBeNull()
    let next = null as { fence: number } | null
    void seen(member.observe(), (leader) => leader !== null && leader.fence > held.fence).then((leader) => {
      next = leader
    })
    await pass(() => next !== null)
    expect(held.held).toBe(false)
    // Closing waits for nothing that only this clock would bring.
    const closing = Promise.all(cluster.members.map((each) => each.close()))
    let closed = false
    void closing.then(() => {
      closed = true
    })
    await pass(() => closed)
  })
})
