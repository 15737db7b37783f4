// A node's disk. A write takes time, and becomes durable when it ends with an fsync. A crash keeps any
// subset of the unsynced records, and a start finds the records before the first missing one. A record is one
// `Persist`. A torn record counts as lost. Snapshots are files of their own (snapshot-directory.ts). Damage to synced data is refused, and so is a disk that is not the one with which the member's name was
// minted: then the node stays down, and its disk is lost.
import {
  emptyHardState,
  type HardState,
  index,
  MemoryLog,
  type Persist,
  type SnapshotMeta,
} from '@oarlock/core'
import { Call, type Random, Task, type World } from '../world/index.ts'
import {
  cutsTornTail,
  hardStateMayWait,
  isSameMember,
  mustSync,
  recordsThatCount,
  stopsAfterFailedSync,
  syncsWhatItReads,
  uponDamage,
} from './disk-rules.ts'
import { DurableState, drawSurvivors } from './durable-state.ts'
import { IdentityFile } from './identity-file.ts'
import { SnapshotDirectory } from './snapshot-directory.ts'

export interface DiskProfile {
  /** The time of a write with its fsync, in ms. */
  readonly latency: number
  /** The share of writes that take up to `stallLength` longer. */
  readonly stallRate: number
  readonly stallLength: number
  /** The additional time of a snapshot, in ms. */
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

/** The largest factor by which a slow disk delays a snapshot. */
const SLOWEST_SNAPSHOT = 10

export class Disk extends DurableState {
  /** The log that the running process reads, durable or still in the page cache. */
  hardState: HardState = emptyHardState
  log: MemoryLog = new MemoryLog()
  snapshots: SnapshotDirectory
  /** Whose directory it is. */
  identity: IdentityFile
  /** Multiplies the duration of writes, for a slow disk. */
  slowness = 1
  /** Whether writes may stall. False after the faults. */
  stalls = true
  /** The disk is full, and every write fails. */
  full = false
  /** The next fsync fails. */
  syncFails = false
  /** Why a start refuses this disk, or null. The durable state stays visible: promises rest on it. */
  refusal: string | null = null
  /** Called when a write has ended. */
  onWritten: () => void = () => {}
  /** Called when a write has failed. The node must stop. */
  onFailed: (why: string) => void = () => {}
  /** Called with the unsynced records that a crash has left, for tests. */
  onTorn: (whole: readonly boolean[]) => void = () => {}

  readonly #world: World
  readonly #random: Random
  readonly #profile: DiskProfile
  #unsynced: Persist[] = []
  #writing: readonly Persist[] | null = null
  #epoch = 0
  /** A compaction is under way. */
  #compacting: SnapshotMeta | null = null
  /** The number of disks that this member has had. */
  #minted = 1
  /** Appended records lie behind a hole in the log and will not be found. */
  #unreachable = false

  constructor(world: World, random: Random, profile: DiskProfile) {
    super()
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.identity = new IdentityFile(this, world, random.split('identity'))
    this.snapshots = this.#watched(new SnapshotDirectory(this, world, random.split('snapshots')))
  }

  #watched(snapshots: SnapshotDirectory): SnapshotDirectory {
    snapshots.onChanged = () => this.onDurable(index(this.durableLog.lastIndex + 1))
    return snapshots
  }

  /** Written records without an fsync. */
  get unsynced(): readonly Persist[] {
    return this.#unsynced
  }

  get busy(): boolean {
    return this.#writing !== null
  }

  /** How long a write with its fsync takes now, in ms. */
  writeDuration(random: Random): number {
    const { latency, stallRate, stallLength } = this.#profile
    const stalls = this.stalls && stallRate > 0 && random.chance(stallRate)
    return latency * random.between(0.5, 1.5) * this.slowness + (stalls ? random.next() * stallLength : 0)
  }

