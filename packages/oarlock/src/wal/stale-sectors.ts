// A segment that is not needed any more becomes the next one, with its old bytes: to overwrite blocks that are
// there is faster than to allocate new ones, and to write zeros first would double what the disk has to write.
// The old records never pass for new ones: their checksums start from another segment number.
//
// But torn-write.ts must know which sectors a crash left unwritten. In such a file they are not zeros: they are
// as they were. So before it is used again, a checksum of each of its sectors is written behind them, durably.
//
//   the sectors · checksum 4 each · magic 8 · number of sectors 4 · checksum of all this 4
import { crc32 } from 'node:zlib'
import { chunkOf } from './chunks.ts'
import { SECTOR_BYTES } from './torn-write.ts'

const MAGIC = Buffer.from('OARSTALE', 'latin1')
const FOOTER_BYTES = 16

/** The bytes of the sectors of a segment of this size. */
export function sectorsOf(segmentBytes: number): number {
  return Math.ceil(segmentBytes / SECTOR_BYTES) * SECTOR_BYTES
}

/** Writes the checksums of whole sectors to `into`, from the sector `from` on. */
export function checksumSectors(sectors: Uint8Array, into: Uint32Array, from: number): void {
  for (let at = 0, sector = from; at < sectors.length; at += SECTOR_BYTES, sector++)
    into[sector] = crc32(sectors.subarray(at, at + SECTOR_BYTES))
}

export function encodeStaleSectors(checksums: Uint32Array): Uint8Array {
  const { bytes, view } = chunkOf(new Uint8Array(checksums.length * 4 + FOOTER_BYTES))
  for (let i = 0; i < checksums.length; i++) view.setUint32(i * 4, checksums[i]!, true)
  const footer = checksums.length * 4
  bytes.set(MAGIC, footer)
  view.setUint32(footer + 8, checksums.length, true)
  view.setUint32(footer + 12, crc32(bytes.subarray(0, footer + 12)), true)
  return bytes
}

/** The sectors of a file that is used again, and their old checksums. Null if it is a file of its own. */
export function decodeStaleSectors(
  file: Uint8Array,
): { readonly sectors: Uint8Array; readonly checksums: Uint32Array } | null {
  const footer = file.length - FOOTER_BYTES
  if (footer < 0 || MAGIC.compare(file, footer, footer + MAGIC.length) !== 0) return null
  const { bytes, view } = chunkOf(file)
  const count = view.getUint32(footer + 8, true)
  const table = footer - count * 4
  if (table !== count * SECTOR_BYTES) return null
  if (view.getUint32(footer + 12, true) !== crc32(bytes.subarray(table, footer + 12))) return null
  const checksums = new Uint32Array(count)
  for (let i = 0; i < count; i++) checksums[i] = view.getUint32(table + i * 4, true)
  return { sectors: file.subarray(0, table), checksums }
}

/** Whether a sector is as it was before the file was used again. */
export function isStale(sectors: Uint8Array, checksums: Uint32Array, sector: number): boolean {
  const at = sector * SECTOR_BYTES
  return crc32(sectors.subarray(at, at + SECTOR_BYTES)) === checksums[sector]
}
