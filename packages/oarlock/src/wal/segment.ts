// A segment file: a header of 64 bytes, then records. Segments are numbered from 1 without a gap, and named
// by their number.
//
//   header   magic 8 · format version 4 · zero 4 · segment number 8 · first record's sequence 8
//            · incarnation 16 · zeros 12 · checksum 4
import { crc32 } from 'node:zlib'
import { chunkOf } from './chunks.ts'
import { readUint64, writeUint64 } from './uint64.ts'

export const FORMAT_VERSION = 1
export const SEGMENT_HEADER_BYTES = 64
export const INCARNATION_BYTES = 16

const MAGIC = Buffer.from('OARLOCK\n', 'latin1')
const VERSION_AT = 8
const NUMBER_AT = 16
const SEQUENCE_AT = 24
const INCARNATION_AT = 32
const CHECKSUM_AT = 60

export interface SegmentHeader {
  readonly number: number
  /** The sequence number of its first record. */
  readonly firstSequence: number
  /** Random, minted with the data directory. */
  readonly incarnation: Uint8Array
}

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.wal`
}

/** The next segment while it is being made (spare-segment.ts). */
export const SPARE_NAME = 'spare.wal'

/** A segment that is not needed any more, and may be used again. */
export const freedName = (number: number): string => `freed-${segmentName(number)}`
/** So many of them wait to be used again. */
export const MOST_FREED = 2
export const FREED_NAME: RegExp = /^freed-\d{8,15}\.wal$/

/** The numbers of the segments among the names in a directory, ascending. */
export function segmentNumbers(names: readonly string[]): readonly number[] {
  const numbers = names
    .filter((name) => /^\d{8,15}\.wal$/.test(name))
    .map((name) => Number.parseInt(name, 10))
  return numbers.sort((a, b) => a - b)
}

/** The seed of the checksums of a segment's records. */
export function seedOf(incarnation: Uint8Array, number: number): number {
  const { bytes, view } = chunkOf(new Uint8Array(12))
  view.setUint32(0, FORMAT_VERSION, true)
  writeUint64(view, 4, number)
  return crc32(bytes, crc32(incarnation))
}

export function encodeSegmentHeader({ number, firstSequence, incarnation }: SegmentHeader): Uint8Array {
  const { bytes, view } = chunkOf(new Uint8Array(SEGMENT_HEADER_BYTES))
  bytes.set(MAGIC)
  view.setUint32(VERSION_AT, FORMAT_VERSION, true)
  writeUint64(view, NUMBER_AT, number)
  writeUint64(view, SEQUENCE_AT, firstSequence)
  bytes.set(incarnation, INCARNATION_AT)
  view.setUint32(CHECKSUM_AT, crc32(bytes.subarray(0, CHECKSUM_AT)), true)
  return bytes
}

/**
 * The header at the beginning of a file, or what is wrong with it. Throws DecodeError for impossible numbers.
 */
export function decodeSegmentHeader(file: Uint8Array): SegmentHeader | 'damaged' | 'other-version' {
  if (file.length < SEGMENT_HEADER_BYTES) return 'damaged'
  const { bytes, view } = chunkOf(file.subarray(0, SEGMENT_HEADER_BYTES))
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return 'damaged'
  if (view.getUint32(VERSION_AT, true) !== FORMAT_VERSION) return 'other-version'
  if (view.getUint32(CHECKSUM_AT, true) !== crc32(bytes.subarray(0, CHECKSUM_AT))) return 'damaged'
  return {
    number: readUint64(view, NUMBER_AT),
    firstSequence: readUint64(view, SEQUENCE_AT),
    incarnation: bytes.subarray(INCARNATION_AT, INCARNATION_AT + INCARNATION_BYTES),
  }
}
