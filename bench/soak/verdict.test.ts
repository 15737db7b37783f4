import { describe, expect, it } from 'vitest'
import { isSound, judge, type Sample, windowsOf } from './verdict.ts'

const MIB = 2 ** 20
const everyBytes = 64 * MIB
const windows = windowsOf(60)

/** A sample every 10 s of an hour. `rss` in MiB, by the minute. */
const hour = (rss: (minute: number) => number, disk = 300): Sample[] =>
  Array.from({ length: 360 }, (_, n) => ({
    at: (n + 1) * 10,
    rss: rss((n + 1) / 6) * MIB,
    disk: disk * MIB,
    snapshotBytes: 8 * MIB,
  }))

describe('the verdict of a soak test', () => {
  it('compares the medians of minutes 2 to 4 and of the last three minutes', () => {
    expect(windows).toEqual({ warm: [120, 240], last: [3420, 3600] })
    const verdict = judge(
      hour((minute) => (minute <= 4 ? 200 : minute < 57 ? 500 : 209)),
      windows,
      everyBytes,
    )
    expect(verdict).toMatchObject({ warm: 200 * MIB, last: 209 * MIB, isMemoryBounded: true })
    expect(verdict.growth).toBeCloseTo(0.045, 6)
    expect(isSound(verdict)).toBe(true)
  })

  it('finds memory that grows by more than 5 %', () => {
    const verdict = judge(
      hour((minute) => 200 + minute / 5),
      windows,
      everyBytes,
    )
    expect(verdict).toMatchObject({ isMemoryBounded: false, isDiskBounded: true })
    expect(isSound(verdict)).toBe(false)
  })

  it('lets one sample be higher, and memory shrink', () => {
    const samples = hour((minute) => (minute > 59.9 ? 900 : 200 - minute))
    expect(judge(samples, windows, everyBytes)).toMatchObject({ isMemoryBounded: true })
  })

  it('finds a disk that once takes more than the documents say', () => {
    const within = hour(() => 200, 128 + 256 + 32)
    expect(judge(within, windows, everyBytes)).toMatchObject({ isDiskBounded: true, diskBound: 416 * MIB })
    const beyond = within.map((sample) => (sample.at === 1800 ? { ...sample, disk: 417 * MIB } : sample))
    const verdict = judge(beyond, windows, everyBytes)
    expect(verdict).toMatchObject({ isMemoryBounded: true, isDiskBounded: false, disk: 417 * MIB })
    expect(isSound(verdict)).toBe(false)
  })

  it('is broken without samples to compare', () => {
    const samples = hour(() => 200).filter(({ at }) => at < 3000)
    expect(isSound(judge(samples, windows, everyBytes))).toBe(false)
  })

  it('takes shares of a short run', () => {
    expect(windowsOf(5)).toEqual({ warm: [60, 120], last: [210, 300] })
  })
})
