// Elections among instances that know only a Redis, in one process with a simulated clock. After every step
// the world checks that there is one leader at most, and that fences grow.
import { describe, expect, it } from 'vitest'
import { World } from './world.ts'

describe('instances on one Redis', () => {
  it('elect the first instance alone within 800 ms', async () => {
    await using world = new World()
    const first = world.start()
    const took = await world.passUntil(() => world.holders.length === 1, 2000)
    expect(world.holders).toEqual([first])
    expect(took).toBeLessThan(800)
  })

  it('join as learners and become voters, an odd number of them', async () => {
    await using world = new World()
    for (let n = 0; n < 6; n++) world.start()
    const leader = await world.leader()
    await world.pass(3000)
    const { configuration } = leader.election.inspect()!
    expect(configuration.voters).toHaveLength(5)
    expect(configuration.learners).toHaveLength(1)
    expect(world.fences).toHaveLength(1)
    for (const { election } of world.instances) {
      expect(election.leader?.id).toBe(leader.id)
      expect(election.members).toHaveLength(6)
    }
  })

  it('elect another leader within two and a half election timeouts after the leader dies', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    world.crash(leader)
    const took = await world.passUntil(() => world.holders.length === 1, 3000)
    expect(took).toBeLessThan(1000)
    expect(world.holders[0]!.election.generation).toBe(leader.election.generation)
  })

  it('form one cluster when they start together', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      await using world = new World(seed)
      for (let n = 0; n < 3; n++) world.start()
      const leader = await world.leader()
      await world.pass(1500)
      for (const { election } of world.instances) expect(election.leader?.id).toBe(leader.id)
    }
  })

  it('wait for the expected number of founders', async () => {
    await using world = new World(1, { expected: 3 })
    world.start()
    world.start()
    await world.pass(5000)
    expect(world.holders).toEqual([])
    world.start()
    const leader = await world.leader(2000)
    expect(leader.election.inspect()!.configuration.voters).toHaveLength(3)
  })

  it('join one after another, twenty times, without a change of the leader', async () => {
    await using world = new World()
    world.start()
    const leader = await world.leader()
    for (let n = 0; n < 20; n++) {
      const joined = world.start()
      await world.passUntil(() => joined.election.leader !== null, 2000)
    }
    await world.pass(3000)
    expect(world.holders).toEqual([leader])
    expect(world.fences).toHaveLength(1)
    expect(leader.election.inspect()!.configuration.voters).toHaveLength(7)
  })

  it('scale from three to six to two to three, and keep one leader', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    await world.leader()
    await world.pass(2000)
    for (let n = 0; n < 3; n++) world.start()
    await world.pass(3000)
    const { generation } = world.holders[0]!.election
    for (const instance of [...world.instances].slice(0, 4)) await world.close(instance)
    await world.leader(2000)
    await world.pass(2000)
    expect(world.holders[0]!.election.members).toHaveLength(2)
    world.start()
    await world.pass(2000)
    expect(world.holders[0]!.election.members).toHaveLength(3)
    expect(world.holders[0]!.election.inspect()!.configuration.voters).toHaveLength(3)
    expect(world.holders[0]!.election.generation).toBe(generation)
  })

  it('do not replace a healthy cluster that they cannot hear, even if its founder is gone', async () => {
    await using world = new World()
    const founder = world.start()
    await world.leader()
    for (let n = 0; n < 3; n++) world.start()
    await world.pass(2000)
    await world.close(founder)
    const leader = await world.leader()
    const { generation } = leader.election
    const deaf = world.start()
    deaf.connection.deaf = true
    await world.pass(10_000)
    expect(world.holders).toEqual([leader])
    expect(leader.election.generation).toBe(generation)
  })

  it('remove members that are gone, while a majority is alive', async () => {
    await using world = new World()
    for (let n = 0; n < 5; n++) world.start()
    await world.leader()
    await world.pass(3000)
    for (const gone of [...world.instances].slice(3)) world.crash(gone)
    await world.pass(8000)
    const { members, generation } = world.holders[0]!.election
    expect(members).toHaveLength(3)
    expect(world.redis.stored.record!.generation).toBe(generation)
    expect(world.fences).toHaveLength(1)
  })
})

