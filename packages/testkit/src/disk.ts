// A node's disk: a log with the hard state in it, and a file with the newest snapshot. A write takes time, and becomes durable
// when it ends with an fsync; a crash keeps a prefix, at record granularity, of whatever was written and not yet fsynced. A
// record is one `Persist`: a torn one counts as lost, save that the snapshot it installs may be there before its log is.
import {
  emptyHardState,
  type HardState,
  type Index,
  index,
  MemoryLog,
  type NodeId,
  type Persist,
  type Term,
} from '@oarlock/core'
import { LogCopy } from './log-copy.ts'
import type { Random } from './random.ts'
import { asSnapshot, type Snapshot } from './snapshot.ts'
import { Call, Task, type World } from './world.ts'

export interface DiskProfile {
  /** What a write with its fsync takes, in ms. */
  readonly latency: number
  /** The share of writes that take up to `stallLength`. */
  readonly stallRate: number
  readonly stallLength: number
  /** What a snapshot takes on top, in ms. */
  readonly snapshotLatency: number
}

class WriteEnds extends Task {
  readonly #disk: Disk
  readonly #epoch: number

  constructor(disk: Disk, epoch: number) {
    super()
    this.#disk = disk
    this.#epoch = epoch
  }

  override run(): void {
    this.#disk.end(this.#epoch)
  }
}

export class Disk {
  /** What the running process reads back: durable or still in the page cache. */
  hardState: HardState = emptyHardState
  log: MemoryLog = new MemoryLog()
  /** What would survive if the power went now. */
  durableHardState: HardState = emptyHardState
  readonly durableLog: LogCopy = new LogCopy()
  durableSnapshot: Snapshot | null = null
  /** Every vote that was ever durable here: term to candidate. */
  readonly votes: Map<Term, NodeId> = new Map()
  /** Multiplies the duration of writes: a disk having a bad time. */
  slowness = 1
  /** Whether writes may stall; false once faults have stopped. */
  stalls = true
  /** A write has ended, and its node is to be told. */
  onWritten: (batch: readonly Persist[]) => void = () => {}
  /** Durable content from this index on (or the hard state, or the snapshot) has changed. */
  onDurable: (from: Index) => void = () => {}

  readonly #world: World
  readonly #random: Random
  readonly #profile: DiskProfile
  #unsynced: Persist[] = []
  #writing: readonly Persist[] | null = null
  #epoch = 0

  constructor(world: World, random: Random, profile: DiskProfile) {
    this.#world = world
    this.#random = random
    this.#profile = profile
  }

  get busy(): boolean {
    return this.#writing !== null
  }

  /** Up to where the log is certain to be committed, whatever else a crash takes. */
  get durableCommit(): Index {
    return index(Math.max(this.durableHardState.commit, this.durableLog.start.index))
  }

  /** Starts a write; one at a time. Returns how long it will take, in ms. */
  write(batch: readonly Persist[]): number {
    const { latency, stallRate, stallLength } = this.#profile
    this.#writing = batch
    const syncs = batch.some((record) => record.mustSync)
    let duration = latency * this.#random.between(0.5, 1.5) * (syncs ? 1 : 0.2) * this.slowness
    if (this.stalls && stallRate > 0 && this.#random.chance(stallRate))
      duration += this.#random.next() * stallLength
    if (batch.some(({ snapshot }) => snapshot !== null)) duration += this.#snapshotDuration()
    this.#world.schedule(new WriteEnds(this, this.#epoch), this.#world.now + duration)
    return duration
  }

  /** Called when a write's time is over; `epoch` tells a write that a crash cut short. */
  end(epoch: number): void {
    const batch = this.#writing
    if (epoch !== this.#epoch || batch === null) return
    this.#writing = null
    let syncs = false
    for (const record of batch) {
      if (record.hardState !== null) this.hardState = record.hardState
      if (record.snapshot !== null) this.log.restore(record.snapshot)
      this.log.append(record.entries)
      this.#unsynced.push(record)
      syncs ||= record.mustSync
    }
    if (syncs) this.#keep(this.#unsynced.length)
    this.onWritten(batch)
  }

  /** Writes the snapshot to its file, which is not the log's: both may be under way at once. `done` when it is durable. */
  writeSnapshot(snapshot: Snapshot, done: () => void): void {
    const epoch = this.#epoch
    const end = (): void => {
      if (epoch !== this.#epoch) return
      this.#keepSnapshot(snapshot)
      done()
    }
    this.#world.schedule(new Call(end), this.#world.now + this.#snapshotDuration())
  }

  #snapshotDuration(): number {
    return this.#profile.snapshotLatency * this.#random.between(0.5, 1.5) * this.slowness
  }

  /** The log from its beginning up to the snapshot goes, if the log holds that place; else a newer snapshot has replaced it. */
  compact(snapshot: Snapshot): boolean {
    if (snapshot.index < this.log.firstIndex || this.log.termAt(snapshot.index) !== snapshot.term)
      return false
    this.log.compact(snapshot)
    return true
  }

  /** The power goes. Of the records that no fsync covered a prefix survives, of a length that the disk's luck decides. */
  crash(): void {
    this.#epoch++
    if (this.#writing !== null) this.#unsynced.push(...this.#writing)
    this.#writing = null
    const records = this.#unsynced.length
    const luck = this.#random.int(4)
    this.#keep(luck === 0 ? 0 : luck === 1 ? records : this.#random.int(records + 1))
    const torn = this.#unsynced[0]?.snapshot ?? null
    // The snapshot's file was complete, the log was not cut to it yet.
    if (torn !== null && this.#random.chance(0.5)) this.#keepSnapshot(asSnapshot(torn))
    this.#unsynced = []
    this.hardState = this.durableHardState
    this.log = new MemoryLog(this.durableSnapshot)
    this.log.append(this.durableLog.entries)
  }

  /** A start takes the log from the snapshot on: it is as if durable logs were cut the moment a snapshot is durable. */
  #keepSnapshot(snapshot: Snapshot): void {
    if (snapshot.index <= (this.durableSnapshot?.index ?? 0)) return
    this.durableSnapshot = snapshot
    this.durableLog.startAt(snapshot)
    this.onDurable(index(snapshot.index + 1))
  }

  /** Makes the first `count` of the unsynced records durable. */
  #keep(count: number): void {
    if (count === 0) return
    let from = this.durableLog.lastIndex + 1
    for (let at = 0; at < count; at++) {
      const { hardState, entries, snapshot } = this.#unsynced[at]!
      if (hardState !== null) {
        this.durableHardState = hardState
        if (hardState.vote !== null) this.votes.set(hardState.term, hardState.vote)
      }
      if (snapshot !== null) {
        this.durableSnapshot = asSnapshot(snapshot)
        this.durableLog.restore(snapshot)
        from = Math.min(from, snapshot.index + 1)
      }
      this.durableLog.append(entries)
      if (entries.length > 0) from = Math.min(from, entries[0]!.index)
    }
    this.#unsynced.splice(0, count)
    this.onDurable(index(from))
  }
}
