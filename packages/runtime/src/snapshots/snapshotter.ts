// The snapshots of one replica (paper §7): when they are taken, which are kept, how far the log is cut, how they
// reach a member that is far behind, and how the state machine is restored from them.
import {
  type Entry,
  type EntryId,
  type Event,
  type Index,
  type InstallSnapshot,
  index,
  type LogReader,
  type NodeId,
  type Raft,
  type SnapshotMeta,
  type SnapshotTransferMessage,
} from '@oarlock/core'
import { SnapshotFailedError } from '../errors.ts'
import type {
  Clock,
  EventLoop,
  Got,
  PeerMessage,
  SnapshotFiles,
  SnapshotSection,
  StoredSnapshot,
} from '../ports/index.ts'
import { longestTable, readTable, refuseNewer } from './content.ts'
import type { SnapshotListener } from './listener.ts'
import { LogSinceSnapshot, type SnapshotPolicy } from './policy.ts'
import { Receiving } from './receiving.ts'
import { Restoring } from './restoring.ts'
import { isAwaited, placeToCompactTo, toRemove, usable } from './retention.ts'
import type { TransferLimits } from './sending.ts'
import { SnapshotSuperseded } from './stored-source.ts'
import { Taking } from './taking.ts'
import { Transfers } from './transfers.ts'

/** What a replica needs for snapshots. */
export interface SnapshotSetting {
  readonly files: SnapshotFiles
  readonly log: LogReader
  /** The parts of a snapshot. A witness has none. */
  readonly sections: readonly SnapshotSection[]
  readonly witness: boolean
  readonly policy: SnapshotPolicy
  readonly limits: TransferLimits
  readonly listener: SnapshotListener
}

export interface SnapshotterInit extends SnapshotSetting {
  readonly raft: Raft
  readonly clock: Clock
  readonly eventLoop: EventLoop
  readonly post: (to: NodeId, message: PeerMessage) => void
  /** Hands an event to the core. */
  readonly step: (event: Event) => void
  /** Applies an entry to the state machine. */
  readonly apply: (entry: Entry) => void
  /** The whole log is to be replayed. */
  readonly beginning: () => void
  /** Whether entries may be applied now. */
  readonly hold: (isHeld: boolean) => void
  /** Asks for a turn, in which it considers what to do. */
  readonly wake: () => void
  /** It is not safe to go on. */
  readonly failed: (cause: unknown) => void
}

export class Snapshotter {
  readonly #init: SnapshotterInit
  readonly #transfers: Transfers
  readonly #receiving: Receiving
  readonly #since: LogSinceSnapshot
  #restoring: Restoring | null = null
  /** To be restored when the restore under way has let go. */
  #nextRestore: SnapshotMeta | null = null
  #taking: Taking | null = null
  /** Those who wait for it, and those who wait for one that begins from now on. */
  readonly #takingFor: Got<StoredSnapshot>[] = []
  readonly #waiting: Got<StoredSnapshot>[] = []
  #compacting = false
  /** By name: complete, and not in the log yet. A later one may arrive while an earlier one is written there. */
  readonly #arrived = new Map<string, StoredSnapshot>()
  /** The last entry that the machine has, itself or in a snapshot. */
  #last: EntryId | null = null
  /** By name: see nameOf. */
  readonly #damaged = new Set<string>()
  readonly #removing = new Set<string>()
  /** Those that are being read for a backup, each as often as it is. */
  readonly #held: StoredSnapshot[] = []
  #started = false
  #stopped = false

