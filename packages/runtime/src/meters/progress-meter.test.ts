import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import { ProgressMeter } from './progress-meter.ts'

it('reports every two seconds, with the rate since the last report', () => {
  const clock = new FakeClock()
  const meter = new ProgressMeter(clock)
  meter.begin(0, 1000)
  clock.advance(1999)
  expect(meter.look(100)).toBeNull()
  clock.advance(1)
  expect(meter.look(100)).toEqual({ percent: 10, perSecond: 50 })
  clock.advance(1000)
  expect(meter.look(500)).toBeNull()
  clock.advance(2000)
  expect(meter.look(699)).toEqual({ percent: 69, perSecond: 200 })
  expect(meter.end()).toBe(5000)
})

it('counts from where the task begins, also when it begins again', () => {
  const clock = new FakeClock()
  const meter = new ProgressMeter(clock)
  expect(meter.isUnderWay).toBe(false)
  meter.begin(500, 1000)
  clock.advance(5000)
  expect(meter.look(600)).toEqual({ percent: 20, perSecond: 20 })
  clock.advance(3000)
  meter.begin(0, 100)
  clock.advance(5000)
  expect(meter.look(50)).toEqual({ percent: 50, perSecond: 10 })
  expect(meter.isUnderWay).toBe(true)
  expect(meter.end()).toBe(5000)
  expect(meter.isUnderWay).toBe(false)
})
