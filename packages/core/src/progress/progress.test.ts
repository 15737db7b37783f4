import { describe, expect, it } from 'vitest'
import { InvariantError } from '../invariant.ts'
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

  it('repeats a probe with entries until its copies fill the window, then without, until it is answered', () => {
    const probing = (): Progress => {
      const progress = progressAt(0, 6)
      progress.limitInflight(25)
      for (const before of [0, 10, 20]) {
        expect([before, progress.inflightFull]).toEqual([before, false])
        progress.sentEntries(1, 10)
        progress.resume()
      }
      expect([progress.paused, progress.inflightFull]).toEqual([false, true])
      // One without entries, too, waits for the next heartbeat: else each proposal would send one.
      progress.sentEntries(0, 0)
      expect(progress.paused).toBe(true)
      progress.resume()
      return progress
    }
    const answers: readonly ((progress: Progress) => void)[] = [
      (progress) => progress.backOff(index(5), index(2)),
      (progress) => progress.becomeReplicate(),
    ]
    for (const answer of answers) {
      const progress = probing()
      answer(progress)
      expect(progress.inflightFull).toBe(false)
    }
  })

  it('repeats a probe with entries for ever if there is no limit in bytes, as etcd/raft does', () => {
    const progress = progressAt(0, 6)
    for (let copy = 0; copy < 1000; copy++) progress.sentEntries(1, 1_000_000)
    expect(progress.inflightFull).toBe(false)
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

  it('ignores a refusal while a snapshot is sent: it is of an older append', () => {
    const progress = progressAt(2, 11)
    progress.becomeSnapshot(index(10))
    expect(progress.backOff(index(10), index(3))).toBe(false)
    expect(progress.next).toBe(11)
  })

  it('goes on after a snapshot that was sent, and from before one that could not be sent', () => {
    for (const [failed, next] of [
      [false, 11],
      [true, 4],
    ] as const) {
      const progress = progressAt(3, 6)
      progress.becomeSnapshot(index(10))
      progress.snapshotReported(failed)
      expect([progress.state, progress.paused, progress.next]).toEqual(['probe', true, next])
    }
  })

  it.each<[string, (progress: Progress) => void]>([
    ['probes', (progress) => progress.becomeProbe()],
    ['refuses what was sent ahead', (progress) => progress.backOff(index(8), index(3))],
  ])('a member that %s is told the commit index again, for it may have lost it', (_when, goBack) => {
    const progress = progressAt(3, 4)
    progress.becomeReplicate()
    progress.sentEntries(5, 10)
    progress.sentCommit = index(8)
    goBack(progress)
    expect(progress.mayBumpCommit(index(8))).toBe(false) // it holds nothing yet that this would commit
    progress.acknowledge(index(6))
    expect(progress.mayBumpCommit(index(8))).toBe(true)
  })

  it('a member that goes back while it is probed is told the commit index again, too', () => {
    const progress = progressAt(3, 9)
    progress.sentCommit = index(8)
    progress.backOff(index(8), index(4))
    progress.acknowledge(index(6))
    expect(progress.mayBumpCommit(index(8))).toBe(true)
  })

  it('backs off to just after what is known to match, at the furthest', () => {
    const progress = progressAt(4, 8)
    expect(progress.backOff(index(7), index(1))).toBe(true)
    expect(progress.next).toBe(5)
  })

  it('stops the node when it would be sent an entry that it holds', () => {
    expect(() => progressAt(4, 4)).toThrow(InvariantError)
    const corrupted = progressAt(2, 5)
    corrupted.next = index(2)
    expect(() => corrupted.acknowledge(index(4))).not.toThrow() // this mends `next`
    corrupted.match = index(9)
    expect(() => corrupted.becomeSnapshot(index(6))).toThrow(
      'impossible: snapshot, match 9, next 7, snapshot 6',
    )
  })

  it.each<[string, (progress: Progress) => void]>([
    ['is probed', (progress) => progress.becomeProbe()],
    ['is replicated to', (progress) => progress.becomeReplicate()],
    ['is sent a snapshot', (progress) => progress.becomeSnapshot(index(9))],
  ])(
    'never has appends in flight, or a snapshot pending, that its state rules out: one that %s',
    (_how, enter) => {
      const progress = progressAt(3, 4)
      progress.becomeReplicate()
      progress.sentEntries(2, 10)
      enter(progress)
      const { state, inflight, pendingSnapshot, match, next } = progress.view(false)
      expect({ inflight, pendingSnapshot }).toEqual({
        inflight: 0,
        pendingSnapshot: state === 'snapshot' ? 9 : 0,
      })
      expect(next).toBeGreaterThan(Math.max(match, pendingSnapshot))
      progress.pendingSnapshot = index(state === 'snapshot' ? 12 : 7)
      expect(() => progress.acknowledge(index(5))).toThrow(InvariantError)
    },
  )
})
