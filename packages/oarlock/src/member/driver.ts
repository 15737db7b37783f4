// The loop around the core (ARCHITECTURE.md, "One turn of a member"): everything that came in during one turn of the event
// loop is stepped first, then the effects are taken, once. So a turn makes one write to the log and one frame a peer,
// however many proposals it served.
import {
  type Effects,
  type Entry,
  type Envelope,
  InvariantError,
  type Message,
  type Millis,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  type Raft,
  type RoleChange,
} from '@oarlock/core'
import { LogWriteError, OarlockError } from '../errors.ts'
import { CommitNotices } from './commit-notices.ts'
import type { Clock, LogStore, Transport, TransportReceiver } from './ports.ts'
import { Reachable } from './reachable.ts'

/** How long entries are applied before the sockets get their turn again, in ms. */
const applySlice = 10

/** What the loop calls out to. Any exception stops the member. */
export interface DriverListener {
  /** A turn's effects are about to be taken: what waits for it is stepped now. */
  turn(): void
  role(change: RoleChange): void
  outcome(outcome: ProposalOutcome): void
  apply(entry: Entry): void
  /** The core is at rest: leaderships may begin and end. May step the core. */
  settled(): void
  /** The core, the log store or the state machine failed: nothing it would do next can be trusted. The loop has stopped. */
  failed(cause: unknown): void
}

export interface DriverInit {
  readonly raft: Raft
  readonly id: NodeId
  readonly store: LogStore
  readonly transport: Transport
  readonly clock: Clock
  readonly listener: DriverListener
}

const logFailure = (cause: unknown): Error =>
  cause instanceof OarlockError || cause instanceof InvariantError
    ? cause
    : new LogWriteError('the log store failed', { cause })

export class Driver implements TransportReceiver {
  readonly reachable: Reachable = new Reachable()
  readonly #raft: Raft
  readonly #id: NodeId
  readonly #store: LogStore
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #listener: DriverListener

  #scheduled = false
  #stopped = false

  /** Writes that wait for the one under way. */
  #toWrite: Persist[] = []
  #writing = false
  /** A commit index that is not written yet: see #passOver. */
  #passedOver: Persist | null = null

  readonly #notices: CommitNotices = new CommitNotices()

  #toApply: readonly Entry[] = []
  #nextToApply = 0
  /** When this turn's slice is over; null before it has begun. */
  #applyUntil: Millis | null = null

  #cancelTimer: (() => void) | null = null
  #timerAt: Millis = Number.POSITIVE_INFINITY
  #tickDue = false

  constructor({ raft, id, store, transport, clock, listener }: DriverInit) {
    this.#raft = raft
    this.#id = id
    this.#store = store
    this.#transport = transport
    this.#clock = clock
    this.#listener = listener
  }

