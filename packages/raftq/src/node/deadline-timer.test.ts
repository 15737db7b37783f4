import { expect, it } from 'vitest'
import { DeadlineTimer } from './deadline-timer.ts'
import type { Platform } from './platform.ts'

/** A clock that stands until it is moved; timers fire when they are due, first those that were due first. */
class Clock {
  now = 0
  rung: number[] = []
  timers: { at: number; run: () => void }[] = []
  readonly platform: Platform = {
    now: () => this.now,
    setTimer: (run, ms) => {
      const timer = { at: this.now + ms, run }
      this.timers.push(timer)
      return () => {
        this.timers = this.timers.filter((each) => each !== timer)
      }
    },
    random: () => 0,
    mint: () => '',
  }
  readonly alarm: DeadlineTimer = new DeadlineTimer(this.platform, () => this.rung.push(this.now))

  fire(): void {
    const due = this.timers.filter(({ at }) => at <= this.now)
    this.timers = this.timers.filter((each) => !due.includes(each))
    for (const { run } of due) run()
  }
}

it('rings once, at its time, and lets what came meanwhile go first', () => {
  const clock = new Clock()
  clock.alarm.set(100)
  clock.now = 99
  clock.fire()
  clock.now = 100
  clock.fire()
  expect(clock.rung).toEqual([]) // the turn of what the pipe brought
  clock.fire()
  clock.fire()
  expect([clock.rung, clock.timers]).toEqual([[100], []])
})

it('is not put off by being set to the same time again', () => {
  const clock = new Clock()
  clock.alarm.set(100)
  clock.now = 150
  for (let i = 0; i < 2; i++) {
    clock.alarm.set(100)
    clock.fire()
  }
  expect(clock.rung).toEqual([150])
})

it('follows a deadline that moves, either way, and has one timer', () => {
  const clock = new Clock()
  for (const at of [100, 50, 200]) clock.alarm.set(at)
  expect(clock.timers).toHaveLength(1)
  clock.now = 199
  clock.fire()
  clock.fire()
  expect(clock.rung).toEqual([])
  clock.now = 200
  clock.fire()
  clock.alarm.set(300) // while it was about to ring
  clock.fire()
  expect(clock.rung).toEqual([])
})

it('has no timer when it is stopped, or there is no deadline', () => {
  const clock = new Clock()
  clock.alarm.set(100)
  clock.alarm.stop()
  expect(clock.timers).toEqual([])
  clock.alarm.set(Number.POSITIVE_INFINITY)
  expect(clock.timers).toEqual([])
})

it('asks for whole milliseconds, never fewer than are left', () => {
  const clock = new Clock()
  clock.alarm.set(99.5)
  expect(clock.timers[0]!.at).toBe(100)
})
