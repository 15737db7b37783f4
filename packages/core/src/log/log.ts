// The log as Raft sees it: the durable part (LogReader), the tail that is being written, and how far it is
// committed and applied (paper §5.3).
import { invariant, LostEntriesError } from '../invariant.ts'
import { type Entry, type EntryId, type Index, index, type SnapshotMeta, type Term } from '../types.ts'
import { mayReplace } from './match.ts'
import type { LogReader } from './reader.ts'
import { Unstable } from './unstable.ts'

/** The bytes of the entries' data, which limits and flow control count. */
export function bytesOf(entries: readonly Entry[]): number {
  let bytes = 0
  for (const entry of entries) bytes += entry.data.length
  return bytes
}

function fitting(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let bytes = 0
  for (let i = 0; i < entries.length; i++) {
    bytes += entries[i]!.data.length
    if (i > 0 && bytes > maxBytes) return entries.slice(0, i)
  }
  return entries
}

/** Entries handed out together. */
interface Page {
  readonly entries: readonly Entry[]
  /** The first that is not confirmed. */
  next: number
}

export class RaftLog {
  readonly #durable: LogReader
  readonly #unstable: Unstable
  readonly #maxApplyingBytes: number
  readonly #applyUnstable: boolean
  #commit: Index
  #applied: Index
  /** Handed out for applying and not confirmed. */
  #handed: Page[] = []
  #handedBytes = 0
  #applying: Index
  #applyPaused = false
  /** A snapshot that replaces the log and is not durable yet. Until it is, nothing is applied. */
  #installing: SnapshotMeta | null = null
  #installTaken = false

  constructor(
    durable: LogReader,
    applied: Index,
    limits: { maxApplyingBytes: number; applyUnstable: boolean },
  ) {
    this.#durable = durable
    this.#unstable = new Unstable(index(durable.lastIndex + 1))
    this.#maxApplyingBytes = limits.maxApplyingBytes
    this.#applyUnstable = limits.applyUnstable
    const start = index(Math.max(applied, durable.firstIndex - 1))
    this.#commit = start
    this.#applied = start
    this.#applying = start
  }

  get commit(): Index {
    return this.#commit
  }

  get applied(): Index {
    return this.#applied
  }

  get firstIndex(): Index {
    return this.#installing === null ? this.#durable.firstIndex : index(this.#installing.index + 1)
  }

  /** The snapshot that stands for the compacted entries. */
  get snapshot(): SnapshotMeta | null {
    return this.#installing ?? this.#durable.snapshot
  }

  get isInstalling(): boolean {
    return this.#installing !== null
  }

  get hasUntakenSnapshot(): boolean {
    return this.#installing !== null && !this.#installTaken
  }

  get lastIndex(): Index {
    return this.#unstable.last?.index ?? index(this.#unstable.offset - 1)
  }

  get last(): EntryId {
    const at = this.lastIndex
    const termThere = this.termAt(at)
    invariant(termThere !== undefined, () => `the log has no term at ${at}`)
    return { index: at, term: termThere }
  }

