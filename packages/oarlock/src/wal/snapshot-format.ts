// A snapshot's file: what it is of, the bytes in blocks, and their digest. All numbers are little-endian.
//
//   header    magic 8 · format version 4 · length of the description 4 · incarnation 16 · description (JSON)
//             · checksum 4
//   block     length and flag 4 · checksum of the bytes 4 · checksum of these two 4 · bytes
//   trailer   mark 4 · bytes in all 8 · SHA-256 of all bytes 32 · checksum 4
//
// The checksums of a block start from the header's checksum and the place of its bytes. So a block from
// another place, another snapshot or another directory is noticed. Lengths have a checksum of their own: a
// start finds the blocks without reading them, and tells a file that was cut short from one that is damaged.
// The flag is set if everything before the block was durable when it was written.
import { crc32 } from 'node:zlib'
import type { SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import { chunkOf } from './chunks.ts'
import { INCARNATION_BYTES } from './segment.ts'
import { readUint64, writeUint64 } from './uint64.ts'

const SNAPSHOT_FORMAT_VERSION = 1
export const FRAME_BYTES = 12
export const TRAILER_BYTES = 48
/** Before the description. */
export const PREAMBLE_BYTES: number = 16 + INCARNATION_BYTES

const MAGIC = Buffer.from('OARSNAP\n', 'latin1')
const INCARNATION_AT = 16
const CHECKSUM_BYTES = 4
const TRAILER_MARK = 0xffff_ffff
const FLAG = 0x8000_0000
const DIGEST_AT = 12

/** What a file is of. With an offer it is received from another member. */
export interface Description {
  readonly meta: SnapshotMeta
  readonly offer: SnapshotOffer | null
}

export interface Header extends Description {
  readonly bytes: number
  readonly checksum: number
}

/** The bytes in all, and their digest in hex. */
export interface Total {
  readonly size: number
  readonly digest: string
}

export function encodeHeader({ meta, offer }: Description, incarnation: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify({ meta, offer }))
  const { bytes, view } = chunkOf(new Uint8Array(PREAMBLE_BYTES + json.length + CHECKSUM_BYTES))
  bytes.set(MAGIC)
  view.setUint32(8, SNAPSHOT_FORMAT_VERSION, true)
  view.setUint32(12, json.length, true)
  bytes.set(incarnation, INCARNATION_AT)
  bytes.set(json, PREAMBLE_BYTES)
  const end = PREAMBLE_BYTES + json.length
  view.setUint32(end, crc32(bytes.subarray(0, end)), true)
  return bytes
}

/** The length of the header that begins with these bytes, or what is wrong with them. */
export function headerBytes(preamble: Uint8Array): number | 'damaged' | 'other-version' {
  const { bytes, view } = chunkOf(preamble)
  if (MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return 'damaged'
  if (view.getUint32(8, true) !== SNAPSHOT_FORMAT_VERSION) return 'other-version'
  return PREAMBLE_BYTES + view.getUint32(12, true) + CHECKSUM_BYTES
}

/** Null if the header is damaged or comes from another directory. */
export function decodeHeader(header: Uint8Array, incarnation: Uint8Array): Header | null {
  const { bytes, view } = chunkOf(header)
  const end = bytes.length - CHECKSUM_BYTES
  const checksum = view.getUint32(end, true)
  if (crc32(bytes.subarray(0, end)) !== checksum) return null
  const own = bytes.subarray(INCARNATION_AT, INCARNATION_AT + INCARNATION_BYTES)
  if (Buffer.compare(own, incarnation) !== 0) return null
  const description = JSON.parse(Buffer.from(bytes.subarray(PREAMBLE_BYTES, end)).toString()) as Description
  return { ...description, bytes: bytes.length, checksum }
}

/** What the checksums of the block whose bytes begin at `offset` start from. */
function seedAt(offset: number, header: number): number {
  const { bytes, view } = chunkOf(new Uint8Array(8))
  writeUint64(view, 0, offset)
  return crc32(bytes, header)
}

/** What stands before the bytes of a block. */
export interface Frame {
  readonly length: number
  /** Everything before was durable when it was written. */
  readonly afterSync: boolean
}

/** Writes the frame before the bytes, which are at {@link FRAME_BYTES}. `header`: the header's checksum. */
export function encodeFrame(block: Uint8Array, frame: Frame, offset: number, header: number): void {
  const { bytes, view } = chunkOf(block)
  const { length, afterSync } = frame
  const seed = seedAt(offset, header)
  view.setUint32(0, afterSync ? length + FLAG : length, true)
  view.setUint32(4, crc32(bytes.subarray(FRAME_BYTES, FRAME_BYTES + length), seed), true)
  view.setUint32(8, crc32(bytes.subarray(0, 8), seed), true)
}

/** Null: it is damaged. */
export function decodeFrame(frame: Uint8Array, offset: number, header: number): Frame | 'trailer' | null {
  const { bytes, view } = chunkOf(frame)
  const first = view.getUint32(0, true)
  if (first === TRAILER_MARK) return 'trailer'
  if (view.getUint32(8, true) !== crc32(bytes.subarray(0, 8), seedAt(offset, header))) return null
  return { length: first % FLAG, afterSync: first >= FLAG }
}

/** Whether a whole block, its frame first, is as it was written. */
export function blockIsWhole(block: Uint8Array, offset: number, header: number): boolean {
  const { bytes, view } = chunkOf(block)
  const frame = decodeFrame(bytes, offset, header)
  if (frame === null || frame === 'trailer' || frame.length !== bytes.length - FRAME_BYTES) return false
  return view.getUint32(4, true) === crc32(bytes.subarray(FRAME_BYTES), seedAt(offset, header))
}

export function encodeTrailer({ size, digest }: Total, header: number): Uint8Array {
  const { bytes, view } = chunkOf(new Uint8Array(TRAILER_BYTES))
  view.setUint32(0, TRAILER_MARK, true)
  writeUint64(view, 4, size)
  bytes.set(Buffer.from(digest, 'hex'), DIGEST_AT)
  const end = TRAILER_BYTES - CHECKSUM_BYTES
  view.setUint32(end, crc32(bytes.subarray(0, end), header), true)
  return bytes
}

/** Null if it is damaged. */
export function decodeTrailer(trailer: Uint8Array, header: number): Total | null {
  const { bytes, view } = chunkOf(trailer)
  const end = TRAILER_BYTES - CHECKSUM_BYTES
  if (crc32(bytes.subarray(0, end), header) !== view.getUint32(end, true)) return null
  return { size: readUint64(view, 4), digest: Buffer.from(bytes.subarray(DIGEST_AT, end)).toString('hex') }
}