describe('when too many instances are gone', () => {
  it('the survivor of two founds a new generation within 1200 ms', async () => {
    await using world = new World()
    world.start()
    const leader = await world.leader()
    const other = world.start()
    await world.pass(2000)
    expect(leader.election.inspect()!.configuration.voters).toEqual([leader.id])
    world.crash(leader)
    const took = await world.passUntil(() => world.holders.length > 0, 3000)
    expect(took).toBeLessThan(1200)
    expect(world.holders).toEqual([other])
    expect(other.election.generation).toBeGreaterThan(leader.election.generation!)
  })

  it('a new generation begins when the majority is lost for good', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    const [, other] = [...world.instances].filter((instance) => instance !== leader)
    world.crash(leader)
    world.crash(other!)
    await world.leader(5000)
    expect(world.fences).toHaveLength(2)
  })

  it('a new generation begins when all instances are replaced at once', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    await world.leader()
    await world.pass(2000)
    for (const instance of [...world.instances]) world.crash(instance)
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader(5000)
    await world.pass(2000)
    for (const { election } of world.instances) expect(election.leader?.id).toBe(leader.id)
    expect(world.fences).toHaveLength(2)
  })
})

describe('instances with different election timeouts', () => {
  const two = async (first: number, second: number) => {
    const world = new World()
    const leader = world.start({ electionTimeout: first })
    await world.leader(20_000)
    const other = world.start({ electionTimeout: second })
    await world.passUntil(() => other.election.leader !== null, 20_000)
    await world.pass(2000)
    return { world, leader, other }
  }

  it.each([
    [4000, 400],
    [400, 4000],
  ])('keep one leader: %i and %i ms', async (first, second) => {
    const { world, leader, other } = await two(first, second)
    await using _ = world
    await world.pass(30_000)
    expect(world.holders).toEqual([leader])
    expect(world.fences).toHaveLength(1)
    expect(other.election.status().problems).toMatchObject([
      { kind: 'timeouts-differ', text: expect.stringMatching(/^The election timeouts of .* differ by more/) },
    ])
  })

  it.each([
    [4000, 400],
    [400, 4000],
  ])(
    'never both lead when the leader (%i ms) cannot know that the other one (%i ms) takes over',
    async (first, second) => {
      const { world, leader, other } = await two(first, second)
      await using _ = world
      leader.connection.cutOff = true
      leader.connection.dropped = true
      const { deadline } = leader.election.leadership!
      const took = await world.passUntil(() => world.holders[0] === other, 30_000)
      expect(world.clock.now()).toBeGreaterThanOrEqual(deadline)
      // The generation timeout of the other one, and elections.
      expect(took).toBeLessThan(5 * second + 2 * Math.max(first, second) + 2000)
      leader.connection.cutOff = false
      leader.connection.dropped = false
      await world.pass(30_000)
      expect(world.holders).toEqual([other])
    },
  )

  it('never both lead though the record is lost, if the other one has heard for how long the lease lasts', async () => {
    const { world, leader, other } = await two(4000, 400)
    await using _ = world
    leader.connection.cutOff = true
    leader.connection.dropped = true
    world.redis.flush()
    await world.passUntil(() => world.holders[0] === other, 30_000)
    leader.connection.cutOff = false
    leader.connection.dropped = false
    await world.pass(10_000)
  })

  it('may be rolled from one to the other, one restart after the other', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start({ electionTimeout: 4000 })
    await world.leader(20_000)
    await world.pass(20_000)
    for (const instance of [...world.instances]) {
      await world.close(instance)
      world.start({ electionTimeout: 400 })
      await world.leader(20_000)
      await world.pass(10_000)
    }
    const [leader] = world.holders
    expect(leader!.election.members).toHaveLength(3)
    world.crash(leader!)
    expect(await world.passUntil(() => world.holders.length > 0, 20_000)).toBeLessThan(1000)
  })
})

describe('an instance that was stopped', () => {
  it('knows by its clock alone that it has not heard its leader', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    const [follower] = [...world.instances].filter((instance) => instance !== leader)
    expect(follower!.election.leader?.id).toBe(leader.id)
    world.pause(follower!)
    await world.pass(500)
    expect(follower!.election.leader).toBeNull()
  })
})

describe('an instance that shuts down gracefully', () => {
  it('transfers leadership within a few round trips, and is removed at once', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    const closed = world.close(leader)
    const took = await world.passUntil(() => world.holders.some((holder) => holder !== leader), 1000)
    expect(took).toBeLessThan(50)
    await world.passUntil(() => world.holders[0]!.election.members.length === 2, 1000)
    await closed
    expect(world.fences).toHaveLength(2)
  })

  it('promotes the other one first if there are only two', async () => {
    await using world = new World()
    world.start()
    const leader = await world.leader()
    const other = world.start()
    await world.pass(2000)
    const closed = world.close(leader)
    const took = await world.passUntil(() => world.holders[0] === other, 2000)
    expect(took).toBeLessThan(150)
    await world.passUntil(() => other.election.members.length === 1, 1000)
    await closed
    expect(other.election.generation).toBe(leader.election.generation)
  })

  it('marks the cluster as over when it is the last one, so that the next instance need not wait', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    await world.leader()
    await world.pass(2000)
    const all = [...world.instances]
    const closings = all.map((instance) => world.close(instance))
    await Promise.all(closings)
    expect(world.redis.stored.record!.over).toBe(true)
    world.start()
    const took = await world.passUntil(() => world.holders.length > 0, 3000)
    expect(took).toBeLessThan(1000)
  })

  it('closes quickly while Redis is away', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    world.redis.goDown()
    const before = world.clock.now()
    await world.close(leader)
    expect(world.clock.now() - before).toBeLessThan(100)
    world.redis.goUp()
  })
})

