// The loop around the core (ARCHITECTURE.md, "One turn of a member"). The core first steps everything that
// arrives in one turn of the event loop. Then its effects are carried out together. So many proposals share
// one write to the log, and one frame per peer.
import {
  type Effects,
  type Entry,
  type Envelope,
  type Event,
  isConfiguration,
  type Message,
  type Millis,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  type Raft,
  type ReadOutcome,
  type RoleChange,
  type SnapshotMeta,
} from '@oarlock/core'
import type { Clock, EventLoop, LogWriter } from '../ports/index.ts'
import { CommitNotices } from './commit-notices.ts'

/** How long one turn applies entries before input is handled again, in ms. */
const applySlice = 10

/** The driver calls this. Any exception stops the replica. */
export interface DriverListener {
  /** Before the effects of a turn are taken: step waiting proposals now. */
  turnEnding?(): void
  role?(change: RoleChange): void
  outcome(outcome: ProposalOutcome): void
  read?(outcome: ReadOutcome): void
  apply(entry: Entry): void
  /** This snapshot is durable: it replaces the state machine's state, and the entries up to its index. */
  install(snapshot: SnapshotMeta): void
  /** The core has no effects left: leaderships may begin and end. This may step the core again. */
  idle(): void
  /** The core, the log store or the state machine failed, so the loop has stopped. */
  failed(cause: unknown): void
}

/** Where the driver sends the messages of the core. */
export interface EnvelopeSender {
  send(envelopes: readonly Envelope[]): void
}

/** The part of the core that the driver uses. */
export type DriverCore = Pick<Raft, 'role' | 'hasEffects' | 'take' | 'step' | 'nextDeadline'>

export interface DriverInit {
  readonly raft: DriverCore
  readonly id: NodeId
  readonly log: LogWriter
  readonly transport: EnvelopeSender
  readonly clock: Clock
  readonly eventLoop: EventLoop
  readonly listener: DriverListener
}

export class Driver {
  readonly #init: DriverInit

  #started = false
  #scheduled = false
  #stopped = false

  /** Writes that wait for the one under way. */
  #toWrite: Persist[] = []
  #writing = false
  /** A commit index that is not written yet: see #deferWrite. */
  #deferred: Persist | null = null

  readonly #notices: CommitNotices = new CommitNotices()

  /** Nothing is applied meanwhile: a snapshot is being restored. */
  holdsApplying = false
  #toApply: readonly Entry[] = []
  #nextToApply = 0
  /** When this turn stops applying; null before it has begun. */
  #applyUntil: Millis | null = null

  #cancelTimer: (() => void) | null = null
  #timerAt: Millis = Number.POSITIVE_INFINITY
  #tickDue = false

  constructor(init: DriverInit) {
    this.#init = init
  }

  /** Takes the first turn, which sets the timer. Before that, input is ignored. */
  start(): void {
    this.#started = true
    this.schedule()
  }

  // Input.