  /** Ends the turn when everything that is ready has come in. Cheap to call again. */
  schedule(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#scheduled = false
    this.#flush()
    this.#send(this.#notices.endTurn())
    if (this.#notices.any) this.schedule()
  }

  receive(from: NodeId, messages: readonly Message[]): void {
    if (this.#stopped) return
    this.reachable.heard(from)
    try {
      const now = this.#clock.now()
      for (const message of messages) this.#raft.step({ type: 'receive', from, message }, now)
      this.schedule()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  unreachable(peer: NodeId): void {
    if (this.#stopped) return
    this.reachable.lost(peer)
    try {
      this.#raft.step({ type: 'peerUnreachable', id: peer }, this.#clock.now())
      this.schedule()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  transfer(to: NodeId | null): void {
    this.#raft.step({ type: 'transfer', to }, this.#clock.now())
    this.schedule()
  }

  /** Somebody saw that the lease ran out before the timer fired: the core steps down now, so that it cannot come back. */
  leaseRanOut(): void {
    if (this.#stopped || this.#raft.role !== 'leader') return
    this.#raft.step({ type: 'tick' }, this.#clock.now())
    this.schedule()
  }

  /** No effect is carried out any more, and no timer fires. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#toWrite = []
    this.#toApply = []
  }

  #fail(cause: unknown): void {
    if (this.#stopped) return
    this.stop()
    this.#listener.failed(cause)
  }

  #flush(): void {
    if (this.#stopped) return
    this.#applyUntil = null
    try {
      this.#listener.turn()
      do {
        while (this.#raft.hasEffects && !this.#stopped) this.#carryOut(this.#raft.take())
        this.#write()
        this.#applySome()
        if (!this.#raft.hasEffects) this.#listener.settled()
      } while (this.#raft.hasEffects && !this.#stopped)
      this.#armTimer()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #send(envelopes: readonly Envelope[]): void {
    if (envelopes.length > 0 && !this.#stopped) this.#transport.send(envelopes)
  }

  #carryOut({ send, persist, role, proposals, apply }: Effects): void {
    if (send.length > 0) this.#send(this.#notices.holdBack(send))
    if (persist !== null) this.#toWrite.push(persist)
    this.#write()
    if (role !== null) this.#listener.role(role)
    for (const outcome of proposals) this.#listener.outcome(outcome)
    if (apply.length > 0) this.#toApply = this.#toApply.length === 0 ? apply : this.#toApply.concat(apply)
  }

  // Writing: one at a time; what gathers meanwhile goes out as one.

  #write(): void {
    if (this.#writing || this.#toWrite.length === 0) return
    const gathered = this.#toWrite
    this.#toWrite = []
    if (!gathered.some(({ mustSync }) => mustSync)) {
      this.#passOver(gathered)
      return
    }
    const batch = this.#passedOver === null ? gathered : [this.#passedOver, ...gathered]
    this.#passedOver = null
    this.#writing = true
    this.#store.write(batch).then(
      () => {
        this.#writing = false
        if (this.#stopped) return
        if (this.#settle(gathered)) this.#flush()
      },
      (cause: unknown) => this.#fail(logFailure(cause)),
    )
  }

  /**
   * Writes that need no fsync, with nothing before them that does: only the commit index moved, which is not needed to be
   * safe, only to restart sooner. It goes along with the next write, and what it unlocks may leave now.
   */
  #passOver(batch: readonly Persist[]): void {
    const { write } = batch.at(-1)!
    const hardState =
      batch.findLast((persist) => persist.hardState !== null)?.hardState ?? this.#passedOver?.hardState
    if (hardState != null)
      this.#passedOver = { write, hardState, entries: [], snapshot: null, mustSync: false, thenSend: [] }
    this.#settle(batch)
  }

  /** What was written is durable: sends what it unlocks, and confirms it. False: that failed, and the member stops. */
  #settle(batch: readonly Persist[]): boolean {
    try {
      const now = this.#clock.now()
      const toSelf: Envelope[] = []
      const toPeers: Envelope[] = []
      for (const { thenSend } of batch)
        for (const envelope of thenSend) (envelope.to === this.#id ? toSelf : toPeers).push(envelope)
      if (toPeers.length > 0) this.#transport.send(toPeers)
      for (const { message } of toSelf) this.#raft.step({ type: 'receive', from: this.#id, message }, now)
      for (const { write } of batch) this.#raft.step({ type: 'persisted', write }, now)
      return true
    } catch (cause) {
      this.#fail(cause)
      return false
    }
  }

  // Applying: a slice a turn, so that a long replay starves nobody.

  #applySome(): void {
    const entries = this.#toApply
    if (entries.length === 0) return
    const now = this.#clock.now()
    this.#applyUntil ??= now + applySlice
    const first = this.#nextToApply
    let next = first
    while (next < entries.length && (next % 16 !== 0 || this.#clock.now() < this.#applyUntil))
      this.#listener.apply(entries[next++]!)
    if (this.#stopped) return
    const done = next === entries.length
    this.#nextToApply = done ? 0 : next
    if (done) this.#toApply = []
    else this.schedule()
    if (next > first) this.#raft.step({ type: 'applied', index: entries[next - 1]!.index }, now)
  }

  // Time: one timer, at the core's next deadline.

  #armTimer(): void {
    if (this.#stopped || this.#tickDue) return
    const deadline = this.#raft.nextDeadline()
    // A timer that fires too early looks again: cheaper than a new one for every message.
    if (this.#cancelTimer !== null && this.#timerAt <= deadline) return
    this.#cancelTimer?.()
    this.#timerAt = deadline
    this.#cancelTimer = deadline === Number.POSITIVE_INFINITY ? null : this.#clock.at(deadline, this.#onTimer)
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = null
    this.#tickDue = true
    // A late timer is not a dead leader: what lies in the sockets comes first.
    setImmediate(this.#tick)
  }

  readonly #tick = (): void => {
    this.#tickDue = false
    if (this.#stopped) return
    try {
      const now = this.#clock.now()
      if (now >= this.#raft.nextDeadline()) this.#raft.step({ type: 'tick' }, now)
    } catch (cause) {
      return this.#fail(cause)
    }
    this.#flush()
  }
}
