import { describe, expect, test } from 'vitest'
import { NodeClock } from '../hardware/index.ts'
import { Random } from './random.ts'
import { Call, World } from './world.ts'

describe('World', () => {
  test('runs tasks in the order of their times, and tasks of one time in the order of scheduling', () => {
    const world = new World()
    const random = new Random(1)
    const expected: [number, number][] = []
    const ran: [number, number][] = []
    for (let order = 0; order < 500; order++) {
      const at = random.int(40)
      expected.push([at, order])
      world.schedule(new Call(() => ran.push([world.now, order])), at)
    }
    while (world.step(1000));
    expect(ran).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]))
    expect(world.now).toBe(1000)
  })

  test('never schedules into the past', () => {
    const world = new World()
    world.schedule(new Call(() => world.schedule(new Call(() => {}), 3)), 10)
    world.step(20)
    expect(world.step(20)).toBe(true)
    expect(world.now).toBe(10)
  })

  test('stops at the limit and keeps later tasks', () => {
    const world = new World()
    let ran = false
    world.schedule(
      new Call(() => {
        ran = true
      }),
      10,
    )
    expect(world.step(9)).toBe(false)
    expect([world.now, ran]).toEqual([9, false])
    expect(world.step(10)).toBe(true)
    expect([world.now, ran]).toEqual([10, true])
  })
})

describe('NodeClock', () => {
  test('runs at its rate, does not jump when the rate changes, and restarts with its process', () => {
    const clock = new NodeClock(100, 2)
    expect(clock.at(10)).toBe(120)
    clock.drift(0.5, 10)
    expect(clock.at(10)).toBe(120)
    expect(clock.at(20)).toBe(125)
    expect(clock.whenShowing(130)).toBe(30)
    clock.restart(7, 30)
    expect(clock.at(30)).toBe(7)
    expect(clock.at(32)).toBe(8)
  })
})
