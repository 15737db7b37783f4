// The snapshots of a log store in memory, for tests. As on a disk, an operation ends later and not at once.
import { createHash } from 'node:crypto'
import { InvariantError, type PartialSnapshot, type SnapshotMeta, type SnapshotOffer } from '@oarlock/core'
import {
  LogWriteError,
  SnapshotDamagedError,
  type SnapshotStore,
  type SnapshotWriter,
  type StoredSnapshot,
} from '@oarlock/runtime'

const later = (): Promise<void> => new Promise((ended) => setImmediate(ended))

export class MemorySnapshotStore implements SnapshotStore {
  #isOpen = false
  #files: readonly { readonly snapshot: StoredSnapshot; readonly bytes: Uint8Array }[] = []
  #partial: { readonly offer: SnapshotOffer; readonly bytes: Uint8Array } | null = null

  get stored(): readonly StoredSnapshot[] {
    return this.#files.map(({ snapshot }) => snapshot)
  }

  get partial(): PartialSnapshot | null {
    return this.#partial && { offer: this.#partial.offer, received: this.#partial.bytes.length }
  }

  open(): void {
    this.#isOpen = true
  }

  close(): void {
    this.#isOpen = false
  }

  async create(meta: SnapshotMeta): Promise<SnapshotWriter> {
    this.#mustBeOpen()
    await later()
    let bytes: Uint8Array = new Uint8Array()
    let over = false
    const mustGoOn = (): void => {
      this.#mustBeOpen()
      if (over) throw new LogWriteError('the snapshot in memory was aborted, or is written already')
    }
    return {
      append: async (more) => {
        mustGoOn()
        bytes = Buffer.concat([bytes, more])
        await later()
      },
      commit: async () => {
        mustGoOn()
        over = true
        await later()
        return this.#store(meta, bytes)
      },
      abort: async () => {
        over = true
      },
    }
  }

  async read(snapshot: StoredSnapshot, offset: number, length: number): Promise<Uint8Array> {
    this.#mustBeOpen()
    const file = this.#files.find((file) => file.snapshot === snapshot)
    if (file === undefined) throw new SnapshotDamagedError('the snapshot in memory was removed')
    await later()
    return file.bytes.slice(offset, offset + length)
  }

  async remove(snapshot: StoredSnapshot): Promise<void> {
    this.#mustBeOpen()
    await later()
    this.#files = this.#files.filter((file) => file.snapshot !== snapshot)
  }

  async startPartial(offer: SnapshotOffer): Promise<void> {
    this.#mustBeOpen()
    await later()
    this.#partial = { offer, bytes: new Uint8Array() }
  }

  async appendPartial(offset: number, more: Uint8Array): Promise<void> {
    const { offer, bytes } = this.#mustHavePartial()
    if (offset !== bytes.length)
      throw new InvariantError(
        `bytes of a snapshot from ${offset} on do not follow the ${bytes.length} before`,
      )
    const received = Buffer.concat([bytes, more])
    await later()
    this.#partial = { offer, bytes: received }
  }

  async commitPartial(): Promise<StoredSnapshot> {
    const { offer, bytes } = this.#mustHavePartial()
    await later()
    this.#partial = null
    if (bytes.length !== offer.size || digestOf(bytes) !== offer.digest)
      throw new SnapshotDamagedError('the bytes in memory are not those of the snapshot that was offered')
    return this.#store(offer.snapshot, bytes)
  }

  async discardPartial(): Promise<void> {
    this.#mustBeOpen()
    await later()
    this.#partial = null
  }

  #store(meta: SnapshotMeta, bytes: Uint8Array): StoredSnapshot {
    const snapshot = { meta, size: bytes.length, digest: digestOf(bytes) }
    const others = this.#files.filter(
      ({ snapshot: { meta: other } }) => other.index !== meta.index || other.term !== meta.term,
    )
    this.#files = [...others, { snapshot, bytes }].sort(
      ({ snapshot: { meta: a } }, { snapshot: { meta: b } }) => b.index - a.index || b.term - a.term,
    )
    return snapshot
  }

  #mustHavePartial(): { readonly offer: SnapshotOffer; readonly bytes: Uint8Array } {
    this.#mustBeOpen()
    if (this.#partial === null) throw new InvariantError('there is no partial snapshot')
    return this.#partial
  }

  #mustBeOpen(): void {
    if (!this.#isOpen) throw new LogWriteError('this log in memory is not open')
  }
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
