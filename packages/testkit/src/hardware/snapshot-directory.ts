// The snapshots on a simulated disk: complete files, and the one that is partly received. An operation takes
// time, and a crash cuts it short: then a file that was being committed is there whole or not at all, and of
// bytes that were being appended a beginning may be there.
import type { Index, PartialSnapshot, SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import {
  type Done,
  type Got,
  SnapshotDamagedError,
  type SnapshotFile,
  type SnapshotFiles,
  type StoredSnapshot,
} from '@oarlock/runtime'
import { Call, type Random, Violation, type World } from '../world/index.ts'
import { syncsDirectory } from './disk-rules.ts'

/** The disk that the directory is on. */
export interface SnapshotMedium {
  readonly full: boolean
  /** The time that a short write of a snapshot takes now, in ms. */
  pieceDuration(random: Random): number
  /** The time to write a snapshot now, in ms. */
  snapshotDuration(random: Random): number
}

interface Kept {
  readonly stored: StoredSnapshot
  readonly bytes: Uint8Array
  readonly isDamaged: boolean
  /** It came from a peer. */
  readonly isReceived: boolean
  /** The directory was synced after the file got its name. */
  readonly isSynced: boolean
}

interface Partial {
  readonly offer: SnapshotOffer
  readonly bytes: Uint8Array
  readonly received: number
}

export class SnapshotDirectory implements Omit<SnapshotFiles, 'compact'> {
  /** Called when the stored snapshots have changed. */
  onChanged: () => void = () => {}
  /** The places of all that were damaged so far. */
  readonly damaged: Set<Index> = new Set()
  /** How often all of them were. */
  depletions = 0
  readonly #medium: SnapshotMedium
  readonly #world: World
  readonly #random: Random
  /** Newest first. */
  #kept: readonly Kept[] = []
  #partial: Partial | null = null
  #epoch = 0
  /** Files that are being removed. */
  readonly #leaving = new Set<StoredSnapshot>()
  /** What a crash may have done already, of the operations under way. */
  readonly #underWay = new Set<() => void>()

  constructor(medium: SnapshotMedium, world: World, random: Random) {
    this.#medium = medium
    this.#world = world
    this.#random = random
  }

  get stored(): readonly StoredSnapshot[] {
    return this.#kept.map(({ stored }) => stored)
  }

  /** Those that a start could restore, without those that are being removed. */
  get sound(): readonly StoredSnapshot[] {
    return this.#kept
      .filter(({ isDamaged, stored }) => !isDamaged && !this.#leaving.has(stored))
      .map(({ stored }) => stored)
  }

  /** The place of the newest that the member took itself, or 0. */
  get takenAt(): number {
    return this.#kept.find(({ isReceived }) => !isReceived)?.stored.meta.index ?? 0
  }

  get partial(): PartialSnapshot | null {
    return this.#partial === null ? null : { offer: this.#partial.offer, received: this.#partial.received }
  }

  /**
   * Carries something out after a while, then calls back. `inCrash`: what a crash before that may have
   * carried out.
   */
  #later(duration: number, inCrash: () => void, carryOut: () => void, done: Done): void {
    const epoch = this.#epoch
    this.#underWay.add(inCrash)
    const end = (): void => {
      if (epoch !== this.#epoch) return
      this.#underWay.delete(inCrash)
      if (this.#medium.full) return done(new Error('no space is left on its disk'))
      carryOut()
      done(null)
    }
    this.#world.schedule(new Call(end), this.#world.now + duration)
  }

  get #piece(): number {
    return this.#medium.pieceDuration(this.#random)
  }

  #keep(file: Kept): void {
    const others = this.#kept
      .filter(({ stored }) => stored.meta.index !== file.stored.meta.index)
      // A synced directory has the names of all files.
      .map((other) => (file.isSynced ? { ...other, isSynced: true } : other))
    this.#kept = [...others, file].sort((a, b) => b.stored.meta.index - a.stored.meta.index)
    this.onChanged()
  }

  create(meta: SnapshotMeta, got: Got<SnapshotFile>): void {
    const parts: Uint8Array[] = []
    const duration = this.#medium.snapshotDuration(this.#random)
    const stored = (): Kept => {
      const bytes = joined(parts)
      return {
        stored: { meta, size: bytes.length, digest: digestOf(bytes) },
        bytes,
        isDamaged: false,
        isReceived: false,
        isSynced: syncsDirectory(),
      }
    }
    const nothing = (): void => {}
    const file: SnapshotFile = {
      append: (bytes, done) => {
        parts.push(bytes.slice())
        this.#later(duration / 8, nothing, nothing, done)
      },
      commit: (committed) => {
        const kept = stored()
        const keep = (): void => this.#keep(kept)
        this.#later(duration / 2, keep, keep, (failure) =>
          committed(failure, failure === null ? kept.stored : null),
        )
      },
      abort: nothing,
    }
    this.#later(duration / 8, nothing, nothing, (failure) => got(failure, failure === null ? file : null))
  }

  read({ meta }: StoredSnapshot, offset: number, length: number, got: Got<Uint8Array>): void {
    const epoch = this.#epoch
    const end = (): void => {
      if (epoch !== this.#epoch) return
      const file = this.#kept.find(({ stored }) => stored.meta.index === meta.index)
      if (file === undefined || file.isDamaged)
        return got(new SnapshotDamagedError(`the snapshot of ${meta.index} is damaged or missing`), null)
      got(null, file.bytes.slice(offset, offset + length))
    }
    this.#world.schedule(new Call(end), this.#world.now + this.#piece / 4)
  }

  remove({ meta }: StoredSnapshot, done: Done): void {
    const file = this.#kept.find(({ stored }) => stored.meta.index === meta.index)
    if (file !== undefined) this.#leaving.add(file.stored)
    const remove = (): void => this.#drop(meta.index)
    this.#later(this.#piece / 4, remove, remove, done)
  }

  #drop(index: Index): void {
    this.#kept = this.#kept.filter(({ stored }) => stored.meta.index !== index)
    this.onChanged()
  }

  startPartial(offer: SnapshotOffer, done: Done): void {
    const start = (): void => {
      this.#partial = { offer, bytes: new Uint8Array(offer.size), received: 0 }
    }
    this.#later(this.#piece, start, start, done)
  }

  appendPartial(offset: number, bytes: Uint8Array, done: Done): void {
    const append = (length: number): void => {
      const partial = this.#partial!
      partial.bytes.set(bytes.subarray(0, length), offset)
      this.#partial = { ...partial, received: offset + length }
    }
    this.#later(
      this.#piece,
      () => append(this.#random.int(bytes.length + 1)),
      () => append(bytes.length),
      done,
    )
  }

  commitPartial(got: Got<StoredSnapshot>): void {
    const { offer, bytes } = this.#partial!
    const digest = digestOf(bytes)
    if (digest !== offer.digest)
      throw new Violation(
        'BYTES',
        `the snapshot of ${offer.snapshot.index} is received, but its bytes are not those that were sent`,
      )
    const file: Kept = {
      stored: { meta: offer.snapshot, size: bytes.length, digest },
      bytes,
      isDamaged: false,
      isReceived: true,
      isSynced: syncsDirectory(),
    }
    const commit = (): void => {
      this.#partial = null
      this.#keep(file)
    }
    this.#later(this.#medium.snapshotDuration(this.#random) / 2, commit, commit, (failure) =>
      got(failure, failure === null ? file.stored : null),
    )
  }

  discardPartial(done: Done): void {
    const discard = (): void => {
      this.#partial = null
    }
    this.#later(this.#piece / 4, discard, discard, done)
  }

  // Faults.

  /** A power cut. Chance decides what of the operations under way has reached the disk. */
  crash(): void {
    this.#epoch++
    for (const inCrash of this.#underWay) if (this.#random.chance(0.5)) inCrash()
    this.#underWay.clear()
    this.#leaving.clear()
    const lost = this.#kept.filter(({ isSynced }) => !isSynced && this.#random.chance(0.5))
    if (lost.length === 0) return
    this.#kept = this.#kept.filter((file) => !lost.includes(file))
    this.onChanged()
  }

  /** The process closes the directory in order. Operations under way are given up. */
  close(): void {
    this.#epoch++
    this.#underWay.clear()
    this.#leaving.clear()
  }

  /** Flips bits in a stored snapshot. */
  damage({ meta }: StoredSnapshot): void {
    this.damaged.add(meta.index)
    this.#kept = this.#kept.map((file) =>
      file.stored.meta.index === meta.index ? { ...file, isDamaged: true } : file,
    )
    this.onChanged()
  }

  /** Flips bits in all of them. */
  damageAll(): void {
    this.depletions++
    for (const { stored } of this.#kept) this.damage(stored)
  }

  copyTo(medium: SnapshotMedium, random: Random): SnapshotDirectory {
    const copy = new SnapshotDirectory(medium, this.#world, random)
    copy.#kept = this.#kept
    for (const at of this.damaged) copy.damaged.add(at)
    copy.#partial = this.#partial === null ? null : { ...this.#partial, bytes: this.#partial.bytes.slice() }
    return copy
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Two hashes of 32 bits, so that no two contents of a run share them. */
function digestOf(bytes: Uint8Array): string {
  let [one, two] = [0x811c9dc5, 0x9e3779b1]
  for (let at = 0; at < bytes.length; at++) {
    one = Math.imul(one ^ bytes[at]!, 0x01000193)
    two = Math.imul(two ^ bytes[at]!, 0x85ebca6b) ^ (two >>> 13)
  }
  return `${(one >>> 0).toString(16)}${(two >>> 0).toString(16)}`
}