  /** The last index that is durable here. */
  get durableIndex(): Index {
    return index(this.#unstable.offset - 1)
  }

  get hasUndurable(): boolean {
    return !this.#unstable.isEmpty
  }

  get hasUntaken(): boolean {
    return this.#unstable.hasUntaken
  }

  termAt(at: Index): Term | undefined {
    if (at >= this.#unstable.base) return this.#unstable.at(at)?.term
    if (this.#installing !== null) return at === this.#installing.index ? this.#installing.term : undefined
    return this.#durable.termAt(at)
  }

  /**
   * Entries of [from, to), at least one, then as many as fit in `maxBytes`; undefined if they are compacted
   * away.
   */
  slice(from: Index, to: Index, maxBytes: number): readonly Entry[] | undefined {
    if (from >= to) return []
    if (from < this.firstIndex) return undefined
    const { base } = this.#unstable
    if (from >= base) return fitting(this.#unstable.slice(from, to), maxBytes)
    const cut = index(Math.min(to, base))
    const stored = this.#durable.entries(from, cut, maxBytes)
    if (to <= base || stored.length < cut - from) return stored
    return fitting([...stored, ...this.#unstable.slice(base, to)], maxBytes)
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    invariant(
      mayReplace(first.index, this.#commit),
      () => `entry ${first.index} would replace a committed one (commit ${this.#commit})`,
    )
    this.#unstable.truncateAndAppend(entries)
  }

  commitTo(to: Index): void {
    if (to <= this.#commit) return
    if (to > this.lastIndex)
      throw new LostEntriesError(`the log has stored entry ${to}, and ends at ${this.lastIndex} now`)
    this.#commit = to
  }

  /** §7: the snapshot replaces the log. */
  restore(snapshot: SnapshotMeta): void {
    this.#installing = snapshot
    this.#installTaken = false
    this.#commit = snapshot.index
    this.#unstable.restart(index(snapshot.index + 1))
  }

  takeSnapshot(): SnapshotMeta | null {
    if (!this.hasUntakenSnapshot) return null
    this.#installTaken = true
    return this.#installing
  }

  /** The snapshot of that index is durable, and the state machine has it. */
  installed(at: Index): void {
    if (this.#installing?.index !== at) return
    this.#installing = null
    this.#applied = at
    this.#applying = index(Math.max(this.#applying, at))
    this.#handed = []
    this.#handedBytes = 0
    this.#applyPaused = false
  }

  /** Hands out entries for a write. */
  takeUnstable(): readonly Entry[] {
    return this.#unstable.take()
  }

  stableTo(place: EntryId): void {
    this.#unstable.stableTo(place)
  }

  get #appliable(): Index {
    return this.#applyUnstable ? this.#commit : index(Math.min(this.#commit, this.durableIndex))
  }

  get hasCommitted(): boolean {
    return !this.#applyPaused && this.#installing === null && this.#applying < this.#appliable
  }

  /** Hands out committed entries, in order, each once, within the limit of unconfirmed bytes. */
  takeCommitted(): readonly Entry[] {
    if (!this.hasCommitted) return []
    const to = this.#appliable
    const room = Math.max(0, this.#maxApplyingBytes - this.#handedBytes)
    const entries = this.slice(index(this.#applying + 1), index(to + 1), room)
    invariant(entries !== undefined && entries.length > 0, () => `entries after ${this.#applying} are gone`)
    const bytes = bytesOf(entries)
    this.#applying = index(this.#applying + entries.length)
    this.#unstable.release(this.#applying)
    this.#handed.push({ entries, next: 0 })
    this.#handedBytes += bytes
    this.#applyPaused = this.#handedBytes >= this.#maxApplyingBytes || this.#applying < to
    return entries
  }

  /** The entries handed out up to `to` are applied. Returns their bytes. */
  appliedTo(to: Index): number {
    if (to < this.#applied) return 0 // handed out before a snapshot overtook it
    invariant(to <= this.#applying, () => `applied ${to} was never handed out (${this.#applying} was)`)
    this.#applied = to
    const bytes = this.#confirmHanded(to)
    this.#handedBytes -= bytes
    this.#applyPaused = this.#handedBytes > 0 && this.#handedBytes >= this.#maxApplyingBytes
    return bytes
  }

  /** Takes everything up to `to` off the list of entries handed out; returns its bytes. */
  #confirmHanded(to: Index): number {
    let bytes = 0
    while (this.#handed.length > 0) {
      const page = this.#handed[0]!
      while (page.next < page.entries.length && page.entries[page.next]!.index <= to)
        bytes += page.entries[page.next++]!.data.length
      if (page.next < page.entries.length) break
      this.#handed.shift()
    }
    return bytes
  }
}
