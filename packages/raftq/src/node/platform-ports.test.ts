import { expect, it } from 'vitest'
import type { Platform } from './platform.ts'
import { clockOf, eventLoopOf } from './platform-ports.ts'

/** A platform whose clock stands still until it is moved. Timers fire when they are due. */
class FakePlatform implements Platform {
  time = 0
  timers: { readonly at: number; readonly run: () => void }[] = []

  now(): number {
    return this.time
  }

  setTimer(run: () => void, ms: number): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((each) => each !== timer)
    }
  }

  random(): number {
    return 0
  }

  mint(): string {
    return ''
  }

  fire(): void {
    for (const timer of this.timers.splice(0)) timer.run()
  }
}

it('the clock calls back once, at its time', () => {
  const platform = new FakePlatform()
  const called: number[] = []
  clockOf(platform).at(100, () => called.push(platform.time))
  expect(platform.timers.map(({ at }) => at)).toEqual([100])
  platform.time = 100
  platform.fire()
  platform.fire()
  expect(called).toEqual([100])
})

it('the clock asks for whole milliseconds, never fewer than are left', () => {
  const platform = new FakePlatform()
  platform.time = 0.4
  clockOf(platform).at(99.5, () => {})
  clockOf(platform).at(0.1, () => {})
  expect(platform.timers.map(({ at }) => at)).toEqual([100.4, 0.4])
})

it('the clock waits once more if the timer fires too early', () => {
  const platform = new FakePlatform()
  let calls = 0
  const cancel = clockOf(platform).at(100, () => calls++)
  platform.time = 99.3
  platform.fire()
  expect([calls, platform.timers.map(({ at }) => at)]).toEqual([0, [100.3]])
  cancel()
  expect(platform.timers).toEqual([])
})

it('a cancelled call leaves no timer', () => {
  const platform = new FakePlatform()
  clockOf(platform).at(100, () => {})()
  expect(platform.timers).toEqual([])
})

it('a turn ends with a microtask, and a tick waits for the pipe with a timer of no length', async () => {
  const platform = new FakePlatform()
  const { endOfTurn, afterInput } = eventLoopOf(platform)
  const called: string[] = []
  endOfTurn(() => called.push('turn'))
  afterInput(() => called.push('tick'))
  expect([called, platform.timers.map(({ at }) => at)]).toEqual([[], [0]])
  await null
  expect(called).toEqual(['turn'])
  platform.fire()
  expect(called).toEqual(['turn', 'tick'])
})
