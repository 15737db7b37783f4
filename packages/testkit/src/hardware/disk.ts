// A node's disk. A write takes time, and becomes durable when it ends with an fsync. Of what was written and not yet fsynced a
// crash keeps what it likes, in no order; a start finds the records up to the first that is missing. A record is one `Persist`:
// a torn one counts as lost, save that the snapshot it installs may be there before its log is. Damage to what was fsynced is
// refused, and so is a disk that is not the one that the member's name was minted with: the node stays down, its disk is lost.
import { type EntryId, emptyHardState, type HardState, index, MemoryLog, type Persist } from '@oarlock/core'
import { asSnapshot, type Snapshot } from '../machine/index.ts'
import { Call, type Random, Task, type World } from '../world/index.ts'
import {
  cutsTornTail,
  hardStateMayWait,
  isSameMember,
  keepsOldSnapshot,
  mustSync,
  recordsThatCount,
  stopsAfterFailedSync,
  syncsWhatItReads,
  uponDamage,
} from './disk-rules.ts'
import { drawSurvivors, Platter } from './durable-state.ts'

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

/** Times as long as usual. */
const SLOWEST_SNAPSHOT = 10

export class Disk extends Platter {
  /** What the running process reads back: durable or still in the page cache. */
  hardState: HardState = emptyHardState
  log: MemoryLog = new MemoryLog()
  /** Multiplies the duration of writes: a disk having a bad time. */
  slowness = 1
  /** Whether writes may stall; false once faults have stopped. */
  stalls = true
  /** There is no room: every write fails. */
  full = false
  /** The next fsync fails. */
  syncFails = false
  /** Why a start refuses what is there; what was durable stays in view as that which was promised by it. Null: it does not. */
  refusal: string | null = null
  /** A write has ended, and its node is to be told. */
  onWritten: () => void = () => {}
  /** A write has failed, and its node is to stop. */
  onFailed: (why: string) => void = () => {}
  /** A crash has left these of the records that no fsync had covered, for those who only watch. */
  onTorn: (whole: readonly boolean[]) => void = () => {}
  /** A snapshot could not be written, and its node is to stop. */
  onSnapshotFailed: (why: string) => void = () => {}

  readonly #world: World
  readonly #random: Random
  readonly #profile: DiskProfile
  #unsynced: Persist[] = []
  #writing: readonly Persist[] | null = null
  #epoch = 0
  #snapshotsUnderWay = 0
  /** Counts the disks that this member has had. */
  #minted = 1
  /** What is appended lies behind a hole in the log, and is not found again. */
  #unreachable = false

  constructor(world: World, random: Random, profile: DiskProfile) {
    super()
    this.#world = world
    this.#random = random
    this.#profile = profile
  }

  /** Written, and by no fsync covered. */
  get unsynced(): readonly Persist[] {
    return this.#unsynced
  }

  get busy(): boolean {
    return this.#writing !== null
  }

  /** Starts a write, so many ms from now; one at a time. Returns how long it will take, in ms. */
  write(batch: readonly Persist[], delay = 0): number {
    const { latency, stallRate, stallLength } = this.#profile
    this.#writing = batch
    const syncs = batch.some(mustSync)
    let duration = delay + latency * this.#random.between(0.5, 1.5) * (syncs ? 1 : 0.2) * this.slowness
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

  /**
   * Writes a snapshot to its file, which is not the log's: both may be under way at once. `done` when it is durable.
   * `asWritten`: what it is by then.
   */
  writeSnapshot(
    snapshot: Snapshot,
    done: (written: Snapshot) => void,
    asWritten: () => Snapshot = () => snapshot,
  ): void {
    const epoch = this.#epoch
    this.#snapshotsUnderWay++
    const end = (): void => {
      if (epoch !== this.#epoch) return
      if (this.full) return this.onSnapshotFailed('no space is left on its disk')
      this.#snapshotsUnderWay--
      const written = asWritten()
      this.keepSnapshot(written)
      done(written)
    }
    this.#world.schedule(new Call(end), this.#world.now + this.#snapshotDuration())
  }

  #snapshotDuration(): number {
    // One that is begun on a slow disk goes on for as long when the disk is well again: not for longer than clusters have to heal.
    return (
      this.#profile.snapshotLatency *
      this.#random.between(0.5, 1.5) *
      Math.min(this.slowness, SLOWEST_SNAPSHOT)
    )
  }

  /** The log from its beginning up to the snapshot goes, if the log holds that place; else a newer snapshot has replaced it. */
  compact(snapshot: Snapshot): boolean {
    if (snapshot.index < this.log.firstIndex || this.log.termAt(snapshot.index) !== snapshot.term)
      return false
    this.log.compact(snapshot)
    return true
  }

  /** The log is cut before its snapshot is there: the next crash may find neither. */
  cutTooSoon(place: EntryId): void {
    this.durableLog.startAt(place)
  }

  /** What is behind a hole in the log is not found again. */
  #sync(): void {
    const records = this.#unsynced
    this.#unsynced = []
    if (!this.#unreachable) this.keep(records)
  }

  /** The power goes. What no fsync covered is there afterwards, or not, as the disk's luck decides. */
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
    const torn = tail[counting.length]?.snapshot ?? null
    // The snapshot's file was complete, the log was not cut to it yet.
    if (torn !== null && this.#random.chance(0.5)) this.keepSnapshot(asSnapshot(torn))
    const hole = this.#unreachable || whole.includes(false)
    this.#unreachable = hole && !cutsTornTail()
    if (this.#snapshotsUnderWay > 0 && !keepsOldSnapshot()) this.loseSnapshot()
    this.#snapshotsUnderWay = 0
    this.dropLogWithoutBeginning()
    this.#read()
  }

  /** Its process closes it in order, and opens it again: nothing that was written is lost. A snapshot under way is given up. */
  reopen(): void {
    this.#epoch++
    this.#snapshotsUnderWay = 0
    this.#writing = null
    this.#sync()
    this.#read()
  }

  /** Bits have flipped in what an fsync had covered, while nobody looked. */
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

  /** Another disk takes its place, an empty one; the operator gives it the member's name. */
  wipe(): void {
    if (!isSameMember(this.#minted, this.#minted + 1)) {
      this.refusal = 'its peers know that name with another disk'
      return
    }
    this.#minted++
    this.forgetAll()
    this.#read()
  }

  /** What a start finds. */
  #read(): void {
    this.hardState = this.durableHardState
    this.log = new MemoryLog(this.durableSnapshot)
    this.log.append(this.durableLog.entries)
    for (const record of this.#unsynced) this.#show(record)
  }
}
