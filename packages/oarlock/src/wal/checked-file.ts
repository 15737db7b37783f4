// Small files of JSON beside the log, with a checksum that is seeded with the directory's incarnation. So a
// damaged file is noticed, and one that comes from another directory.
import { crc32 } from 'node:zlib'

export function encodeChecked(content: unknown, incarnation: Uint8Array): Uint8Array {
  const file = { checksum: checksumOf(content, incarnation), content }
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`)
}

/** Undefined if the file is damaged or belongs to another directory. */
export function decodeChecked(bytes: Uint8Array, incarnation: Uint8Array): unknown {
  try {
    const file = JSON.parse(Buffer.from(bytes).toString()) as { checksum?: unknown; content?: unknown } | null
    return file?.checksum === checksumOf(file?.content, incarnation) ? file.content : undefined
  } catch {
    return undefined
  }
}

function checksumOf(content: unknown, incarnation: Uint8Array): string {
  const checksum = crc32(JSON.stringify(content) ?? '', crc32(incarnation))
  return checksum.toString(16).padStart(8, '0')
}
