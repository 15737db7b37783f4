import { beforeEach, describe, expect, test } from 'vitest'
import { type Claim, Claims } from './claims.ts'

const claim = (record: number, fence: number, more: Partial<Claim> = {}): Claim => ({
  kind: 'claim',
  record,
  fence,
  by: `member-${fence}`,
  start: (record - 1) * 10,
  end: record * 10,
  offset: (record - 1) * 20,
  length: 20,
  ...more,
})

describe('claims', () => {
  let claims: Claims
  const takeOver = (fence: number) => claims.apply({ kind: 'takeOver', fence, by: `member-${fence}` })
  beforeEach(() => {
    claims = new Claims()
  })

  test('a leader takes over, and claims one record after another', () => {
    expect(takeOver(3)).toEqual({ accepted: true, progress: { position: 0, fence: 3, last: null } })
    expect(claims.apply(claim(1, 3)).accepted).toBe(true)
    expect(claims.apply(claim(2, 3))).toEqual({
      accepted: true,
      progress: { position: 2, fence: 3, last: claim(2, 3) },
    })
  })

  test('the next leader learns the position and the last claim', () => {
    takeOver(3)
    claims.apply(claim(1, 3))
    expect(takeOver(5)).toEqual({ accepted: true, progress: { position: 1, fence: 5, last: claim(1, 3) } })
  })

  test('a snapshot has the state at the time that it was taken', async () => {
    takeOver(3)
    claims.apply(claim(1, 3))
    const { snapshots, progress } = claims
    const taken = snapshots.take()
    claims.apply(claim(2, 3))
    const restored = new Claims()
    await restored.snapshots.restore(taken, snapshots.format)
    expect(restored.progress).toEqual(progress)
    expect(restored.apply(claim(2, 3)).accepted).toBe(true)
  })

  test('a claim with an older fence is rejected, even before the new leader claims anything', () => {
    takeOver(3)
    takeOver(5)
    expect(claims.apply(claim(1, 3))).toEqual({ accepted: false, why: 'stale fence' })
    expect(claims.progress).toEqual({ position: 0, fence: 5, last: null })
  })

  test('a leader cannot claim before it has taken over', () => {
    takeOver(3)
    expect(claims.apply(claim(1, 5))).toEqual({ accepted: false, why: 'stale fence' })
  })

  test('an older fence cannot take over', () => {
    takeOver(5)
    expect(takeOver(3)).toEqual({ accepted: false, why: 'stale fence' })
    expect(claims.progress.fence).toBe(5)
  })

  test('the same fence may take over again, when its task was restarted', () => {
    takeOver(5)
    expect(takeOver(5).accepted).toBe(true)
  })

  test.each([1, 3])('record %d cannot be claimed when record 2 is next', (record) => {
    takeOver(3)
    claims.apply(claim(1, 3))
    expect(claims.apply(claim(record, 3))).toEqual({ accepted: false, why: 'not the next record' })
  })

  test.each([{ offset: 19 }, { offset: 21 }, { start: 9 }])(
    'a claim of other bytes than the next is rejected: %j',
    (other) => {
      takeOver(3)
      claims.apply(claim(1, 3))
      expect(claims.apply(claim(2, 3, other))).toEqual({ accepted: false, why: 'not the next bytes' })
    },
  )
})