describe('when Redis', () => {
  const three = async () => {
    const world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    return { world, leader }
  }

  it('is down, there is no leader, and a member leads when it is back', async () => {
    const { world } = await three()
    await using _ = world
    world.redis.goDown()
    await world.pass(400)
    expect(world.holders).toEqual([])
    await world.pass(20_000)
    world.redis.goUp()
    await world.leader(3000)
    await world.pass(1000)
    expect(world.holders[0]!.election.inspect()!.configuration.voters).toHaveLength(3)
  })

  it('is restarted quickly, the same generation continues', async () => {
    const { world, leader } = await three()
    await using _ = world
    const { generation } = leader.election
    world.redis.goDown()
    await world.pass(600)
    world.redis.goUp()
    await world.leader(3000)
    expect(world.holders[0]!.election.generation).toBe(generation)
  })

  it('is down at the start, there is no leader until it is up', async () => {
    await using world = new World()
    world.redis.goDown()
    const first = world.start()
    await world.pass(5000)
    expect(first.election.leader).toBeNull()
    expect(String(first.election.why())).toContain('no connection to Redis')
    world.redis.goUp()
    await world.leader(2000)
  })

  it('is flushed, the leader claims the next generation, and there is a leader within five seconds', async () => {
    const { world } = await three()
    await using _ = world
    world.redis.flush()
    await world.pass(1)
    await world.pass(500)
    await world.leader(4500)
    expect(world.redis.stored.record).not.toBeNull()
  })

  it('is flushed, an instance that hears nothing founds a cluster, but does not lead before the old lease has ended', async () => {
    await using world = new World()
    world.start()
    const leader = await world.leader()
    const newcomer = world.start()
    newcomer.connection.deaf = true
    await world.pass(4000)
    // The leader does not notice the flush, and its last renewal is still valid for a while.
    leader.connection.cutOff = true
    world.redis.flush()
    await world.passUntil(() => world.holders[0] === newcomer, 3000)
    expect(world.fences).toHaveLength(2)
    newcomer.connection.deaf = false
    leader.connection.cutOff = false
    await world.pass(3000)
    expect(world.holders).toEqual([newcomer])
    expect(newcomer.election.members).toHaveLength(2)
  })

  it('fails over and has lost the last claim, fences still grow and there is one leader', async () => {
    const { world, leader } = await three()
    await using _ = world
    const before = world.redis.stored
    for (const instance of [...world.instances]) if (instance !== leader) world.crash(instance)
    world.crash(leader)
    world.start()
    await world.leader(6000)
    world.redis.goDown()
    await world.pass(100)
    world.redis.goUp(before)
    world.start()
    await world.leader(5000)
    await world.pass(3000)
    expect(world.holders).toHaveLength(1)
    expect(world.redis.stored.record!.generation).toBe(world.holders[0]!.election.generation)
  })

  it('is slow, the leader stays', async () => {
    await using world = new World()
    world.redis.latency = 20
    for (let n = 0; n < 3; n++) world.start()
    await world.leader()
    await world.pass(20_000)
    expect(world.fences).toHaveLength(1)
  })
})

describe('a leader', () => {
  const three = async () => {
    const world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    return { world, leader }
  }

  it('that is cut off from Redis has lost its leadership before another instance leads', async () => {
    const { world, leader } = await three()
    await using _ = world
    leader.connection.cutOff = true
    await world.passUntil(() => world.holders.length > 0 && world.holders[0] !== leader, 3000)
    await world.pass(20_000)
    leader.connection.cutOff = false
    const { fences } = world
    const before = fences.length
    await world.pass(3000)
    expect(fences).toHaveLength(before)
    expect(leader.election.leader?.id).toBe(world.holders[0]!.id)
  })

  it.each([2000, 5000, 10_000])(
    'that was stopped for %i ms does not lead again when it continues',
    async (ms) => {
      const { world, leader } = await three()
      await using _ = world
      world.pause(leader)
      await world.pass(ms)
      const [next] = world.holders
      expect(next).toBeDefined()
      world.resume(leader)
      await world.pass(5000)
      expect(world.holders).toEqual([next])
      expect(leader.election.leader?.id).toBe(next!.id)
      expect(world.fences).toHaveLength(2)
    },
  )
})
