// A snapshot that this member takes, while it is written to its file.
import { createHash, type Hash } from 'node:crypto'
import type { SnapshotWriter, StoredSnapshot } from '@oarlock/runtime'
import { LogWriteError } from '@oarlock/runtime'
import { BLOCK_BYTES, type BlockWriter } from './snapshot-blocks.ts'
import type { Total } from './snapshot-format.ts'

/** So many bytes wait for the disk at most. More of them would delay the fsyncs of the log. */
const SYNC_BYTES = 4 * 1024 * 1024

/** The file of an own snapshot, as the store sees it. */
export interface OwnFile {
  readonly name: string
  readonly writer: BlockWriter
  /** Gives the file its name, durably, and lists it. */
  complete(total: Total): Promise<StoredSnapshot>
  /** Closes and removes the file. */
  remove(): void
}

export class OwnSnapshot implements SnapshotWriter {
  readonly #file: OwnFile
  readonly #block: Uint8Array = new Uint8Array(BLOCK_BYTES)
  readonly #hash: Hash = createHash('sha256')
  #inBlock = 0
  #unsynced = 0
  #state: 'open' | 'failed' | 'over' = 'open'
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(file: OwnFile) {
    this.#file = file
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#do(async () => {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + BLOCK_BYTES - this.#inBlock)
        this.#block.set(part, this.#inBlock)
        this.#inBlock += part.length
        at += part.length
        if (this.#inBlock === BLOCK_BYTES) this.#writeBlock()
        if (this.#unsynced < SYNC_BYTES) continue
        this.#unsynced = 0
        await this.#file.writer.sync()
      }
    })
  }

  commit(): Promise<StoredSnapshot> {
    return this.#do(async () => {
      const { writer } = this.#file
      if (this.#inBlock > 0) this.#writeBlock()
      const total = { size: writer.blocks.size, digest: this.#hash.digest('hex') }
      await writer.end(total)
      const stored = await this.#file.complete(total)
      this.#state = 'over'
      return stored
    })
  }

  async abort(): Promise<void> {
    await this.#underWay.catch(() => {})
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#file.remove()
  }

  #writeBlock(): void {
    const bytes = this.#block.subarray(0, this.#inBlock)
    this.#file.writer.write(bytes, false)
    this.#hash.update(bytes)
    this.#unsynced += this.#inBlock
    this.#inBlock = 0
  }

  #do<Value>(act: () => Promise<Value>): Promise<Value> {
    const { name } = this.#file
    if (this.#state !== 'open')
      return Promise.reject(new LogWriteError(`the snapshot ${name} was aborted, or is written already`))
    const done = act().catch((cause: unknown) => {
      this.#state = 'failed'
      throw notWritten(name, cause)
    })
    this.#underWay = done
    return done
  }
}

export function notWritten(file: string, cause: unknown): LogWriteError {
  const { message } = cause as Error
  return new LogWriteError(`the snapshot ${file} could not be written: ${message}. The log is as it was`, {
    cause,
  })
}
