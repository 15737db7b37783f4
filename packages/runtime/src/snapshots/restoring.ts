// Restores the state machine from a snapshot, at a start and when a snapshot was installed (paper §7).
// Meanwhile nothing is applied. If the newest snapshot turns out to be damaged, the older one is restored,
// and the entries between them are replayed from the log. With none that is sound it fails with
// SnapshotDamagedError.
import type { Entry, Index, LogReader, Millis } from '@oarlock/core'
import { index } from '@oarlock/core'
import { isOarlockError, SnapshotDamagedError, StateMachineError } from '../errors.ts'
import type {
  ByteSource,
  Clock,
  Done,
  EventLoop,
  SnapshotFiles,
  SnapshotSection,
  StoredSnapshot,
} from '../ports/index.ts'
import { refuseNewer, type SectionName } from './content.ts'
import { ContentReader } from './content-reader.ts'
import type { SnapshotListener } from './listener.ts'
import { SnapshotSuperseded, StoredSource } from './stored-source.ts'

/** How long one turn replays entries, in ms, and the bytes that it reads at once. */
const replaySlice = 10
const replayBytes = 1024 * 1024

export interface RestoringInit {
  readonly files: SnapshotFiles
  readonly log: LogReader
  readonly sections: readonly SnapshotSection[]
  readonly clock: Clock
  readonly eventLoop: EventLoop
  /** Applies an entry of the log to the state machine. */
  readonly apply: (entry: Entry) => void
  /** The whole log is to be replayed, so what the replica keeps beside the machine begins as the log does. */
  readonly beginning: () => void
  /** This snapshot has turned out to be damaged. */
  readonly damaged: (snapshot: StoredSnapshot, cause: Error) => void
  /** How far it is. */
  readonly listener: Pick<SnapshotListener, 'checking' | 'restoring' | 'replaying'>
}

/** One restore. It is over when `done` has been called. */
export class Restoring {
  /** The machine's state is to be the one after this entry. */
  readonly target: Index
  readonly #init: RestoringInit
  readonly #done: Done
  #source: ByteSource | null = null
  #superseded = false

  /** With SnapshotSuperseded it failed only because it was cancelled. */
  constructor(init: RestoringInit, target: Index, done: Done) {
    this.#init = init
    this.target = target
    this.#done = done
  }

  /** `candidates`, newest first, reach no further than the target, and the log holds what follows them. */
  begin(candidates: readonly StoredSnapshot[]): void {
    if (this.#init.log.firstIndex > 1) return this.#restoreFirst(candidates)
    const [newest, ...older] = candidates
    // If all are damaged, the whole log is replayed instead, to a machine that nothing was restored to.
    if (newest === undefined) {
      this.#init.beginning()
      return this.#replay(index(0))
    }
    this.#source = this.#read(newest, 'checking')
    drain(this.#source, (failure) => {
      if (this.#superseded) return this.#done(new SnapshotSuperseded())
      if (failure === null) return this.#restoreFirst(candidates)
      if (!(failure instanceof SnapshotDamagedError)) return this.#done(failure)
      this.#init.damaged(newest, failure)
      this.begin(older)
    })
  }

  #read(snapshot: StoredSnapshot, why: 'checking' | 'restoring'): StoredSource {
    const { files, listener } = this.#init
    let read = 0
    return new StoredSource(files, snapshot, (bytes) => {
      read += bytes
      listener[why]?.(read, snapshot.size)
    })
  }

  #restoreFirst([newest, ...older]: readonly StoredSnapshot[]): void {
    if (newest === undefined)
      return this.#done(
        new SnapshotDamagedError(
          `the log begins after entry ${this.#init.log.firstIndex - 1}, and no snapshot of the entries before is there and sound`,
        ),
      )
    this.#restore(newest, (failure) => {
      if (this.#superseded) return this.#done(new SnapshotSuperseded())
      if (failure === null) return this.#replay(newest.meta.index)
      if (!(failure instanceof SnapshotDamagedError)) return this.#done(failure)
      this.#init.damaged(newest, failure)
      this.#restoreFirst(older)
    })
  }

  /** A later snapshot is to be restored. `done` is still called, when the machine has let go of this one. */
  cancel(): void {
    this.#superseded = true
    this.#source?.cancel()
  }

  #restore(snapshot: StoredSnapshot, done: Done): void {
    const { sections } = this.#init
    /** What the machine makes of it is another failure, but it has one cause. */
    let damage: SnapshotDamagedError | null = null
    const source = this.#read(snapshot, 'restoring')
    this.#source = source
    const reader = new ContentReader(source)
    const ended: Done = (failure) => done(damage ?? failure)
    const noted = (inner: ByteSource): ByteSource => ({
      next: (got) =>
        inner.next((failure, bytes) => {
          if (failure instanceof SnapshotDamagedError) damage = failure
          got(failure, bytes)
        }),
      cancel: () => inner.cancel(),
    })
    reader.table((failure, found) => {
      if (failure !== null) return ended(failure)
      try {
        refuseNewer(found!, sections)
      } catch (cause) {
        return ended(cause as Error)
      }
      const missing = sections.filter(({ name }) => !found!.some((section) => section.name === name))
      try {
        for (const section of missing) section.reset()
      } catch (cause) {
        return ended(cause as Error)
      }
      this.#sections(reader, found!, noted, ended)
    })
  }

  #sections(
    reader: ContentReader,
    [next, ...others]: readonly SectionName[],
    noted: (source: ByteSource) => ByteSource,
    done: Done,
  ): void {
    if (next === undefined) return done(null)
    const own = this.#init.sections.find(({ name }) => name === next.name)!
    const source = noted(reader.section())
    own.restore(source, next.format, (failure) => {
      if (failure !== null) return done(restoreFailure(next.name, failure))
      // A machine may know that it has everything before the stream ends.
      drain(source, (failed) =>
        failed === null ? this.#sections(reader, others, noted, done) : done(failed),
      )
    })
  }

  /** The entries after this one, up to the target, are in the log, and committed. */
  #replay(from: Index, applied: Index = from): void {
    if (this.#superseded) return this.#done(new SnapshotSuperseded())
    if (applied >= this.target) return this.#done(null)
    const { log, clock, apply, eventLoop, listener } = this.#init
    const until: Millis = clock.now() + replaySlice
    let last = applied
    try {
      const entries = log.entries(index(applied + 1), index(this.target + 1), replayBytes)
      for (const entry of entries) {
        apply(entry)
        last = entry.index
        if (clock.now() >= until) break
      }
    } catch (cause) {
      return this.#done(cause as Error)
    }
    listener.replaying?.(from, last, this.target)
    eventLoop.endOfTurn(() => this.#replay(from, last))
  }
}

function drain(source: ByteSource, done: Done): void {
  source.next((failure, bytes) => {
    if (failure !== null || bytes === null) return done(failure)
    drain(source, done)
  })
}

/** Errors of ours keep their type. */
const restoreFailure = (name: string, cause: Error): Error =>
  isOarlockError(cause) || cause instanceof SnapshotSuperseded
    ? cause
    : new StateMachineError(`the snapshot's section '${name}' could not be restored: ${cause.message}`, {
        cause,
      })