  get #isRunning(): boolean {
    return this.#started && !this.#stopped
  }

  /** Asks for the end of this turn, at which effects are carried out. Cheap to call again. */
  schedule(): void {
    if (this.#scheduled || !this.#isRunning) return
    this.#scheduled = true
    this.#init.eventLoop.endOfTurn(this.#endTurn)
  }

  receive(from: NodeId, messages: readonly Message[]): void {
    if (!this.#isRunning) return
    try {
      const now = this.#init.clock.now()
      for (const message of messages) this.#init.raft.step({ type: 'receive', from, message }, now)
      this.schedule()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  unreachable(peer: NodeId): void {
    this.step({ type: 'peerUnreachable', id: peer })
  }

  /** Hands one event to the core. Its effects are carried out when the turn ends. */
  step(event: Event): void {
    if (!this.#isRunning) return
    try {
      this.#init.raft.step(event, this.#init.clock.now())
      this.schedule()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** A lease ended before the timer fired. The core steps down now, so that the lease cannot come back. */
  leaseEnded(): void {
    if (this.#init.raft.role === 'leader') this.step({ type: 'tick' })
  }

  /** From now on carries out no effect and sets no timer, even if a write under way ends later. */
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
    this.#init.listener.failed(cause)
  }

  // One turn.

  readonly #endTurn = (): void => {
    this.#scheduled = false
    this.#carryOutAll()
    this.#send(this.#notices.endTurn())
    if (this.#notices.any) this.schedule()
  }

  #carryOutAll(): void {
    if (this.#stopped) return
    this.#applyUntil = null
    try {
      this.#init.listener.turnEnding?.()
      do {
        while (this.#init.raft.hasEffects && !this.#stopped) this.#carryOut(this.#init.raft.take())
        this.#write()
        this.#applySome()
        if (!this.#init.raft.hasEffects && !this.#stopped) this.#init.listener.idle()
      } while (this.#init.raft.hasEffects && !this.#stopped)
      this.#armTimer()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #carryOut({ send, persist, role, proposals, reads, apply }: Effects): void {
    if (send.length > 0) {
      this.#send(this.#notices.holdBack(send))
      // If a write ended outside a turn, nothing else would send the notices that are held back.
      if (this.#notices.any) this.schedule()
    }
    const mustSync = apply.some(isConfiguration)
    const write = persist ?? (mustSync ? this.#deferred : null)
    if (write !== null) this.#toWrite.push(mustSync ? { ...write, mustSync } : write)
    this.#write()
    if (this.#stopped) return
    if (role !== null) this.#init.listener.role?.(role)
    for (const outcome of proposals) this.#init.listener.outcome(outcome)
    for (const outcome of reads) this.#init.listener.read?.(outcome)
    if (apply.length > 0) this.#toApply = this.#toApply.length === 0 ? apply : this.#toApply.concat(apply)
  }

  #send(envelopes: readonly Envelope[]): void {
    if (envelopes.length > 0 && !this.#stopped) this.#init.transport.send(envelopes)
  }

  // Writing: one write at a time. The next one takes everything that gathered meanwhile.

  #write(): void {
    if (this.#writing || this.#toWrite.length === 0) return
    const gathered = this.#toWrite
    this.#toWrite = []
    if (!gathered.some(({ mustSync }) => mustSync)) {
      this.#deferWrite(gathered)
      return
    }
    const batch = this.#deferred === null ? gathered : [this.#deferred, ...gathered]
    this.#deferred = null
    this.#writing = true
    this.#init.log.write(batch, (failure) => {
      this.#writing = false
      if (this.#stopped) return
      if (failure !== null) this.#fail(failure)
      else if (this.#confirm(gathered)) this.#carryOutAll()
    })
  }

  /**
   * Defers writes that need no fsync. Only the commit index moved, which safety does not need: it only makes
   * a restart faster. The next write includes it, and the messages that wait for it may be sent now. A commit
   * of a change of the membership is not deferred (#carryOut): a member that forgot the change in a power cut
   * could need voters that were removed and are gone.
   */
  #deferWrite(batch: readonly Persist[]): void {
    const hardState =
      batch.findLast((persist) => persist.hardState !== null)?.hardState ?? this.#deferred?.hardState
    if (hardState != null) this.#deferred = { ...batch.at(-1)!, hardState, thenSend: [] }
    this.#confirm(batch)
  }

  /**
   * The batch is durable: sends the messages that waited for it, and confirms its writes to the core. Returns
   * false if that failed, and the loop has stopped.
   */
  #confirm(batch: readonly Persist[]): boolean {
    try {
      const now = this.#init.clock.now()
      const toPeers: Envelope[] = []
      for (const { thenSend } of batch)
        for (const envelope of thenSend) if (envelope.to !== this.#init.id) toPeers.push(envelope)
      this.#send(toPeers)
      // The log begins with the last snapshot of the batch, and no earlier one can be restored.
      const installs = batch.findLast(({ snapshot }) => snapshot !== null)
      for (const persist of batch) {
        const { thenSend, write } = persist
        if (persist === installs) this.#install(persist.snapshot!)
        for (const { to, message } of thenSend)
          if (to === this.#init.id)
            this.#init.raft.step({ type: 'receive', from: this.#init.id, message }, now)
        this.#init.raft.step({ type: 'persisted', write }, now)
      }
      return true
    } catch (cause) {
      this.#fail(cause)
      return false
    }
  }

  /** Entries that the snapshot contains must not be applied to its state again. */
  #install(snapshot: SnapshotMeta): void {
    this.#toApply = this.#toApply.slice(this.#nextToApply).filter(({ index }) => index > snapshot.index)
    this.#nextToApply = 0
    this.#init.listener.install(snapshot)
  }

  // Applying: a limited time per turn, so that a long replay delays neither input nor timers.

  #applySome(): void {
    const entries = this.#toApply
    if (entries.length === 0 || this.holdsApplying) return
    const now = this.#init.clock.now()
    this.#applyUntil ??= now + applySlice
    const first = this.#nextToApply
    let next = first
    // The clock is read after 1, 3, 7 and 15 entries, and then after every 16: early enough for a slow state
    // machine, and rarely enough for a fast one.
    let stride = 1
    let lookAt = first
    while (next < entries.length && !this.#stopped) {
      if (next === lookAt) {
        if (this.#init.clock.now() >= this.#applyUntil) break
        lookAt += stride
        stride = Math.min(2 * stride, 16)
      }
      this.#init.listener.apply(entries[next++]!)
    }
    if (this.#stopped) return
    const done = next === entries.length
    this.#nextToApply = done ? 0 : next
    if (done) this.#toApply = []
    else this.schedule()
    if (next > first) this.#init.raft.step({ type: 'applied', index: entries[next - 1]!.index }, now)
  }

  // Time: one timer, at the core's next deadline.

  #armTimer(): void {
    if (this.#stopped || this.#tickDue) return
    const deadline = this.#init.raft.nextDeadline()
    // A timer that fires before the deadline is set again: cheaper than a new timer for every message.
    if (this.#cancelTimer !== null && this.#timerAt <= deadline) return
    this.#cancelTimer?.()
    this.#timerAt = deadline
    this.#cancelTimer =
      deadline === Number.POSITIVE_INFINITY ? null : this.#init.clock.at(deadline, this.#onTimer)
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = null
    this.#tickDue = true
    // A late timer does not mean that the leader is dead: waiting messages are handled first.
    this.#init.eventLoop.afterInput(this.#tick)
  }

  readonly #tick = (): void => {
    this.#tickDue = false
    if (this.#stopped) return
    try {
      const now = this.#init.clock.now()
      if (now >= this.#init.raft.nextDeadline()) this.#init.raft.step({ type: 'tick' }, now)
    } catch (cause) {
      return this.#fail(cause)
    }
    this.#carryOutAll()
  }
}
