import { expect, it } from 'vitest'
import { NodeClock } from '../hardware/index.ts'
import { Random, World } from '../world/index.ts'
import { SimEventLoop } from './event-loop.ts'
import type { Host } from './host.ts'

it("shows no earlier time once the clock's rate falls during the work of a turn", () => {
  const world = new World()
  const clock = new NodeClock(0, 1.1)
  const profile = { turnLength: 0, timerLag: 0, tickFirst: false }
  const loop = new SimEventLoop({ clock } as Host, world, new Random(1), profile)
  const seen: number[] = []
  const look = (): void => void seen.push(loop.now())
  loop.endOfTurn(() => {
    loop.busy += 10
    look()
    loop.endOfTurn(look)
  })
  loop.drift(0.9)
  while (world.step(100));
  expect(seen).toEqual([11, 11])
  expect(loop.now()).toBeCloseTo(11 + (world.now - 10) * 0.9)
})
