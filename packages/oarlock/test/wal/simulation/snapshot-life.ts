// What the simulated member does with snapshots: it takes some, receives some from another member, removes old
// ones, and lets the log begin after one.
import type { SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import { LogWriteError, SnapshotDamagedError, type StoredSnapshot } from '@oarlock/runtime'
import { offerOf } from '@oarlock/testkit/conformance'
import type { DiskLogStore } from '../../../src/wal/disk-log-store.ts'
import { below, type Random } from '../../random.ts'
import { firstIndexOf, lastIndexOf, type State, termIn } from '../log-state.ts'
import type { FaultyDisk } from './faulty-disk.ts'
import { type Oracle, Violation } from './oracle.ts'
import { SnapshotOracle } from './snapshot-oracle.ts'
import type { Workload } from './workload.ts'

export class SnapshotLife {
  oracle: SnapshotOracle = new SnapshotOracle()
  readonly #workload: Workload
  readonly #random: Random
  /** The bytes of each snapshot, by digest. */
  readonly #contents = new Map<string, Uint8Array>()
  /** The digests of snapshots that may have been received with other bytes. */
  readonly #wrong = new Set<string>()

  constructor(workload: Workload, random: Random) {
    this.#workload = workload
    this.#random = random
  }

  newDisk(): void {
    this.oracle = new SnapshotOracle()
  }

  /** The store was opened. Reads every snapshot, and throws {@link Violation} for one that is not as it was written. */
  async found({ snapshots }: DiskLogStore, disk: FaultyDisk): Promise<void> {
    if (disk.faults > 0) this.oracle.mayLosePartial()
    this.oracle.found(snapshots.stored, snapshots.partial)
    for (const snapshot of snapshots.stored) await this.read(snapshots, snapshot, () => disk.faults > 0)
  }

  /** Reads a part of a snapshot, or all of it. False: it cannot be read, which `mayBeDamaged` allows. */
  async read(
    snapshots: DiskLogStore['snapshots'],
    snapshot: StoredSnapshot,
    mayBeDamaged: () => boolean,
  ): Promise<boolean> {
    const whole = this.#contents.get(snapshot.digest)
    if (whole === undefined)
      throw new Violation('BYTES', `a snapshot at ${snapshot.meta.index} was never written`)
    const offset = this.#random() < 0.5 ? 0 : below(whole.length + 1, this.#random)
    const expected = whole.subarray(offset)
    try {
      const found = await snapshots.read(snapshot, offset, expected.length)
      if (Buffer.compare(found, expected) === 0) return true
      throw new Violation('BYTES', `wrong bytes of the snapshot at ${snapshot.meta.index}, from ${offset} on`)
    } catch (error) {
      if (mayBeDamaged() && error instanceof SnapshotDamagedError) return false
      throw error instanceof Violation ? error : new Violation('BYTES', String(error))
    }
  }

  /** Takes a snapshot. False if the disk has failed. */
  async take({ snapshots }: DiskLogStore, meta: SnapshotMeta, disk: FaultyDisk): Promise<boolean> {
    const bytes = this.#workload.content()
    const { digest } = this.#offer(meta, bytes)
    try {
      const writer = await snapshots.create(meta)
      try {
        for (let at = 0; at < bytes.length; ) {
          const length = 1 + below(bytes.length, this.#random)
          await writer.append(bytes.subarray(at, at + length))
          at += length
        }
        if (this.#random() < 0.1) {
          await writer.abort()
          return true
        }
        const committed = this.oracle.commits(meta, digest)
        await writer.commit()
        committed()
      } catch (error) {
        await writer.abort()
        throw error
      }
    } catch (error) {
      return this.#failed(error, disk)
    }
    return true
  }

  /** Receives a snapshot, or a part of it, perhaps after an earlier part. Returns it when it is complete. */
  async receive(
    { snapshots }: DiskLogStore,
    meta: SnapshotMeta,
    disk: FaultyDisk,
  ): Promise<SnapshotMeta | null> {
    const { oracle } = this
    try {
      const known = snapshots.partial
      let offer = known?.offer ?? null
      if (offer === null || this.#random() < 0.2) {
        offer = this.#offer(meta, this.#workload.content())
        const started = oracle.starts(offer)
        await snapshots.startPartial(offer)
        started()
      }
      let bytes = this.#contents.get(offer.digest)!
      if (bytes.length > 0 && this.#random() < 0.1) {
        // The bytes on the way are not those that were offered.
        bytes = bytes.slice()
        bytes[below(bytes.length, this.#random)]! ^= 1
        this.#wrong.add(offer.digest)
      }
      while (snapshots.partial!.received < offer.size) {
        if (this.#random() < 0.2) return null
        const { received } = snapshots.partial!
        const end = Math.min(offer.size, received + 1 + below(100_000, this.#random))
        await snapshots.appendPartial(received, bytes.subarray(received, end))
        oracle.received(offer, end)
      }
      oracle.mayForgetPartial()
      const committed = oracle.commits(offer.snapshot, offer.digest)
      await snapshots.commitPartial()
      committed()
      oracle.forgetsPartial()
      const stored = snapshots.stored.find(({ digest }) => digest === offer?.digest)
      if (stored !== undefined) await this.read(snapshots, stored, () => disk.faults > 0)
      return offer.snapshot
    } catch (error) {
      if (error instanceof Violation) throw error
      oracle.mayForgetPartial()
      const { partial } = snapshots
      if (error instanceof SnapshotDamagedError && partial === null && this.#wrong.size > 0) return null
      this.#failed(error, disk)
      return null
    }
  }

  /** Takes a snapshot, and lets the log begin after one. False if the disk has failed. */
  async takeAndCompact(store: DiskLogStore, log: Oracle, disk: FaultyDisk): Promise<boolean> {
    const meta = this.#workload.place(log.current)
    if (meta === null) return true
    if (!(await this.take(store, meta, disk))) return false
    if (this.#random() < 0.3) return true
    // The log begins after the older one of two, or after the newest.
    const useful = store.snapshots.stored.filter(
      (stored) => isOf(log.current, stored.meta) && stored.meta.index <= this.#workload.committed,
    )
    const to = (this.#random() < 0.6 ? useful[1] : undefined) ?? useful[0]
    if (to === undefined) return true
    const compacted = log.submitCompaction(to.meta)
    try {
      await store.compact(to.meta)
    } catch (error) {
      log.refused()
      return this.#failed(error, disk)
    }
    compacted()
    await this.#removeOld(store, log)
    return true
  }

  /** Removes all but the two newest that the log still has a use for. */
  async #removeOld({ snapshots }: DiskLogStore, { current }: Oracle): Promise<void> {
    const useful = snapshots.stored.filter(({ meta }) => isOf(current, meta))
    for (const snapshot of snapshots.stored) {
      const mayReplaceTheLog = snapshot.meta.index >= firstIndexOf(current) && !useful.includes(snapshot)
      if (useful.slice(0, 2).includes(snapshot) || mayReplaceTheLog) continue
      this.oracle.removes(snapshot.meta)
      await snapshots.remove(snapshot)
    }
  }

  #offer(meta: SnapshotMeta, bytes: Uint8Array): SnapshotOffer {
    const offer = { ...offerOf(meta.index, meta.term, bytes), snapshot: meta }
    this.#contents.set(offer.digest, bytes)
    return offer
  }

  #failed(error: unknown, disk: FaultyDisk): false {
    const expected = error instanceof LogWriteError || error instanceof SnapshotDamagedError
    if (disk.faults > 0 && expected) return false
    throw new Violation('WRITE', `with ${disk.faults} faults of the disk: ${error}`)
  }
}

/** Whether the log has the snapshot's entry, or begins after it. */
function isOf(state: State, { index, term }: SnapshotMeta): boolean {
  if (state.snapshot?.index === index) return state.snapshot.term === term
  const isThere = index >= firstIndexOf(state) && index <= lastIndexOf(state)
  return isThere && termIn(state, index) === term
}
