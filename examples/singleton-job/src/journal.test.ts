import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Leadership } from 'oarlock'
import { describe, expect, test } from 'vitest'
import { Journal } from './journal.ts'
import { JournalReader, type LeadershipInterval } from './leaderships.ts'
import { machineTime, machineTimeOffset } from './machine-time.ts'
import { temporaryDirectory } from './temporary-directory.ts'

class TestLeadership implements Leadership {
  readonly fence = 9
  readonly controller = new AbortController()
  deadline: number = performance.now() + 100
  over = false
  get held(): boolean {
    return !this.over
  }
  get signal(): AbortSignal {
    return this.controller.signal
  }
  assertHeld(): void {}
}

async function journaled() {
  const path = join(await temporaryDirectory(), 'journal')
  const leadership = new TestLeadership()
  new Journal(path).watch(leadership)
  const reader = new JournalReader([{ member: 'm', session: 1, path }])
  const read = (): LeadershipInterval => reader.poll()[0]!
  const readUntil = async (condition: (one: LeadershipInterval) => boolean): Promise<LeadershipInterval> => {
    while (!condition(read())) await delay(1)
    return read()
  }
  return { leadership, read, readUntil }
}

const own = (time: number): number => time - machineTimeOffset()

describe('the journal', () => {
  test('records the beginning and the deadline at once, in machine time', async () => {
    const before = machineTime()
    const { leadership, read } = await journaled()
    const { fence, from, until, ended } = read()
    expect({ fence, ended }).toEqual({ fence: 9, ended: null })
    expect(from).toBeGreaterThanOrEqual(before)
    expect(from).toBeLessThanOrEqual(machineTime())
    expect(own(until)).toBeCloseTo(leadership.deadline, 0)
    leadership.over = true
  })

  test('follows the deadline forward, and never back', async () => {
    const { leadership, readUntil } = await journaled()
    const { until } = await readUntil(() => true)
    leadership.deadline += 50
    const renewed = await readUntil((one) => one.until > until)
    leadership.deadline = Number.NEGATIVE_INFINITY
    leadership.over = true
    expect((await readUntil(({ ended }) => ended !== null)).until).toBe(renewed.until)
  })

  test('does not record an end on the signal while the leadership is held', async () => {
    const { leadership, read, readUntil } = await journaled()
    leadership.controller.abort()
    expect(read().ended).toBeNull()
    leadership.over = true
    await readUntil(({ ended }) => ended !== null)
  })

  test('records the end on the signal when the leadership is over', async () => {
    const { leadership, read } = await journaled()
    leadership.over = true
    leadership.deadline = performance.now()
    leadership.controller.abort()
    expect(own(read().ended!)).toBeCloseTo(leadership.deadline, 0)
  })
})
