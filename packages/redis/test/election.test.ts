// Elections among instances that know only a broker, in one process, by a clock that moves when told to. The world looks after every
// step: nobody may see two leaders, and fences must grow.
import { describe, expect, it } from 'vitest'
import { World } from './world.ts'

describe('instances at one broker', () => {
  it('have a leader soon, the first one alone', async () => {
    await using world = new World()
    const first = world.start()
    const took = await world.passUntil(() => world.holders.length === 1, 2000)
    expect(world.holders).toEqual([first])
    expect(took).toBeLessThan(800)
  })

  it('come in as learners and become voters, an odd number of them', async () => {
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

  it('elect another leader when the leader dies, within two election timeouts and a half', async () => {
    await using world = new World()
    for (let n = 0; n < 3; n++) world.start()
    const leader = await world.leader()
    await world.pass(2000)
    world.crash(leader)
    const took = await world.passUntil(() => world.holders.length === 1, 3000)
    expect(took).toBeLessThan(1000)
    expect(world.holders[0]!.election.generation).toBe(leader.election.generation)
  })

  it('make one cluster when they start together', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      await using world = new World(seed)
      for (let n = 0; n < 3; n++) world.start()
      const leader = await world.leader()
      await world.pass(1500)
      for (const { election } of world.instances) expect(election.leader?.id).toBe(leader.id)
    }
  })

  it('wait for as many as are expected', async () => {
    await using world = new World(1, { expected: 3 })
    world.start()
    world.start()
    await world.pass(5000)
    expect(world.holders).toEqual([])
    world.start()
    const leader = await world.leader(2000)
    expect(leader.election.inspect()!.configuration.voters).toHaveLength(3)
  })

  it('join twenty times without a change of the leader', async () => {
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

  it('leave a healthy cluster alone that they cannot hear, though whoever founded it is gone', async () => {
    await using world = new World()
    const founder = world.start()
    await world.leader()
    for (let n = 0; n < 3; n++) world.start()
    await world.pass(2000)
    await world.close(founder)
    const leader = await world.leader()
    const { generation } = leader.election
    const deaf = world.start()
    deaf.station.deaf = true
    await world.pass(10_000)
    expect(world.holders).toEqual([leader])
    expect(leader.election.generation).toBe(generation)
  })

  it('forget who is gone, while a majority lives', async () => {
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

describe('when too many are gone', () => {
  it('of two instances the one that is left founds a new generation, soon', async () => {
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

  it('a new generation begins when all were replaced at once', async () => {
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

describe('an instance that leaves in order', () => {
  it('hands over within some round trips, and is forgotten at once', async () => {
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

  it('makes a voter of the other one, if there are but two', async () => {
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

  it('says so when it was the last one: whoever comes next need not wait', async () => {
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

  it('is soon gone when Redis is away', async () => {
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

  it('is down, nobody leads; when it is back one of the members does', async () => {
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

  it('is restarted quickly, the cluster goes on as it is', async () => {
    const { world, leader } = await three()
    await using _ = world
    const { generation } = leader.election
    world.redis.goDown()
    await world.pass(600)
    world.redis.goUp()
    await world.leader(3000)
    expect(world.holders[0]!.election.generation).toBe(generation)
  })

  it('is down at the start, there is no leader until it is there', async () => {
    await using world = new World()
    world.redis.goDown()
    const first = world.start()
    await world.pass(5000)
    expect(first.election.leader).toBeNull()
    expect(String(first.election.why())).toContain('no connection to Redis')
    world.redis.goUp()
    await world.leader(2000)
  })

  it('is flushed, the leader writes the record again, and there is a leader within five seconds', async () => {
    const { world } = await three()
    await using _ = world
    world.redis.flush()
    await world.pass(1)
    await world.pass(500)
    await world.leader(4500)
    expect(world.redis.stored.record).not.toBeNull()
  })

  it('is flushed when somebody is there who hears nobody, and founds a cluster at once, that one waits until the leader must have gone', async () => {
    await using world = new World()
    world.start()
    const leader = await world.leader()
    const newcomer = world.start()
    newcomer.station.deaf = true
    await world.pass(4000)
    // Nobody tells the leader, whose last renewal still counts for a while.
    leader.station.cutOff = true
    world.redis.flush()
    // The world looks after every step.
    await world.passUntil(() => world.holders[0] === newcomer, 3000)
    expect(world.fences).toHaveLength(2)
    newcomer.station.deaf = false
    leader.station.cutOff = false
    await world.pass(3000)
    expect(world.holders).toEqual([newcomer])
    expect(newcomer.election.members).toHaveLength(2)
  })

  it('fails over and has lost the last claim, fences still grow and nobody leads beside another', async () => {
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

  it('is slow, whoever leads goes on', async () => {
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

  it('that is cut off from Redis holds nothing when another one does', async () => {
    const { world, leader } = await three()
    await using _ = world
    leader.station.cutOff = true
    await world.passUntil(() => world.holders.length > 0 && world.holders[0] !== leader, 3000)
    await world.pass(20_000)
    leader.station.cutOff = false
    const { fences } = world
    const before = fences.length
    await world.pass(3000)
    expect(fences).toHaveLength(before)
    expect(leader.election.leader?.id).toBe(world.holders[0]!.id)
  })

  it.each([2000, 5000, 10_000])('that was stopped for %i ms does not take power back', async (ms) => {
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
  })
})
