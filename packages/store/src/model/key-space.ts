// Keys with all their versions since the last compaction. Each change of the store has a revision, and the
// store can be read as it was at any revision that was not compacted away.
import { isLive, KeyHistory, keyOverhead, type LiveVersion, sizeOf, type Version } from './key-history.ts'
import type { LeaseId, Revision } from './requests.ts'
import { type KeyRange, SortedMap, type SortedView } from './sorted-map.ts'

/** The keys at one moment: they do not change any more. */
export interface KeySpaceView {
  readonly revision: Revision
  readonly compacted: Revision
  readonly keys: SortedView<KeyHistory>
}

export class KeySpace {
  #keys: SortedMap<KeyHistory> = SortedMap.empty<KeyHistory>()
  #revision: Revision = 1
  #compacted: Revision = 0
  /** What each revision after the compacted one has changed, in order. */
  #changes: (readonly Version[])[] = []
  /** What the change under way has changed. */
  #underWay: Version[] = []
  #size = 0
  #bytes = 0
  #liveBytes = 0

  /** Of the last change. A store that is empty is at revision 1, as etcd's. */
  get revision(): Revision {
    return this.#revision
  }

  /** Older revisions than this one cannot be read. 0: all can. */
  get compacted(): Revision {
    return this.#compacted
  }

  /** The number of keys that there are now. */
  get size(): number {
    return this.#size
  }

  /** Of all versions, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of those that were not replaced. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  view(): KeySpaceView {
    return { revision: this.#revision, compacted: this.#compacted, keys: this.#keys.view() }
  }

  /** As it is now, with what the change under way has changed. */
  get(key: Uint8Array): LiveVersion | null {
    const newest = this.#keys.get(key)?.newest
    return isLive(newest) ? newest : null
  }

  /** The keys of the range as they were at this revision, in order. Default: as `get`. */
  *range(range: KeyRange, at: Revision | null = null): Generator<LiveVersion> {
    for (const [, history] of this.#keys.entries(range)) {
      const version = at === null ? history.newest : history.at(at)
      if (isLive(version)) yield version
    }
  }

  /** What this change has replaced. Undefined: nothing, or it was compacted away. */
  before({ key, modRevision }: Version): LiveVersion | undefined {
    const version = this.#keys.get(key)?.at(modRevision - 1)
    return isLive(version) ? version : undefined
  }

  /** Everything that `change` puts and deletes has one revision. */
  change<Result>(change: () => Result): Result {
    this.#underWay = []
    const result = change()
    if (this.#underWay.length > 0) {
      this.#revision++
      // An array that has grown has room for more, and most changes change one key.
      this.#changes.push(this.#underWay.slice())
    }
    return result
  }

  /** Only in a change. */
  put(key: Uint8Array, value: Uint8Array, lease: LeaseId): LiveVersion {
    const history = this.#keys.get(key)
    const before = isLive(history?.newest) ? history.newest : null
    const modRevision = this.#revision + 1
    const version: LiveVersion = {
      // One copy of each key, so that its identity tells it apart.
      key: history?.newest.key ?? key,
      value,
      createRevision: before?.createRevision ?? modRevision,
      modRevision,
      order: this.#underWay.length,
      version: (before?.version ?? 0) + 1,
      lease,
    }
    this.#record(version, history)
    return version
  }

  /** Only in a change. Returns what was deleted. */
  delete(range: KeyRange): readonly LiveVersion[] {
    const deleted = [...this.range(range)]
    const gone = { value: null, createRevision: 0, version: 0, lease: 0, modRevision: this.#revision + 1 }
    for (const { key } of deleted)
      this.#record({ key, ...gone, order: this.#underWay.length }, this.#keys.get(key))
    return deleted
  }

  #record(version: Version, history: KeyHistory | undefined): void {
    this.#add(version, history)
    this.#underWay.push(version)
  }

  #add(version: Version, history: KeyHistory | undefined): void {
    this.#keys.set(version.key, history === undefined ? new KeyHistory([version]) : history.with(version))
    this.#bytes += sizeOf(version) + (history === undefined ? keyOverhead : 0)
    this.#countLive(history?.newest, -1)
    this.#countLive(version, 1)
  }

  #countLive(version: Version | undefined, by: 1 | -1): void {
    if (!isLive(version)) return
    this.#size += by
    this.#liveBytes += by * (sizeOf(version) + keyOverhead)
  }

  /** What this revision has changed, in order. It is after the compacted one, and not after the last one. */
  changesAt(revision: Revision): readonly Version[] {
    // That of an empty store, 1, has changed nothing.
    return this.#changes[revision - this.#first] ?? []
  }

  /** The first revision that the changes are known of. */
  get #first(): Revision {
    return Math.max(this.#compacted, 1) + 1
  }

  /**
   * Forgets all versions that were replaced by this revision, and all keys that were deleted by then. It is after
   * the compacted one, and not after the last one. It takes time for each change since the last compaction.
   */
  compact(revision: Revision): void {
    const forgotten = this.#changes.splice(0, revision + 1 - this.#first)
    this.#compacted = revision
    for (const changes of forgotten)
      for (const { key } of changes) {
        const history = this.#keys.get(key)
        const kept = history?.compacted(revision) ?? null
        if (kept !== history) this.#bytes -= bytesOf(history) - bytesOf(kept)
        if (kept !== null && kept !== history) this.#keys.set(key, kept)
        else if (kept === null && history !== undefined) this.#keys.delete(key)
      }
  }

  /** Later revisions are greater than this one. What was replaced is forgotten, if that changes anything. */
  advance(to: Revision): void {
    if (to <= this.#revision) return
    if (this.#revision > this.#compacted) this.compact(this.#revision)
    this.#revision = to
    this.#compacted = to
    this.#changes = []
  }

  /** Replaces everything. `versions`: of each key, oldest first. */
  restore(revision: Revision, compacted: Revision, versions: Iterable<Version>): void {
    this.#keys = SortedMap.empty<KeyHistory>()
    this.#revision = revision
    this.#compacted = compacted
    this.#size = 0
    this.#bytes = 0
    this.#liveBytes = 0
    const changes: Version[][] = Array.from({ length: revision + 1 - this.#first }, () => [])
    for (const version of versions) {
      const { key, modRevision, order } = version
      this.#add(version, this.#keys.get(key))
      if (modRevision > compacted) changes[modRevision - this.#first]![order] = version
    }
    this.#changes = changes
  }
}

function bytesOf(history: KeyHistory | undefined | null): number {
  if (history === undefined || history === null) return 0
  let bytes = keyOverhead
  for (const version of history) bytes += sizeOf(version)
  return bytes
}
