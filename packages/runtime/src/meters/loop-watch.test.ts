import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import { LoopWatch } from './loop-watch.ts'

function setUp() {
  const clock = new FakeClock()
  const stalls: number[] = []
  const stalled = (delay: number) => stalls.push(delay)
  const watch = new LoopWatch({ clock, interval: 10, stall: 100, stalled })
  watch.start()
  const run = (ms: number) => {
    for (let n = 0; n < ms / 10; n++) clock.advance(10)
  }
  return { clock, watch, stalls, run }
}

it('tells of a stall once, when the loop runs again', () => {
  const { clock, watch, stalls, run } = setUp()
  run(100)
  expect(stalls).toEqual([])
  clock.stall(250)
  expect(stalls).toEqual([])
  clock.advance(10)
  expect(stalls).toEqual([250])
  run(500)
  expect(stalls).toEqual([250])
  expect(watch.stalls).toBe(1)
})

it('counts a delay that is no stall', () => {
  const { clock, watch, stalls } = setUp()
  clock.stall(60)
  clock.advance(10)
  expect(stalls).toEqual([])
  expect(watch.longest).toBe(60)
  expect(watch.delays.snapshot()).toMatchObject({ count: 1, sum: 60 })
})

it('forgets the longest delay after a minute', () => {
  const { clock, watch, run } = setUp()
  clock.stall(60)
  run(30_000)
  expect(watch.longest).toBe(60)
  run(31_000)
  expect(watch.longest).toBe(0)
})

it('measures nothing any more once it is stopped', () => {
  const { watch, run, clock } = setUp()
  run(10)
  watch.stop()
  run(100)
  expect(watch.delays.snapshot().count).toBe(1)
  expect(clock.timers).toBe(0)
})
