// The file of a backup: what it says of itself, then the content of a snapshot in blocks. Numbers are little-endian.
//
//   header    magic 8 · format version 4 · length of the description 4 · description (JSON) · checksum 4
//   blocks    up to 64 KiB of the content · checksum 4
//
// All blocks but the last are of the same length, and the description has the length of the content. So each block
// has its place, and the checksum of a block starts from the header's checksum and that place. A block of another
// backup, or from another place, is noticed. The description also has the SHA-256 of the whole content.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { BackupInfo } from '@oarlock/runtime'

const backupVersion = 1
/** Magic, version and length. */
export const preambleBytes = 16
export const checksumBytes = 4
export const blockBytes: number = 64 * 1024

const magic = Buffer.from('OARBACK\n', 'latin1')

export interface BackupHeader {
  readonly info: BackupInfo
  /** Names this backup: two of the same content differ, too. */
  readonly id: string
  readonly checksum: number
  /** Its length in bytes. */
  readonly bytes: number
}

export function encodeHeader(info: BackupInfo): Buffer {
  const json = Buffer.from(JSON.stringify(info))
  const header = Buffer.alloc(preambleBytes + json.length + checksumBytes)
  magic.copy(header)
  header.writeUInt32LE(backupVersion, 8)
  header.writeUInt32LE(json.length, 12)
  json.copy(header, preambleBytes)
  const end = header.length - checksumBytes
  header.writeUInt32LE(crc32(header.subarray(0, end)), end)
  return header
}

/** The length of the header that begins with these bytes, or what is wrong with them. */
export function headerBytes(preamble: Buffer): number | 'no-backup' | 'newer-version' {
  if (preamble.length < preambleBytes || magic.compare(preamble, 0, magic.length) !== 0) return 'no-backup'
  if (preamble.readUInt32LE(8) > backupVersion) return 'newer-version'
  return preambleBytes + preamble.readUInt32LE(12) + checksumBytes
}

/** Null if it is damaged. */
export function decodeHeader(header: Buffer): BackupHeader | null {
  const end = header.length - checksumBytes
  const checksum = header.readUInt32LE(end)
  if (crc32(header.subarray(0, end)) !== checksum) return null
  return {
    info: JSON.parse(header.subarray(preambleBytes, end).toString()) as BackupInfo,
    id: createHash('sha256').update(header).digest('hex').slice(0, 16),
    checksum,
    bytes: header.length,
  }
}

/** Of a block of the content that begins at `offset`. `header`: the header's checksum. */
export function blockChecksum(block: Uint8Array, offset: number, header: number): number {
  const place = Buffer.alloc(8)
  place.writeBigUInt64LE(BigInt(offset))
  return crc32(block, crc32(place, header))
}

/** The bytes of a backup. */
export async function* encodeBackup(
  info: BackupInfo,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const header = encodeHeader(info)
  const checksum = header.readUInt32LE(header.length - checksumBytes)
  yield header
  let offset = 0
  for await (const block of inBlocks(content)) {
    const whole = Buffer.alloc(block.length + checksumBytes)
    whole.set(block)
    whole.writeUInt32LE(blockChecksum(block, offset, checksum), block.length)
    offset += block.length
    yield whole
  }
}

async function* inBlocks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let block = Buffer.alloc(blockBytes)
  let filled = 0
  for await (const bytes of content)
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + blockBytes - filled)
      block.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < blockBytes) continue
      yield block
      block = Buffer.alloc(blockBytes)
      filled = 0
    }
  if (filled > 0) yield block.subarray(0, filled)
}
