import { expect, test } from 'vitest'
import { noTotals } from '../workers/index.ts'
import { Progress, progressText } from './progress.ts'

const HOUR = 3_600_000

test('tells how much is done, the speed, the remaining time and the result so far', () => {
  const totals = { ...noTotals(), runs: 2500, simulated: 1.5 * HOUR }
  expect(progressText(totals, 10_000, 10_000)).toBe(
    '2,500 of 10,000 · 250 seeds/s · 30.0 s left · 1.5 cluster-hours',
  )
})

test('estimates nothing before the first run is over', () => {
  expect(progressText(noTotals(), 10, 100)).toContain('? left')
})

function output(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: string[] } {
  const written: string[] = []
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 }
  return { stream: stream as unknown as NodeJS.WriteStream, written }
}

test('writes no control characters without a terminal', () => {
  const { stream, written } = output(false)
  const progress = new Progress(10, stream, () => 0)
  progress.show({ ...noTotals(), runs: 1 })
  progress.clear()
  expect(written).toEqual([])
})

test('writes a line every half minute there, and for every tenth that is done', () => {
  const { stream, written } = output(false)
  let now = 0
  const progress = new Progress(1000, stream, () => now)
  for (const [at, runs] of [
    [6000, 10],
    [31_000, 20],
    [32_000, 30],
    [40_000, 100],
    [41_000, 110],
  ] as const) {
    now = at
    progress.show({ ...noTotals(), runs })
  }
  expect(written.map((line) => line.split(' ')[0])).toEqual(['20', '100'])
})

test('rewrites one line on a terminal, never longer than it is wide', () => {
  const { stream, written } = output(true)
  let now = 0
  const progress = new Progress(1_000_000, stream, () => now)
  for (now = 1000; now <= 3000; now += 1000)
    progress.show({ ...noTotals(), runs: now, simulated: 1000 * HOUR })
  expect(written).toHaveLength(3)
  for (const line of written) {
    expect(line.startsWith('\r\x1b[K')).toBe(true)
    expect(line.length).toBeLessThanOrEqual('\r\x1b[K'.length + 59)
  }
})
