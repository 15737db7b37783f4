// A node's disk. A write takes time, and becomes durable when it ends with an fsync; a crash keeps a prefix, at record
// granularity, of whatever was written and not yet fsynced. A record is one `Persist`: a torn one counts as lost.
import {
  type Entry,
  emptyHardState,
  type HardState,
  MemoryLog,
  type NodeId,
  type Persist,
  type Term,
} from '@oarlock/core'
import type { Random } from './random.ts'
import { Task, type World } from './world.ts'

export interface DiskProfile {
  /** What a write with its fsync takes, in ms. */
  readonly latency: number
  /** The share of writes that take up to `stallLength`. */
  readonly stallRate: number
  readonly stallLength: number
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
  /** What would survive if the power went now. `durableLog[i]` is the entry at index i + 1. */
  durableHardState: HardState = emptyHardState
  readonly durableLog: Entry[] = []
  /** Every vote that was ever durable here: term to candidate. */
  readonly votes: Map<Term, NodeId> = new Map()
  /** Multiplies the duration of writes: a disk having a bad time. */
  slowness = 1
  /** Whether writes may stall; false once faults have stopped. */
  stalls = true
  /** A write has ended, and its node is to be told. */
  onWritten: (batch: readonly Persist[]) => void = () => {}
  /** Durable content from this index on (or the hard state) has changed. */
  onDurable: (from: number) => void = () => {}

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

  /** Starts a write; one at a time. Returns how long it will take, in ms. */
  write(batch: readonly Persist[]): number {
    const { latency, stallRate, stallLength } = this.#profile
    this.#writing = batch
    const syncs = batch.some((record) => record.mustSync)
    let duration = latency * this.#random.between(0.5, 1.5) * (syncs ? 1 : 0.2) * this.slowness
    if (this.stalls && stallRate > 0 && this.#random.chance(stallRate))
      duration += this.#random.next() * stallLength
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
      this.log.append(record.entries)
      this.#unsynced.push(record)
      syncs ||= record.mustSync
    }
    if (syncs) this.#keep(this.#unsynced.length)
    this.onWritten(batch)
  }

  /** The power goes. Of the records that no fsync covered a prefix survives, of a length that the disk's luck decides. */
  crash(): void {
    this.#epoch++
    if (this.#writing !== null) this.#unsynced.push(...this.#writing)
    this.#writing = null
    const records = this.#unsynced.length
    const luck = this.#random.int(4)
    this.#keep(luck === 0 ? 0 : luck === 1 ? records : this.#random.int(records + 1))
    this.#unsynced = []
    this.hardState = this.durableHardState
    this.log = new MemoryLog()
    this.log.append(this.durableLog)
  }

  /** Makes the first `count` of the unsynced records durable. */
  #keep(count: number): void {
    if (count === 0) return
    let from = this.durableLog.length + 1
    for (let at = 0; at < count; at++) {
      const { hardState, entries } = this.#unsynced[at]!
      if (hardState !== null) {
        this.durableHardState = hardState
        if (hardState.vote !== null) this.votes.set(hardState.term, hardState.vote)
      }
      const first = entries[0]
      if (first === undefined) continue
      this.durableLog.length = first.index - 1
      for (const entry of entries) this.durableLog.push(entry)
      if (first.index < from) from = first.index
    }
    this.#unsynced.splice(0, count)
    this.onDurable(from)
  }
}