  /** Starts a write after this many ms, one at a time. Returns its duration, in ms. */
  write(batch: readonly Persist[], delay = 0): number {
    const { latency, stallRate, stallLength } = this.#profile
    this.#writing = batch
    const syncs = batch.some(mustSync)
    let duration = delay + latency * this.#random.between(0.5, 1.5) * (syncs ? 1 : 0.2) * this.slowness
    if (this.stalls && stallRate > 0 && this.#random.chance(stallRate))
      duration += this.#random.next() * stallLength
    this.#world.schedule(new WriteEnds(this, this.#epoch), this.#world.now + duration)
    return duration
  }

  /** Ends a write. `epoch` differs if a crash has cut it short. */
  end(epoch: number): void {
    const batch = this.#writing
    if (epoch !== this.#epoch || batch === null) return
    const syncs = batch.some(mustSync)
    if (this.full) return this.onFailed('no space is left on its disk')
    if (syncs && this.syncFails) {
      this.syncFails = false
      if (stopsAfterFailedSync()) return this.onFailed('an fsync failed')
      this.#unreachable = true
    }
    this.#writing = null
    let waiting: Persist | null = null
    for (const record of batch) {
      const mayWait = hardStateMayWait(record, this.hardState)
      this.#show(record)
      if (mayWait) {
        this.#unsynced.push({ ...record, hardState: null })
        waiting = { ...record, entries: [], snapshot: null }
        continue
      }
      this.#unsynced.push(record)
      if (record.hardState !== null) waiting = null
    }
    if (syncs) this.#sync()
    if (waiting !== null) this.#unsynced.push(waiting)
    this.onWritten()
  }

  #show({ hardState, snapshot, entries }: Persist): void {
    if (hardState !== null) this.hardState = hardState
    if (snapshot !== null) this.log.restore(snapshot)
    this.log.append(entries)
  }

  /** How long a piece of a snapshot takes to write now, in ms. */
  pieceDuration(random: Random): number {
    return this.#profile.latency * random.between(0.5, 1.5) * Math.min(this.slowness, SLOWEST_SNAPSHOT)
  }

  /** How long the file of a snapshot takes to write now, in ms. */
  snapshotDuration(random: Random): number {
    // A snapshot that begins on a slow disk stays slow after the faults, but must not take longer than a
    // cluster has to heal.
    return (
      this.#profile.snapshotLatency * random.between(0.5, 1.5) * Math.min(this.slowness, SLOWEST_SNAPSHOT)
    )
  }

  /** Cuts the log there. Calls back when a start finds it like this, or with the failure: then the node must stop. */
  compact(to: SnapshotMeta, done: (failed: string | null) => void): void {
    const epoch = this.#epoch
    this.#compacting = to
    const end = (): void => {
      if (epoch !== this.#epoch) return
      this.#compacting = null
      if (this.full) return done('no space is left on its disk')
      // A newer snapshot may have replaced the log meanwhile.
      if (to.index >= this.log.firstIndex) {
        this.log.compact(to)
        this.keepFrom(to)
      }
      done(null)
    }
    this.#world.schedule(new Call(end), this.#world.now + this.writeDuration(this.#random))
  }

  /** Syncs the written records. Those behind a hole in the log are lost. */
  #sync(): void {
    const records = this.#unsynced
    this.#unsynced = []
    if (!this.#unreachable) this.keep(records)
  }

  /** A power cut. Chance decides which unsynced records survive. */
  crash(): void {
    this.#epoch++
    if (this.#writing !== null) this.#unsynced.push(...this.#writing)
    this.#writing = null
    const tail = this.#unsynced
    const whole = drawSurvivors(tail.length, this.#random)
    this.onTorn(whole)
    const counting = recordsThatCount(whole)
    this.#unsynced = counting.map((at) => tail[at]!)
    if (whole.includes(false) || syncsWhatItReads()) this.#sync()
    const hole = this.#unreachable || whole.includes(false)
    this.#unreachable = hole && !cutsTornTail()
    if (this.#compacting !== null && this.#random.chance(0.5)) this.keepFrom(this.#compacting)
    this.#compacting = null
    this.snapshots.crash()
    this.identity.crash()
    this.#read()
  }

  /**
   * The process closes the disk in order and opens it again. Nothing written is lost, but snapshots and a
   * compaction under way are given up.
   */
  reopen(): void {
    this.#epoch++
    this.#compacting = null
    this.#writing = null
    this.#sync()
    this.identity.close()
    this.snapshots.close()
    this.#read()
  }

  /** Flips bits in synced data. */
  damage(dice: Random): void {
    const { start, lastIndex } = this.durableLog
    const sound = index(start.index + dice.int(lastIndex - start.index + 1))
    const answer = uponDamage()
    if (answer === 'refuse') {
      this.refusal = `its log is damaged after ${sound}`
      return
    }
    if (answer === 'cut') this.cutAfter(sound)
    else this.garble(index(sound + 1))
    this.#read()
  }

  /** Replaces the disk by an empty one, to which the operator gives the member's name. */
  wipe(): void {
    if (!isSameMember(this.#minted, this.#minted + 1)) {
      this.refusal = 'its peers know that name with another disk'
      return
    }
    this.#minted++
    this.snapshots = this.#watched(new SnapshotDirectory(this, this.#world, this.#random.split('snapshots')))
    this.forgetAll()
    this.#read()
  }

  /** An empty disk of this kind. */
  empty(random: Random): Disk {
    return new Disk(this.#world, random, this.#profile)
  }

  /** A copy of the disk, as a power cut would leave it now. */
  copy(random: Random): Disk {
    const copy = this.empty(random)
    copy.durableHardState = this.durableHardState
    copy.durableStart = this.durableStart
    copy.durableLog.copyOf(this.durableLog)
    copy.snapshots = copy.#watched(this.snapshots.copyTo(copy, random.split('snapshots')))
    copy.identity = this.identity.copyTo(copy, random.split('starts'))
    copy.#read()
    return copy
  }

  /** The state that a start finds. */
  #read(): void {
    this.hardState = this.durableHardState
    this.log = new MemoryLog(this.durableStart)
    this.log.append(this.durableLog.entries)
    for (const record of this.#unsynced) this.#show(record)
  }
}
