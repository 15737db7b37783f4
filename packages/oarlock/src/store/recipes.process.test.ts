// Elections by name and locks: the suite on members, and what happens when one of these processes is gone.
import { recipesConformance } from '@oarlock/testkit/conformance'
import { describe, expect, it, test } from 'vitest'
import { Cluster } from '../../test/cluster.ts'

recipesConformance('members of one cluster', { describe, test }, async () => {
  const cluster = await new Cluster(3).start()
  await cluster.leading()
  const [a, b, c] = cluster.members
  return { coordinators: [a!, b!, c!], dispose: () => cluster[Symbol.asyncDispose]() }
})

describe('a process that the others do not reach', () => {
  const ttl = 600

  it('is over before another one leads or holds anything', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [former, next] = cluster.others(member)
    const lock = await former!.lock('l', { ttl }).acquire()
    const leadership = await former!.election('e', { ttl }).campaign()
    const waiting = next!.lock('l', { ttl }).acquire()
    const standing = next!.election('e', { ttl }).campaign()
    cluster.isolate(former!)
    const given = await waiting
    expect([lock.held, lock.signal.aborted, given.held]).toEqual([false, true, true])
    const led = await standing
    expect([leadership.held, led.held]).toEqual([false, true])
    expect(leadership.signal.reason).toMatchObject({ code: 'OARLOCK_LEADERSHIP_LOST' })
    expect(lock.signal.reason).toMatchObject({ code: 'OARLOCK_LOCK_LOST' })
    expect(given.fence).toBeGreaterThan(lock.fence)
    expect(led.fence).toBeGreaterThan(leadership.fence)
  })

  it('leads again when it is back and its turn comes', async () => {
    await using cluster = await new Cluster(3).start()
    const { member } = await cluster.leading()
    const [former, next] = cluster.others(member)
    const fences: number[] = []
    const begun = Promise.withResolvers<void>()
    const again = former!.election('e', { ttl }).lead(async ({ fence, signal }) => {
      fences.push(fence)
      begun.resolve()
      if (fences.length === 2) return 'again'
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return 'lost'
    })
    await begun.promise
    cluster.isolate(former!)
    const led = await next!.election('e', { ttl }).campaign()
    cluster.network.heal()
    await led.resign()
    expect(await again).toBe('again')
    expect(fences[1]).toBeGreaterThan(led.fence)
  })
})
