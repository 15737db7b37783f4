// The snapshots of one replica (paper §7): when they are taken, which are kept, how far the log is cut, how
// they reach a member that is far behind, and how the state machine is restored from them.
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
import { SnapshotDamagedError, SnapshotFailedError } from '../errors.ts'
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
import { isAlone, isRequest, Requesting } from './requesting.ts'
import { Requests } from './requests.ts'
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
  /** A snapshot contains the entries up to this one, some of which were passed over. */
  readonly overtaken: (by: EntryId) => void
  /** Asks for a turn, in which it considers what to do. */
  readonly wake: () => void
  /** It is not safe to go on. */
  readonly failed: (cause: unknown) => void
}

export class Snapshotter {
  readonly #init: SnapshotterInit
  readonly #transfers: Transfers
  readonly #receiving: Receiving
  readonly #requests: Requests
  readonly #since: LogSinceSnapshot
  #restoring: Restoring | null = null
  /** To be restored when the restore under way has let go. */
  #nextRestore: SnapshotMeta | null = null
  /** Present while this member has no state to go on from. */
  #requesting: Requesting | null = null
  #taking: Taking | null = null
  /** Those who wait for it, and those who wait for one that begins from now on. */
  readonly #takingFor: Got<StoredSnapshot>[] = []
  readonly #waiting: Got<StoredSnapshot>[] = []
  #compacting = false
  /**
   * By name: complete, and not in the log yet. A later one may arrive while an earlier one is written there.
   */
  readonly #arrived = new Map<string, StoredSnapshot>()
  /** The last that arrived. The core does not know yet whether its sender leads. */
  #untold: { readonly from: NodeId; readonly message: InstallSnapshot } | null = null
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
      // Without state it takes any that its log goes on from.
      committed: () =>
        this.#requesting === null ? raft.commit : index(Math.max(0, init.log.firstIndex - 2)),
      post,
      arrived: (from, offer, snapshot) => this.#checkFormat(from, offer.term, snapshot),
      resumed: (offer, received) => listener.resumed?.(offer.snapshot, received),
      failed: (offer, cause) => listener.notReceived?.(offer.snapshot, cause),
    })
    this.#requests = new Requests({
      raft,
      clock,
      interval: limits.retryAfter,
      transfers: this.#transfers,
      newest: () => this.newest,
      take: (got) => {
        this.take(got)
        init.wake()
      },
    })
  }

  get #usable(): readonly StoredSnapshot[] {
    const { files, log } = this.#init
    // The log may reach a snapshot that is being removed because it was ahead of the log.
    const isThere = (name: string): boolean => !this.#damaged.has(name) && !this.#removing.has(name)
    return usable(files.stored, log).filter((snapshot) => isThere(nameOf(snapshot)))
  }

  /** While it is, or waits for a snapshot from its peers, nothing is applied, and there are no reads. */
  get isRestoring(): boolean {
    return this.#restoring !== null || this.#requesting !== null
  }

  /** Why it waits for a snapshot from its peers, or null. Meanwhile entries are passed over. */
  get lacksState(): Error | null {
    return this.#requesting?.cause ?? null
  }

  /** Whether this peer has told lately that it has no state, and waits for a snapshot. */
  peerLacksState(peer: NodeId): boolean {
    return this.#requests.isAsking(peer)
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
    this.#requesting?.stop()
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
    this.#requesting?.stop()
    this.#requesting = null
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
        if (failure instanceof SnapshotDamagedError)
          return isAlone(this.#init.raft, log) ? failed(withoutPeers(failure)) : this.#request(failure)
        if (failure !== null && !(failure instanceof SnapshotSuperseded)) return failed(failure)
        this.#last = { index: target, term }
        listener.restored?.(this.#last)
        hold(false)
        this.#tidy()
      },
    )
    this.#restoring.begin(this.#usable.filter(({ meta }) => meta.index <= target))
  }

  /**
   * Until a peer has sent a snapshot, entries are passed over: changes of the membership take effect in the
   * core, and everything stays in the log.
   */
  #request(cause: SnapshotDamagedError): void {
    const { listener, limits, hold } = this.#init
    this.#requesting = new Requesting({ ...this.#init, interval: limits.retryAfter }, cause)
    listener.requesting?.(cause)
    hold(false)
    this.#tidy()
    this.#requesting.begin()
  }

  /**
   * A snapshot may have come that the log goes on from. So the core has nothing to install, and no
   * acknowledged entry after it is cut. The entries that were passed over are replayed after it.
   */
  #restoreRequested(): void {
    const { raft, log, hold, overtaken } = this.#init
    const { newest } = this
    const { applied } = raft
    if (newest === null || newest.meta.index > applied) return
    hold(true)
    // Entries may be passed over before they are durable here.
    if (applied > log.lastIndex) return
    overtaken(newest.meta)
    this.#restore(applied, log.termAt(applied)!)
  }

  #foundDamaged(snapshot: StoredSnapshot, cause: Error): void {
    this.#damaged.add(nameOf(snapshot))
    this.#init.listener.damaged?.(snapshot, cause)
    // It may have been the one to restore from.
    if (this.#requesting !== null) this.#init.hold(false)
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
    if (this.#stopped) return
    this.#tellCore()
    if (this.#restoring !== null) return
    if (this.#requesting !== null) return this.#restoreRequested()
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
    this.#requesting?.roleChanged()
  }

  receive(from: NodeId, message: SnapshotTransferMessage): void {
    if (this.#stopped) return
    if (message.type === 'snapshotOffer') this.#receiving.offered(from, message)
    else if (message.type === 'snapshotChunk') this.#receiving.chunk(from, message)
    else if (isRequest(message)) {
      // The snapshots of a witness have no state in them.
      if (!this.#init.witness) this.#requests.asked(from, message.snapshot)
    } else this.#transfers.progress(from, message)
  }

  /** One of a newer format must not replace anything. */
  #checkFormat(from: NodeId, term: InstallSnapshot['term'], snapshot: StoredSnapshot): void {
    const { files, sections, witness, failed } = this.#init
    // An earlier one of this place is being removed, and this one goes with it: the leader sends it again.
    if (this.#removing.has(nameOf(snapshot))) return
    if (witness) return this.#deliver(from, term, snapshot)
    const name = nameOf(snapshot)
    this.#arrived.set(name, snapshot)
    // It has replaced a damaged one of this name.
    this.#damaged.delete(name)
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
    this.#untold = { from, message: { type: 'snapshot', term, snapshot: snapshot.meta } }
    this.#tellCore()
    this.#init.wake()
  }

  /** A snapshot is for the core if the leader that it knows has sent it. */
  #tellCore(): void {
    if (this.#untold === null) return
    const { raft, step } = this.#init
    const { from, message } = this.#untold
    if (message.term > raft.term || (message.term === raft.term && raft.leader === null)) return
    this.#untold = null
    if (message.term === raft.term && raft.leader === from) step({ type: 'receive', from, message })
  }
}

/** A store may make a new object for each look at it. */
const nameOf = ({ meta, digest }: StoredSnapshot): string => `${meta.index} ${meta.term} ${digest}`

const withoutPeers = (cause: Error): Error =>
  new SnapshotDamagedError(
    `${cause.message}. There is no other voter to send one: check the disk, and see docs/errors.md`,
    { cause },
  )

const notTaken = (cause: Error): Error =>
  new SnapshotFailedError(`the snapshot could not be taken, and nothing is lost: ${cause.message}`, { cause })
