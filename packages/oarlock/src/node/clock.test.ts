import { describe, expect, it } from 'vitest'
import { processClock } from './clock.ts'

describe('the clock of the process', () => {
  it('never calls back early, not by a fraction of a millisecond', async () => {
    const early = Array.from({ length: 50 }, (_, n) => {
      const at = processClock.now() + 1 + n / 7
      return new Promise<boolean>((resolve) => {
        processClock.at(at, () => resolve(processClock.now() < at))
      })
    })
    expect(await Promise.all(early)).not.toContain(true)
  })

  it('calls back for a time in the past, and never after it was cancelled', async () => {
    const called: string[] = []
    const cancel = processClock.at(processClock.now(), () => called.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => {
      processClock.at(processClock.now() - 10, () => {
        called.push('past')
        resolve()
      })
    })
    expect(called).toEqual(['past'])
  })
})
