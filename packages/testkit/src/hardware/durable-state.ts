// The part of a disk that would survive a power cut now: the hard state, the log, and the snapshots.
import {
  type EntryId,
  emptyHardState,
  type HardState,
  type Index,
  index,
  type NodeId,
  type Persist,
  type SnapshotMeta,
  type Term,
  term,
} from '@oarlock/core'
import type { Random } from '../world/index.ts'
import { LogCopy } from './log-copy.ts'
import type { SnapshotDirectory } from './snapshot-directory.ts'

const noPlace: EntryId = { index: index(0), term: term(0) }

/**
 * Draws which of the unsynced records a crash leaves whole on the disk. Sectors are written in any order, so
 * a record may be there without the one before it.
 */
export function drawSurvivors(records: number, random: Random): readonly boolean[] {
  const pattern = random.int(5)
  const place = pattern < 2 ? 0 : random.int(records + 1)
  return Array.from({ length: records }, (_, at) => {
    if (pattern === 0) return false
    if (pattern === 1) return true
    if (pattern === 2) return at < place
    return pattern === 3 ? at !== place : random.chance(0.5)
  })
}

export abstract class DurableState {
  durableHardState: HardState = emptyHardState
  readonly durableLog: LogCopy = new LogCopy()
  /** What stands for the entries before the durable log. */
  durableStart: SnapshotMeta | null = null
  abstract readonly snapshots: SnapshotDirectory
  /** Every vote that was ever durable here, by term. */
  readonly votes: Map<Term, NodeId> = new Map()
  /** Called when durable entries from this index on, the hard state or the snapshot have changed. */
  onDurable: (from: Index) => void = () => {}

  /** How much of the log is known to be committed, whatever a crash takes. */
  get durableCommit(): Index {
    return index(Math.max(this.durableHardState.commit, this.durableLog.start.index))
  }

  /** The newest sound snapshot that a start finds, and from which the durable log goes on. Null: none. */
  get durableSnapshot(): SnapshotMeta | null {
    const { snapshots, durableLog } = this
    const found = snapshots.sound.find(({ meta }) => durableLog.termAt(meta.index) === meta.term)
    return found?.meta ?? null
  }

  /** Makes the records durable. */
  protected keep(records: readonly Persist[]): void {
    if (records.length === 0) return
    let from = this.durableLog.lastIndex + 1
    for (const { hardState, entries, snapshot } of records) {
      if (hardState !== null) {
        this.durableHardState = hardState
        if (hardState.vote !== null) this.votes.set(hardState.term, hardState.vote)
      }
      if (snapshot !== null) {
        this.durableStart = snapshot
        this.durableLog.restore(snapshot)
        from = Math.min(from, snapshot.index + 1)
      }
      this.durableLog.append(entries)
      if (entries.length > 0) from = Math.min(from, entries[0]!.index)
    }
    this.onDurable(index(from))
  }

  /** Cuts the log there: a start reads it only from there on. */
  protected keepFrom(start: SnapshotMeta): void {
    if (start.index <= this.durableLog.start.index) return
    this.durableStart = start
    this.durableLog.startAt(start)
    this.onDurable(index(start.index + 1))
  }

  /** Cuts a damaged log after this entry, with the term and the vote that were known then. */
  protected cutAfter(sound: Index): void {
    const { commit, promise } = this.durableHardState
    this.durableLog.cutAfter(sound)
    const { term } = this.durableLog.last
    this.durableHardState = { term, vote: null, commit: index(Math.min(sound, commit)), promise }
    this.onDurable(index(sound + 1))
  }

  /** Makes a read at this index differ from what was written. */
  protected garble(at: Index): void {
    const entry = this.durableLog.at(at)
    if (entry === undefined) return
    const data = entry.data.slice()
    if (data.length === 0) return
    data[data.length - 1]! ^= 1
    this.durableLog.replace({ ...entry, data })
    this.onDurable(at)
  }

  protected forgetAll(): void {
    this.durableHardState = emptyHardState
    this.durableStart = null
    this.durableLog.restore(noPlace)
    this.onDurable(index(1))
  }
}
