// Random faults hit the instances and their Redis, for minutes of simulated time. After every step the world
// checks that there is one leader at most, and that fences grow. Then all faults end, and there must be a
// leader within five seconds.
import { describe, expect, it } from 'vitest'
import { type Instance, World } from './world.ts'

const SEEDS = Number(process.env.SEEDS ?? 40)

type Fault = (world: World, random: () => number) => void

const pick = <T>(random: () => number, of: readonly T[]): T | undefined =>
  of[Math.floor(random() * of.length)]

const anyInstance = (world: World, random: () => number): Instance | undefined =>
  pick(random, [...world.instances])

/** Mostly the leader, if there is one. */
const leaderOrAny = (world: World, random: () => number): Instance | undefined =>
  random() < 0.6 ? (pick(random, world.holders) ?? anyInstance(world, random)) : anyInstance(world, random)

const faults: Readonly<Record<string, Fault>> = {
  start(world) {
    if (world.instances.size < 7) world.start()
  },
  crash(world, random) {
    const instance = leaderOrAny(world, random)
    if (instance !== undefined) world.crash(instance)
  },
  leave(world, random) {
    const instance = leaderOrAny(world, random)
    if (instance === undefined || instance.clock.paused) return
    world.instances.delete(instance)
    world.leaving.add(instance)
    void instance.election.close()
  },
  pause(world, random) {
    const instance = leaderOrAny(world, random)
    if (instance !== undefined && !instance.clock.paused) world.pause(instance)
  },
  resume(world, random) {
    const instance = pick(
      random,
      [...world.instances].filter(({ clock }) => clock.paused),
    )
    if (instance !== undefined) world.resume(instance)
  },
  cutOff(world, random) {
    const instance = leaderOrAny(world, random)
    if (instance === undefined) return
    instance.connection.cutOff = !instance.connection.cutOff
    instance.connection.dropped = false
  },
  /** Redis closes the connections of an instance that does not notice. */
  drop(world, random) {
    const instance = leaderOrAny(world, random)
    if (instance === undefined) return
    instance.connection.cutOff = !instance.connection.cutOff
    instance.connection.dropped = instance.connection.cutOff
  },
  flush({ redis }) {
    redis.flush()
  },
  /** Comes up with an earlier state, as after asynchronous replication. */
  failOver({ redis }, random) {
    if (redis.isUp) redis.goDown()
    else redis.goUp(pick(random, redis.copies) ?? redis.stored)
  },
  restart({ redis }) {
    if (redis.isUp) redis.goDown()
    else redis.goUp()
  },
  copy({ redis }) {
    redis.copies = [...redis.copies.slice(-3), redis.stored]
  },
  slow({ redis }, random) {
    redis.latency = pick(random, [0.5, 1, 5, 40, 120])!
  },
  loses({ redis }, random) {
    redis.dropRate = pick(random, [0, 0, 0.05, 0.3])!
  },
}

const faultNames = Object.keys(faults)
/** Redis forgets for how long a leadership may be held: then instances must have the same election timeout. */
const forgetting = ['flush', 'failOver']

async function disturb(world: World, names: readonly string[]): Promise<void> {
  const random = () => world.random()
  for (let n = 0; n < 60; n++) {
    faults[pick(random, names)!]!(world, random)
    await world.pass(Math.ceil(random() ** 3 * 3000))
  }
}

function heal(world: World): void {
  world.redis.latency = 1
  world.redis.dropRate = 0
  if (!world.redis.isUp) world.redis.goUp()
  for (const instance of world.instances) {
    instance.connection.cutOff = false
    instance.connection.dropped = false
    if (instance.clock.paused) world.resume(instance)
  }
  while (world.instances.size < 3) world.start()
}

/** Within `soon` ms there is a leader, and `later` ms after that all instances follow it and are members. */
async function recovers(world: World, soon: number, later: number): Promise<void> {
  await world.leader(soon)
  await world.pass(later)
  const [leader] = world.holders
  expect(leader, `nobody leads ${later} ms later`).toBeDefined()
  for (const { election } of world.instances) expect(election.leader?.id).toBe(leader!.id)
  expect(leader!.election.members).toHaveLength(world.instances.size)
  for (const instance of [...world.instances]) await world.close(instance)
}

describe('under random faults', () => {
  it.each(Array.from({ length: SEEDS / 2 }, (_, n) => n + 1))(
    'there is at most one leader, and one at the end: seed %i',
    async (seed) => {
      const world = new World(seed, seed % 4 === 0 ? { expected: 3 } : {})
      for (let n = 0; n < 3; n++) world.start()
      await disturb(world, faultNames)
      heal(world)
      await recovers(world, 5000, 6000)
    },
  )

  it.each(Array.from({ length: SEEDS / 2 }, (_, n) => n + 1001))(
    'the same holds when election timeouts differ: seed %i',
    async (seed) => {
      const world = new World(seed)
      world.drawElectionTimeout = () => pick(() => world.random(), [200, 400, 1000, 4000])!
      for (let n = 0; n < 3; n++) world.start()
      await disturb(
        world,
        faultNames.filter((name) => !forgetting.includes(name)),
      )
      heal(world)
      await recovers(world, 60_000, 60_000)
    },
  )
})
