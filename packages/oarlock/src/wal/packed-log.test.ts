import { index } from '@oarlock/core'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { entryAsText } from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { chunkOf } from './chunks.ts'
import { writeEntry } from './entry-bytes.ts'
import { PackedLog } from './packed-log.ts'
import { bytesOfRecord, decodeRecord, encodeRecord } from './record.ts'
import { readUint64, writeUint64 } from './uint64.ts'

/** Appends entries as the writer does. */
function append(
  log: PackedLog,
  first: number,
  term: number,
  ...data: readonly (string | Uint8Array)[]
): void {
  const entries = entriesFrom(first, term, ...data)
  const bytes = entries.reduce((sum, entry) => sum + 13 + entry.data.length, 0)
  const { number, chunk, at } = log.tail.reserve(bytes)
  entries.reduce((next, entry) => writeEntry(chunk, next, entry), at)
  log.tail.keep(bytes)
  log.append({ first: index(first), count: entries.length, chunk, at }, { segment: 1, at: 64 }, number)
}

const files = { fileSystem: new SimulatedDisk(), directory: '/data', incarnation: new Uint8Array(16) }
const newLog = (): PackedLog => new PackedLog(files, 64 * 1024 * 1024)

describe('the packed log', () => {
  it('holds more than a page of entries and more than a chunk of bytes', () => {
    const log = newLog()
    for (let i = 1; i <= 20_000; i++) append(log, i, Math.ceil(i / 1000), `entry ${i} ${'x'.repeat(100)}`)
    append(log, 20_001, 21, new Uint8Array(3_000_000).fill(1))
    append(log, 20_002, 21, 'after the large one')
    for (const at of [1, 8192, 8193, 16_384, 16_385, 20_000]) {
      const [entry] = log.entries(index(at), index(at + 1), 0)
      expect(Buffer.from(entry!.data).toString()).toBe(`entry ${at} ${'x'.repeat(100)}`)
      expect([entry!.index, entry!.term, log.termAt(index(at))]).toEqual([
        at,
        Math.ceil(at / 1000),
        Math.ceil(at / 1000),
      ])
    }
    expect(log.entries(index(1), index(20_003), Number.MAX_SAFE_INTEGER)).toHaveLength(20_002)
    expect(log.entries(index(20_001), index(20_003), 1e9).map(({ data }) => data.length)).toEqual([
      3_000_000, 19,
    ])
  })

  it('truncates over a page boundary', () => {
    const log = newLog()
    for (let i = 1; i <= 10_000; i++) append(log, i, 1, `${i}`)
    append(log, 8000, 2, 'new')
    expect(log.lastIndex).toBe(8000)
    expect(log.termAt(index(8001))).toBe(undefined)
    append(log, 8001, 3, 'newer')
    expect(log.entries(index(7999), index(8002), 100).map(entryAsText)).toEqual([
      '7999 1 normal 37393939',
      '8000 2 normal 6e6577',
      '8001 3 normal 6e65776572',
    ])
  })

  it('throws for entries that do not exist', () => {
    const log = newLog()
    append(log, 1, 1, 'a', 'b')
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [3, 4],
      [2, 2],
    ] as const)
      expect(() => log.entries(index(from), index(to), 100)).toThrow('the log has no entries')
  })
})

describe('decoding', () => {
  it('reads numbers up to 2^53 - 1, and throws above', () => {
    const { view } = chunkOf(new Uint8Array(8))
    for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      writeUint64(view, 0, number)
      expect(readUint64(view, 0)).toBe(number)
    }
    view.setBigUint64(0, 2n ** 53n, true)
    expect(() => readUint64(view, 0)).toThrow(expect.objectContaining({ code: 'OARLOCK_DECODE' }))
  })

  it('throws for contents of a later version, for an entry of an unknown type, and for a count that does not fit', () => {
    const persist = persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'a', 'b') })
    const bytes = bytesOfRecord(persist)
    const encoded = (): { chunk: ReturnType<typeof chunkOf>; entriesAt: number } => {
      const chunk = chunkOf(new Uint8Array(bytes))
      return {
        chunk,
        entriesAt: encodeRecord(chunk, 0, bytes, persist, { seed: 1, sequence: 1, unsynced: 0 }),
      }
    }
    const later = encoded()
    later.chunk.view.setUint32(20, 64, true)
    expect(() => decodeRecord(later.chunk, 0)).toThrow('does not know')
    const more = encoded()
    more.chunk.view.setUint32(more.entriesAt - 4, 1000, true)
    expect(() => decodeRecord(more.chunk, 0)).toThrow('do not fit')
    const other = encoded()
    other.chunk.view.setUint8(other.entriesAt + 12, 9)
    const log = newLog()
    const { number, chunk, at } = log.tail.reserve(bytes)
    chunk.bytes.set(other.chunk.bytes, at)
    const run = { first: index(1), count: 2, chunk, at: at + other.entriesAt }
    log.append(run, { segment: 1, at: 64 }, number)
    expect(() => log.entries(index(1), index(2), 0)).toThrow('does not know')
  })
})