  constructor(init: SnapshotterInit) {
    const { files, clock, eventLoop, post, step, policy, limits, raft, listener, witness } = init
    this.#init = init
    this.#since = new LogSinceSnapshot(policy)
    this.#transfers = new Transfers({
      files,
      clock,
      eventLoop,
      limits,
      post,
      newest: () => this.#usable[0] ?? null,
      reported: (to, failed) => step({ type: 'snapshotReported', to, failed }),
      damaged: (snapshot, cause) => this.#foundDamaged(snapshot, cause),
    })
    this.#receiving = new Receiving({
      files,
      witness,
      committed: () => raft.commit,
      post,
      arrived: (from, offer, snapshot) => this.#checkFormat(from, offer.term, snapshot),
      resumed: (offer, received) => listener.resumed?.(offer.snapshot, received),
      failed: (offer, cause) => listener.notReceived?.(offer.snapshot, cause),
    })
  }

  get #usable(): readonly StoredSnapshot[] {
    const { files, log } = this.#init
    // The log may reach a snapshot that is being removed because it was ahead of the log.
    const isThere = (name: string): boolean => !this.#damaged.has(name) && !this.#removing.has(name)
    return usable(files.stored, log).filter((snapshot) => isThere(nameOf(snapshot)))
  }

  /** While it is, nothing is applied, and there are no reads. */
  get isRestoring(): boolean {
    return this.#restoring !== null
  }

  /** The bytes of entries since the last snapshot. */
  get bytesSince(): number {
    return this.#since.bytes
  }

  /** The newest snapshot, or null. */
  get newest(): StoredSnapshot | null {
    return this.#usable[0] ?? null
  }

  /** The members to which a snapshot is being sent. */
  get destinations(): readonly NodeId[] {
    return this.#transfers.destinations
  }

  /** Restores the machine to where the core starts. */
  start(): void {
    if (this.#started) return
    this.#started = true
    const { raft, log } = this.#init
    this.#tidy()
    const { applied } = raft
    if (applied > 0) this.#restore(applied, log.termAt(applied)!)
  }

  stop(): void {
    this.#stopped = true
    this.#transfers.cancel()
    this.#receiving.stop()
    this.#taking?.cancel()
    this.#restoring?.cancel()
    const closed = new SnapshotFailedError('the member is closed: no snapshot was taken')
    for (const got of [...this.#takingFor.splice(0), ...this.#waiting.splice(0)]) got(closed, null)
  }

  // Restoring.

  /** This snapshot is durable in the log, and replaces the machine's state. */
  install(meta: SnapshotMeta): void {
    for (const [name, arrived] of this.#arrived)
      if (arrived.meta.index <= meta.index) this.#arrived.delete(name)
    // It is of a state that this one replaces.
    this.#taking?.cancel()
    this.#taking = null
    this.#waiting.unshift(...this.#takingFor.splice(0))
    if (this.#restoring === null) return this.#restore(meta.index, meta.term)
    this.#nextRestore = meta
    this.#restoring.cancel()
  }

  #restore(target: Index, term: EntryId['term']): void {
    const { hold, listener, failed, witness } = this.#init
    if (witness) {
      this.#last = { index: target, term }
      return listener.restored?.(this.#last)
    }
    const { files, log, sections, clock, eventLoop, apply, beginning } = this.#init
    hold(true)
    this.#restoring = new Restoring(
      {
        files,
        log,
        sections,
        clock,
        eventLoop,
        apply,
        beginning,
        damaged: (snapshot, cause) => this.#foundDamaged(snapshot, cause),
        listener,
      },
      target,
      (failure) => {
        this.#restoring = null
        if (this.#stopped) return
        const next = this.#nextRestore
        this.#nextRestore = null
        if (next !== null) return this.#restore(next.index, next.term)
        if (failure !== null && !(failure instanceof SnapshotSuperseded)) return failed(failure)
        this.#last = { index: target, term }
        listener.restored?.(this.#last)
        hold(false)
        this.#tidy()
      },
    )
    this.#restoring.begin(this.#usable.filter(({ meta }) => meta.index <= target))
  }

  #foundDamaged(snapshot: StoredSnapshot, cause: Error): void {
    this.#damaged.add(nameOf(snapshot))
    this.#init.listener.damaged?.(snapshot, cause)
    this.#tidy()
  }

  // Taking.

  /** The machine has applied an entry. */
  applied(entry: Entry): void {
    this.#since.applied(entry)
    this.#last = entry
  }

  /** A snapshot of everything that is applied now. Calls back once. */
  take(got: Got<StoredSnapshot>): void {
    this.#waiting.push(got)
  }

  /** Keeps the snapshot until the function that is returned is called. */
  hold(snapshot: StoredSnapshot): () => void {
    this.#held.push(snapshot)
    return () => {
      const at = this.#held.indexOf(snapshot)
      if (at >= 0) this.#held.splice(at, 1)
      this.#tidy()
    }
  }

  /** The core is at rest: takes a snapshot if one is due, and cuts the log. */
  consider(): void {
    if (this.#stopped || this.#restoring !== null) return
    this.#compact()
    if (this.#taking !== null || !(this.#since.isDue || this.#waiting.length > 0)) return
    const { raft, log, files } = this.#init
    const last = this.#last
    if (last === null || raft.applied !== last.index) return
    // Entries may be applied before they are durable here.
    if (log.termAt(last.index) !== last.term) return
    const newest = this.newest
    if (newest?.meta.index === last.index) return this.#answer(newest)
    // A damaged one of this place is being removed, and the new one would go with it.
    if (files.stored.some(({ meta }) => meta.index === last.index)) return
    const { configuration, configurationIndex } = raft.inspect()
    // Of a snapshot that replaces the log, and is not durable yet.
    if (configurationIndex > last.index) return
    this.#begin({ index: index(last.index), term: last.term, configuration })
  }

  #begin(meta: SnapshotMeta): void {
    const { files, sections, listener } = this.#init
    this.#takingFor.push(...this.#waiting.splice(0))
    this.#since.begin()
    const taking = new Taking(meta, (failure, stored) => {
      if (this.#taking === taking) this.#taking = null
      for (const got of this.#takingFor.splice(0)) got(failure === null ? null : notTaken(failure), stored)
      if (failure !== null) return listener.notTaken?.(failure)
      listener.taken?.(stored!)
      this.#tidy()
      this.#compact()
    })
    this.#taking = taking
    listener.taking?.(meta)
    taking.begin(files, sections)
  }

  #answer(stored: StoredSnapshot): void {
    this.#since.begin()
    for (const got of this.#waiting.splice(0)) got(null, stored)
  }

  // Keeping.

  #compact(): void {
    const { files, log, raft, listener, failed, policy } = this.#init
    if (this.#compacting || this.#stopped) return
    const to = placeToCompactTo(this.#usable, policy.kept, this.#taking?.meta ?? null)
    if (to === null || to.index < log.firstIndex || to.index > raft.compactableIndex) return
    this.#compacting = true
    files.compact(to, (failure) => {
      this.#compacting = false
      if (this.#stopped) return
      if (failure !== null) return failed(failure)
      listener.compacted?.(to)
      this.#tidy()
    })
  }

  /** Removes the snapshots that are not needed any more. One that cannot be removed is tried again later. */
  #tidy(): void {
    const { files, log, policy } = this.#init
    if (this.#stopped || this.#restoring !== null) return
    for (const [name, snapshot] of this.#arrived) if (!isAwaited(snapshot, log)) this.#arrived.delete(name)
    const inUse = (snapshot: StoredSnapshot): boolean =>
      this.#arrived.has(nameOf(snapshot)) ||
      this.#transfers.isSending(snapshot) ||
      this.#held.some((held) => nameOf(held) === nameOf(snapshot))
    const isDamaged = (snapshot: StoredSnapshot): boolean => this.#damaged.has(nameOf(snapshot))
    const isRemoved = (snapshot: StoredSnapshot): boolean => this.#removing.has(nameOf(snapshot))
    const sound = files.stored.filter((snapshot) => !isDamaged(snapshot) && !isRemoved(snapshot))
    const useless = toRemove(sound, log, policy.kept, inUse)
    for (const snapshot of [...useless, ...files.stored.filter(isDamaged)]) this.#remove(snapshot)
  }

  #remove(snapshot: StoredSnapshot): void {
    const name = nameOf(snapshot)
    if (this.#removing.has(name)) return
    this.#removing.add(name)
    this.#init.files.remove(snapshot, (failure) => {
      this.#removing.delete(name)
      if (failure === null) this.#damaged.delete(name)
      this.#init.wake()
    })
  }

  // The transfer.

  /** The core offers a snapshot to a member. */
  send(to: NodeId, message: InstallSnapshot): void {
    this.#transfers.send(to, message)
  }

  /** Another term or another role. */
  roleChanged(): void {
    this.#transfers.cancel()
  }

  receive(from: NodeId, message: SnapshotTransferMessage): void {
    if (this.#stopped) return
    if (message.type === 'snapshotOffer') this.#receiving.offered(from, message)
    else if (message.type === 'snapshotChunk') this.#receiving.chunk(from, message)
    else this.#transfers.progress(from, message)
  }

  /** One of a newer format must not replace anything. */
  #checkFormat(from: NodeId, term: InstallSnapshot['term'], snapshot: StoredSnapshot): void {
    const { files, sections, witness, failed } = this.#init
    // An earlier one of this place is being removed, and this one goes with it: the leader sends it again.
    if (this.#removing.has(nameOf(snapshot))) return
    if (witness) return this.#deliver(from, term, snapshot)
    const name = nameOf(snapshot)
    this.#arrived.set(name, snapshot)
    files.read(snapshot, 0, Math.min(longestTable, snapshot.size), (failure, bytes) => {
      if (this.#stopped || this.#arrived.get(name) !== snapshot) return
      if (failure !== null) return this.#foundDamaged(snapshot, failure)
      try {
        refuseNewer(readTable(bytes!).sections, sections)
      } catch (cause) {
        return files.remove(snapshot, () => failed(cause))
      }
      this.#deliver(from, term, snapshot)
    })
  }

  #deliver(from: NodeId, term: InstallSnapshot['term'], snapshot: StoredSnapshot): void {
    this.#arrived.set(nameOf(snapshot), snapshot)
    this.#init.listener.received?.(from, snapshot)
    this.#init.step({ type: 'receive', from, message: { type: 'snapshot', term, snapshot: snapshot.meta } })
  }
}

/** A store may make a new object for each look at it. */
const nameOf = ({ meta, digest }: StoredSnapshot): string => `${meta.index} ${meta.term} ${digest}`

const notTaken = (cause: Error): Error =>
  new SnapshotFailedError(`the snapshot could not be taken, and nothing is lost: ${cause.message}`, { cause })
