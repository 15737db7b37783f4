import type { Persist } from '@oarlock/core'
import { entriesFrom, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import {
  changed,
  FIRST,
  SECOND,
  storeOn,
  three,
  withPeers,
  written,
  xor,
} from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { CorruptLogError } from '../errors.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'

/** Opening is refused and changes nothing. */
async function expectRefused(disk: SimulatedDisk, message: RegExp): Promise<void> {
  const before = new Map(disk.list('/data').map((name) => [name, disk.get(`/data/${name}`)]))
  const error = await storeOn(disk)
    .open()
    .then(
      () => 'it was opened',
      (error: unknown) => error,
    )
  expect(error).toBeInstanceOf(CorruptLogError)
  expect((error as Error).message).toMatch(message)
  expect(new Map(disk.list('/data').map((name) => [name, disk.get(`/data/${name}`)]))).toEqual(before)
  expect(disk.openHandles).toBe(0)
}

describe('damage that no crash explains is refused, and nothing is changed:', () => {
  const flipEvery = async (from: number, to: number, disk: SimulatedDisk, file = FIRST): Promise<void> => {
    for (let at = from; at < to; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = changed(disk, file, (bytes) => xor(bytes, at, 1 << bit))
        await expectRefused(
          flipped,
          /is damaged at byte \d+: .+ Never start it with a part or a copy of its files/,
        )
      }
    }
  }

  it('any bit flipped in a record in the middle', async () => {
    const disk = new SimulatedDisk()
    const [, from, to] = await written(disk, three)
    await flipEvery(from!, to!, disk)
  })

  // A last record whose data has 512 zero bytes on a sector looks torn instead (recovery.test.ts).
  it('any bit flipped in the last record', async () => {
    const disk = new SimulatedDisk()
    const [, , from, to] = await written(disk, three)
    await flipEvery(from!, to!, disk)
  })

  it('any bit flipped in the header of a segment', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three, 65)
    await flipEvery(0, SEGMENT_HEADER_BYTES, disk)
    await flipEvery(0, SEGMENT_HEADER_BYTES, disk, '/data/00000003.wal')
  })

  it('a zeroed sector under records that a later one knows to be durable', async () => {
    const disk = new SimulatedDisk()
    const batches = [1, 2, 3].map((at) => [
      persistOf({ entries: entriesFrom(at, 1, new Uint8Array(1800).fill(at)) }),
    ])
    const [, , before] = await written(disk, batches)
    for (let sector = 1; (sector + 1) * 512 <= before!; sector++) {
      const zeroed = changed(disk, FIRST, (bytes) => bytes.fill(0, sector * 512, (sector + 1) * 512))
      await expectRefused(zeroed, /00000001\.wal is damaged at byte \d+: a record is bad/)
    }
  })

  it('a zeroed first sector, with the header, of a segment whose first write was durable', async () => {
    const disk = new SimulatedDisk()
    await written(disk, [three[0]!])
    const large = (at: number): Persist =>
      persistOf({ entries: entriesFrom(at, 1, new Uint8Array(1800).fill(at)) })
    await written(disk, [[large(3)]], 65)
    await written(disk, [[large(4)]])
    await expectRefused(
      changed(disk, SECOND, (bytes) => bytes.fill(0, 0, 512)),
      /00000002\.wal is damaged at byte 0: its header is bad/,
    )
  })

  it('a first segment without its header, which was durable before the directory counted', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three)
    for (const length of [0, 10, 64, 1000])
      await expectRefused(
        changed(disk, FIRST, () => new Uint8Array(length)),
        /its header is bad/,
      )
  })

  it('a zeroed or missing record at the end of a segment that is not the last', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three.slice(0, 2))
    const from = disk.get(FIRST).length
    await written(disk, [three[2]!])
    await written(disk, [[persistOf({ entries: entriesFrom(4, 2, 'four') })]], 65)
    await expectRefused(
      changed(disk, FIRST, (bytes) => bytes.fill(0, from)),
      /00000002\.wal is damaged at byte 24: it begins with record 4, and the log before it ends with record 2/,
    )
    await expectRefused(
      changed(disk, FIRST, (bytes) => bytes.slice(0, -1)),
      /00000001\.wal is damaged/,
    )
    await expectRefused(
      changed(disk, FIRST, (bytes) => bytes.slice(0, from)),
      /00000002\.wal is damaged .* begins with record/,
    )
  })

  it('a missing segment: the first, one in the middle, all of them', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three, 65)
    for (const file of [FIRST, SECOND]) {
      const without = disk.clone()
      without.remove(file)
      await expectRefused(without, new RegExp(`${file} is damaged .* missing`))
    }
    const without = disk.clone()
    for (const name of without.list('/data')) if (name.endsWith('.wal')) without.remove(`/data/${name}`)
    await expectRefused(without, /00000001\.wal .* missing/)
  })

  it('a segment in the place of another one, from another directory, or of another version', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three, 65)
    await expectRefused(
      changed(disk, SECOND, () => disk.get(FIRST)),
      /it is segment 1 under another name/,
    )
    const other = new SimulatedDisk()
    await written(other, three, 65)
    await expectRefused(
      changed(disk, SECOND, () => other.get(SECOND)),
      /it comes from another data directory/,
    )
    await expectRefused(
      changed(disk, SECOND, (bytes) => xor(bytes, 8, 3)),
      /not of format 1/,
    )
  })

  it('a record that belongs elsewhere: one that is there twice, one from another directory, one after a gap', async () => {
    const disk = new SimulatedDisk()
    const [start, one, two, three_] = await written(disk, three)
    const bytes = disk.get(FIRST)
    await expectRefused(
      changed(disk, FIRST, () => Buffer.concat([bytes, bytes.subarray(two, three_)])),
      /damaged/,
    )
    await expectRefused(
      changed(disk, FIRST, () => Buffer.concat([bytes.subarray(0, one), bytes.subarray(two)])),
      new RegExp(`damaged at byte ${one}`),
    )
    const other = new SimulatedDisk()
    await written(other, three)
    await expectRefused(
      changed(disk, FIRST, () => Buffer.concat([bytes.subarray(0, start), other.get(FIRST).subarray(start)])),
      new RegExp(`damaged at byte ${start}`),
    )
  })

  it.each([
    ['meta.json', /has a log but no meta\.json/],
    ['starts.json', /starts\.json is missing/],
    ['peers.json', /peers\.json is missing/],
  ])('a log without its %s, or with a damaged one', async (name, message) => {
    const disk = new SimulatedDisk()
    await written(disk, three)
    const without = disk.clone()
    without.remove(`/data/${name}`)
    await expectRefused(without, message)
    const isDamaged = new RegExp(`${name} is damaged\\. .+ Never start it with`)
    for (let length = 0; length < disk.get(`/data/${name}`).length - 2; length++)
      await expectRefused(
        changed(disk, `/data/${name}`, (bytes) => bytes.slice(0, length)),
        isDamaged,
      )
  })

  it.each(['starts.json', 'peers.json'])(
    'a changed digit in %s, and one from another directory',
    async (name) => {
      const [disk, other] = [new SimulatedDisk(), new SimulatedDisk()]
      for (const each of [disk, other]) {
        await withPeers(each)
        await written(each, three)
      }
      const file = `/data/${name}`
      const isDamaged = new RegExp(`${name} is damaged`)
      const text = Buffer.from(disk.get(file)).toString()
      for (const [at, character] of [...text].entries()) {
        if (!/[0-9a-f]/.test(character)) continue
        const next = (Number.parseInt(character, 16) ^ 1).toString(16)
        await expectRefused(
          changed(disk, file, () => Buffer.from(text.slice(0, at) + next + text.slice(at + 1))),
          isDamaged,
        )
      }
      await expectRefused(
        changed(disk, file, () => other.get(file)),
        isDamaged,
      )
    },
  )
})
