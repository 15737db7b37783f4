import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fenceFaults, JournalReader, type LeadershipInterval, leadershipEnd, overlap } from './leaderships.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const led = (
  fence: number,
  from: number,
  until: number,
  more: Partial<LeadershipInterval> = {},
): LeadershipInterval => ({
  member: `member-${fence}`,
  session: 1,
  fence,
  from,
  until,
  ended: null,
  ...more,
})

describe('overlap', () => {
  test('of leaderships that do not overlap is 0', () => {
    expect(overlap([])).toBe(0)
    expect(overlap([led(1, 0, 10), led(2, 10, 20), led(3, 25, 30)])).toBe(0)
  })

  test('a killed leader counts until its lease would have run out', () => {
    expect(overlap([led(1, 0, 10), led(2, 7, 20)])).toBe(3)
  })

  test('a leader that saw its end counts until then', () => {
    expect(overlap([led(1, 0, 10, { ended: 6 }), led(2, 7, 20)])).toBe(0)
    expect(overlap([led(1, 0, 10, { ended: 9 }), led(2, 7, 20)])).toBe(2)
  })

  test('a stopped leader that saw its end late counts until its lease ran out', () => {
    expect(leadershipEnd(led(1, 0, 10, { ended: 2000 }))).toBe(10)
  })

  test('an instant with several leaders counts once', () => {
    expect(overlap([led(1, 0, 100), led(2, 10, 20), led(3, 15, 30)])).toBe(20)
    expect(overlap([led(1, 0, 10), led(2, 0, 10), led(3, 0, 10)])).toBe(10)
    expect(overlap([led(1, 0, 50), led(2, 10, 20), led(3, 30, 40)])).toBe(20)
  })

  test('the order of the leaderships does not matter', () => {
    const all = [led(1, 0, 100), led(2, 10, 20), led(3, 15, 30)]
    expect(overlap(all.toReversed())).toBe(20)
  })

  test('leaderships of different sessions do not overlap', () =>
    expect(overlap([led(1, 0, 10), led(2, 5, 20, { session: 2 })])).toBe(0))
})

describe('fences', () => {
  test('that increase are accepted', () => {
    expect(fenceFaults([led(1, 0, 1), led(3, 2, 3), led(4, 0, 1, { session: 2 })])).toEqual([])
  })

  test.each([
    ['used twice', [led(3, 0, 1), led(3, 2, 3)]],
    ['smaller', [led(3, 0, 1), led(2, 2, 3)]],
    ['smaller in a later session', [led(3, 5, 6), led(2, 0, 1, { session: 2 })]],
  ])('that are %s are reported', (_, leaderships) => expect(fenceFaults(leaderships)).toHaveLength(1))
})

describe('a journal', () => {
  test('is read while it is written', async () => {
    const path = join(await temporaryDirectory(), 'journal')
    const reader = new JournalReader([{ member: 'm', session: 2, path }])
    expect(reader.poll()).toEqual([])
    await appendFile(path, '\n{"fence":1,"from":10,"until":20}\n{"fence":1,"unt')
    expect(reader.poll()).toEqual([{ member: 'm', session: 2, fence: 1, from: 10, until: 20, ended: null }])
    await appendFile(path, 'il":30}\n{"fence":1,"until":30,"ended":25}\n')
    expect(reader.poll()).toEqual([{ member: 'm', session: 2, fence: 1, from: 10, until: 30, ended: 25 }])
    await appendFile(path, '{"fence":4,"from":50,"until":60}\n')
    expect(reader.poll().map(({ fence }) => fence)).toEqual([1, 4])
  })

  test('of a process that was killed during a write is read without that line', async () => {
    const path = join(await temporaryDirectory(), 'journal')
    await appendFile(
      path,
      '\n{"fence":1,"from":10,"until":20}\n{"fence":1,"until":2\n{"fence":2,"from":40,"until":50}\n',
    )
    const found = new JournalReader([{ member: 'm', session: 1, path }]).poll()
    expect(found.map(({ fence, until }) => [fence, until])).toEqual([
      [1, 20],
      [2, 50],
    ])
  })

  test('that continues a leadership that never began is an error', async () => {
    const path = join(await temporaryDirectory(), 'journal')
    await appendFile(path, '{"fence":7,"until":20}\n')
    expect(() => new JournalReader([{ member: 'm', session: 1, path }]).poll()).toThrow(
      'fence 7 continues but never began',
    )
  })
})
