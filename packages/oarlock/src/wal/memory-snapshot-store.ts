// Snapshots in memory, beside the log in memory. As on a disk, an operation ends later and not at once.
import { createHash } from 'node:crypto'
import type { PartialSnapshot, SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import {
  SnapshotDamagedError,
  type SnapshotStore,
  type SnapshotWriter,
  type StoredSnapshot,
} from '@oarlock/runtime'

interface Contents {
  readonly snapshot: StoredSnapshot
  readonly bytes: Uint8Array
}

const later = (): Promise<void> => new Promise((ended) => setImmediate(ended))

export class MemorySnapshotStore implements SnapshotStore {
  /** Newest first. */
  #contents: readonly Contents[] = []
  #offer: SnapshotOffer | null = null
  #received: Buffer = Buffer.alloc(0)

  get stored(): readonly StoredSnapshot[] {
    return this.#contents.map(({ snapshot }) => snapshot)
  }

  get partial(): PartialSnapshot | null {
    return this.#offer === null ? null : { offer: this.#offer, received: this.#received.length }
  }

  async create(meta: SnapshotMeta): Promise<SnapshotWriter> {
    const parts: Buffer[] = []
    await later()
    return {
      append: async (bytes) => {
        parts.push(Buffer.from(bytes))
        await later()
      },
      commit: async () => {
        await later()
        return this.#keep(meta, Buffer.concat(parts))
      },
      abort: later,
    }
  }

  #keep(meta: SnapshotMeta, bytes: Uint8Array): StoredSnapshot {
    const snapshot = { meta, size: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
    const others = this.#contents.filter((other) => other.snapshot.meta.index !== meta.index)
    this.#contents = [...others, { snapshot, bytes }].sort(
      (a, b) => b.snapshot.meta.index - a.snapshot.meta.index,
    )
    return snapshot
  }

  async read({ meta }: StoredSnapshot, offset: number, length: number): Promise<Uint8Array> {
    const contents = this.#contents.find(({ snapshot }) => snapshot.meta.index === meta.index)
    await later()
    if (contents === undefined)
      throw new SnapshotDamagedError(`the snapshot of ${meta.index} was removed from this log in memory`)
    return contents.bytes.subarray(offset, offset + length)
  }

  async remove({ meta }: StoredSnapshot): Promise<void> {
    await later()
    this.#contents = this.#contents.filter(({ snapshot }) => snapshot.meta.index !== meta.index)
  }

  async startPartial(offer: SnapshotOffer): Promise<void> {
    await later()
    this.#offer = offer
    this.#received = Buffer.alloc(0)
  }

  async appendPartial(offset: number, bytes: Uint8Array): Promise<void> {
    await later()
    this.#received = Buffer.concat([this.#received.subarray(0, offset), bytes])
  }

  async commitPartial(): Promise<StoredSnapshot> {
    await later()
    const [offer, bytes] = [this.#offer, this.#received]
    this.#offer = null
    this.#received = Buffer.alloc(0)
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (offer === null || bytes.length !== offer.size || digest !== offer.digest)
      throw new SnapshotDamagedError('the snapshot that was received is not the one that was offered')
    return this.#keep(offer.snapshot, bytes)
  }

  async discardPartial(): Promise<void> {
    await later()
    this.#offer = null
    this.#received = Buffer.alloc(0)
  }
}
