// Reads a backup's file, and checks every block of it.
import { createHash } from 'node:crypto'
import fs, { type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { BackupInfo } from '@oarlock/runtime'
import { BackupError } from '../errors.ts'
import {
  type BackupHeader,
  blockBytes,
  blockChecksum,
  checksumBytes,
  decodeHeader,
  headerBytes,
  preambleBytes,
} from './format.ts'

export class BackupFile {
  readonly file: string
  readonly #header: BackupHeader

  private constructor(file: string, header: BackupHeader) {
    this.file = file
    this.#header = header
  }

  /** Reads what the backup says of itself. Throws BackupError. */
  static async open(given: string): Promise<BackupFile> {
    const file = path.resolve(given)
    return using(file, async (handle) => {
      const length = headerBytes(await readAt(handle, 0, preambleBytes))
      if (length === 'no-backup')
        throw new BackupError('no-backup', `${file} is not a backup: it does not begin as one`)
      if (length === 'newer-version')
        throw new BackupError(
          'newer-version',
          `the backup ${file} was written by a newer version of oarlock: restore it with that one`,
        )
      const bytes = await readAt(handle, 0, length)
      const header = bytes.length < length ? null : decodeHeader(bytes)
      if (header === null) throw damaged(file, 0, 'its header is damaged, or cut short')
      return new BackupFile(file, header)
    })
  }

  get info(): BackupInfo {
    return this.#header.info
  }

  /** Names this backup. */
  get id(): string {
    return this.#header.id
  }

  /** The content, each block after it was checked. Throws BackupError. */
  async *content(): AsyncGenerator<Uint8Array, void, undefined> {
    const { info, bytes, checksum } = this.#header
    const { file } = this
    const handle = await opened(file)
    try {
      const hash = createHash('sha256')
      for (let offset = 0, at = bytes; offset < info.size; ) {
        const length = Math.min(blockBytes, info.size - offset)
        const whole = await readAt(handle, at, length + checksumBytes).catch((cause: Error) => {
          throw damaged(file, at, `the disk cannot read it (${cause.message})`, cause)
        })
        if (whole.length < length + checksumBytes) throw damaged(file, at + whole.length, 'it is cut short')
        const block = whole.subarray(0, length)
        if (blockChecksum(block, offset, checksum) !== whole.readUInt32LE(length))
          throw damaged(file, at, `the checksum of block ${Math.floor(offset / blockBytes)} does not match`)
        hash.update(block)
        offset += length
        at += whole.length
        yield block
      }
      if (hash.digest('hex') !== info.digest)
        throw damaged(file, bytes, 'its content is not the one of its description')
    } finally {
      await handle.close()
    }
  }

  /** Reads all of it. Throws BackupError. */
  async check(): Promise<void> {
    for await (const _ of this.content());
  }
}

async function using<Value>(file: string, act: (handle: FileHandle) => Promise<Value>): Promise<Value> {
  const handle = await opened(file)
  try {
    return await act(handle)
  } finally {
    await handle.close()
  }
}

const opened = (file: string): Promise<FileHandle> =>
  fs.open(file, 'r').catch((cause: Error) => {
    throw new BackupError('not-read', `the backup ${file} cannot be read: ${cause.message}`, { cause })
  })

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let count = 0
  while (count < length) {
    const { bytesRead } = await handle.read(bytes, count, length - count, position + count)
    if (bytesRead === 0) break
    count += bytesRead
  }
  return bytes.subarray(0, count)
}

const damaged = (file: string, at: number, what: string, cause?: unknown): BackupError =>
  new BackupError(
    'damaged',
    `the backup ${file} is damaged at byte ${at}: ${what}. Nothing was restored: use another copy of it`,
    cause === undefined ? {} : { cause },
  )
