import { describe, expect, it } from 'vitest'
import { index } from '../types.ts'
import { Progress } from './progress.ts'

const progressAt = (match: number, next: number) =>
  new Progress({
    match: index(match),
    next: index(next),
    maxInflightMessages: 2,
    maxInflightBytes: 0,
  })

describe('progress', () => {
  it('probes one append at a time', () => {
    const progress = progressAt(0, 6)
    progress.sentEntries(1, 10)
    expect(progress.paused).toBe(true)
    progress.resume()
    expect(progress.paused).toBe(false)
    expect(progress.next).toBe(6)
  })

  it('replicates ahead until the window is full', () => {
    const progress = progressAt(3, 6)
    progress.becomeReplicate()
    progress.sentEntries(2, 10)
    progress.sentEntries(1, 10)
    expect([progress.next, progress.paused, progress.inflightFull]).toEqual([7, true, true])
    progress.acknowledge(index(5))
    progress.freeInflight(index(5))
    expect([progress.match, progress.paused, progress.inflightFull]).toEqual([5, false, false])
  })

  it('never lets match go down', () => {
    const progress = progressAt(5, 6)
    expect(progress.acknowledge(index(3))).toBe(false)
    expect(progress.match).toBe(5)
  })

  it('ignores a refusal of an older message', () => {
    const probing = progressAt(2, 8)
    expect(probing.backOff(index(4), index(3))).toBe(false)
    expect(probing.backOff(index(7), index(4))).toBe(true)
    expect(probing.next).toBe(5)
    const replicating = progressAt(5, 8)
    replicating.becomeReplicate()
    expect(replicating.backOff(index(5), index(1))).toBe(false)
  })

  it('backs off to just after what is known to match, at the furthest', () => {
    const progress = progressAt(4, 8)
    expect(progress.backOff(index(7), index(1))).toBe(true)
    expect(progress.next).toBe(5)
  })
})
