// One node's part in one cluster: a core, its log in memory, the machine, and the loop around them. Everything that came in during one
// turn of the event loop is stepped first, then the effects are taken, once (effect.ts of the core says how they are carried out).
import {
  type Effects,
  type Envelope,
  index,
  type MembershipChange,
  MemoryLog,
  type Message,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  Raft,
  type RaftView,
  type SnapshotMeta,
  staticVoters,
} from '@oarlock/core'
import type { LogState } from './document.ts'
import type { Identity } from './identity.ts'
import { Machine } from './machine.ts'
import type { CompleteOptions } from './options.ts'
import type { Store } from './store.ts'
import type { Json } from './wire-message.ts'

/** Entries that stay when they are applied: who is a little behind needs no snapshot. */
const keptEntries = 16

export interface MemberListener {
  send(envelopes: readonly Envelope[]): void
  outcome(outcome: ProposalOutcome): void
  /** The turn is over: roles, leaders, the membership and the value may be others. */
  settled(): void
  /** The core cannot go on safely. The loop has stopped. */
  failed(cause: unknown): void
}

export interface MemberInit {
  readonly identity: Identity
  readonly log: LogState
  readonly options: CompleteOptions
  readonly store: Store
  readonly listener: MemberListener
}

export class Member {
  readonly identity: Identity
  readonly machine: Machine = new Machine()
  readonly #options: CompleteOptions
  readonly #store: Store
  readonly #listener: MemberListener
  readonly #log: MemoryLog
  #hardState: LogState['hardState']
  /** The machine's state at the log's snapshot. */
  #state: Json
  /** States that came with a snapshot that is not installed yet. */
  #incoming: { readonly snapshot: SnapshotMeta; readonly state: Json } | null = null
  readonly #raft: Raft
  #scheduled = false
  #stopped = false
  #cancelTimer: (() => void) | null = null
  #timerAt = Number.POSITIVE_INFINITY

  constructor({ identity, log, options, store, listener }: MemberInit) {
    this.identity = identity
    this.#options = options
    this.#store = store
    this.#listener = listener
    this.#hardState = log.hardState
    this.#state = log.state
    this.#log = new MemoryLog(log.snapshot)
    this.#log.append(log.entries)
    if (log.snapshot !== null) this.machine.restore(log.state)
    const { heartbeat, minimumElectionTime: minimum, maximumElectionTime: maximum, platform } = options
    this.#raft = new Raft({
      config: {
        id: identity.self,
        electionTimeout: minimum,
        // One late answer must not cost the leadership: a lease is shorter than an election timeout.
        heartbeatInterval: Math.min(heartbeat, minimum / 4),
      },
      restored: {
        hardState: log.hardState,
        configuration: log.snapshot?.configuration ?? staticVoters(identity.cluster.founders),
        applied: log.snapshot?.index ?? index(0),
      },
      log: this.#log,
      // The core waits from T to 2T by a chance in [0, 1); this one makes it the T to `maximumElectionTime` that was asked for.
      random: () => (platform.random() * (maximum - minimum)) / minimum,
      now: platform.now(),
    })
    this.#schedule()
  }

  get #now(): number {
    return this.#options.platform.now()
  }

  view(): RaftView {
    return this.#raft.inspect(this.#now)
  }

  get term(): number {
    return this.#raft.term
  }

  get applied(): number {
    return this.#raft.applied
  }

  get leader(): NodeId | null {
    return this.#raft.leader
  }

  /** It stands, or has won and does not hold yet what was committed before. */
  get isCandidate(): boolean {
    const { role, applied, termStart } = this.#raft
    return !this.#stopped && role !== 'follower' && (role !== 'leader' || applied < termStart)
  }

  /** It leads, nobody else can, and it holds everything that was committed before. */
  get leads(): boolean {
    const { role, leaseDeadline, applied, termStart } = this.#raft
    return !this.#stopped && role === 'leader' && this.#now < leaseDeadline && applied >= termStart
  }

  get transferring(): boolean {
    return this.view().transferTarget !== null
  }

  /** It has neither voted nor acknowledged anything: nobody has counted it yet. */
  get pristine(): boolean {
    return this.#raft.term === 0 && this.#log.lastIndex === 0
  }

  receive(from: NodeId, messages: readonly Message[], state: Json | undefined): void {
    this.#step(() => {
      for (const message of messages) {
        if (message.type === 'snapshot') {
          new Machine().restore(state) // throws for what is no state
          this.#incoming = { snapshot: message.snapshot, state: state as Json }
        }
        this.#raft.step({ type: 'receive', from, message }, this.#now)
      }
    })
  }

  propose(request: number | null, data: Uint8Array): void {
    this.#step(() =>
      this.#raft.step({ type: 'propose', request, entries: [{ type: 'normal', data }] }, this.#now),
    )
  }

  reconfigure(change: MembershipChange): void {
    const { configurationIndex: expected } = this.view()
    this.#step(() => this.#raft.step({ type: 'reconfigure', request: 0, change, expected }, this.#now))
  }

  transfer(): void {
    this.#step(() => this.#raft.step({ type: 'transfer', to: null }, this.#now))
  }

  campaign(): void {
    this.#step(() => this.#raft.step({ type: 'campaign' }, this.#now))
  }

  /** A snapshot to `to` was not answered for so long that it must have been lost. */
  snapshotLost(to: NodeId): void {
    this.#step(() => this.#raft.step({ type: 'snapshotReported', to, failed: true }, this.#now))
  }

  /** The state to send with a snapshot of the log; undefined: the log has moved on, and it must be offered again. */
  stateOf(snapshot: SnapshotMeta): Json | undefined {
    return snapshot.index === this.#log.snapshot?.index ? this.#state : undefined
  }

  /** What must survive a crash. Cuts the log first, so that it does not grow. */
  logState(): LogState {
    this.#compact()
    const { firstIndex, lastIndex, snapshot } = this.#log
    const entries =
      firstIndex > lastIndex
        ? []
        : this.#log.entries(firstIndex, index(lastIndex + 1), Number.POSITIVE_INFINITY)
    return { hardState: this.#hardState, snapshot, state: this.#state, entries }
  }

  #compact(): void {
    const { applied, compactableIndex } = this.#raft
    // The machine is at `applied`, so that only a snapshot of there can be made.
    if (compactableIndex < applied || applied - this.#log.firstIndex < keptEntries) return
    const term = this.#log.termAt(applied)
    if (term === undefined) return // handed out before it was written here
    this.#log.compact({ index: applied, term, configuration: this.view().configuration })
    this.#state = this.machine.snapshot()
  }

  #step(action: () => void): void {
    if (this.#stopped) return
    try {
      action()
      this.#schedule()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): void {
    if (this.#stopped) return
    this.stop()
    this.#listener.failed(cause)
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    Promise.resolve().then(() => {
      this.#scheduled = false
      this.#endTurn()
    })
  }

  #endTurn(): void {
    if (this.#stopped) return
    try {
      while (this.#raft.hasEffects && !this.#stopped) this.#carryOut(this.#raft.take())
    } catch (cause) {
      this.#fail(cause)
    }
    if (this.#stopped) return
    this.#armTimer()
    this.#listener.settled()
  }

  #carryOut({ send, persist, proposals, apply }: Effects): void {
    if (send.length > 0) this.#listener.send(send)
    if (persist !== null) this.#persist(persist)
    for (const outcome of proposals) if (outcome.request !== 0) this.#listener.outcome(outcome)
    for (const entry of apply) this.machine.apply(entry)
    const last = apply.at(-1)
    if (last !== undefined) this.#raft.step({ type: 'applied', index: last.index }, this.#now)
  }

  /** In memory at once, so that the next document has it; what it unlocks leaves when that document is durable. */
  #persist({ write, hardState, entries, snapshot, mustSync, thenSend }: Persist): void {
    if (hardState !== null) this.#hardState = hardState
    if (snapshot !== null) this.#install(snapshot)
    this.#log.append(entries)
    this.#store.request(mustSync, () => {
      if (this.#stopped) return
      const { self } = this.identity
      this.#listener.send(thenSend.filter(({ to }) => to !== self))
      this.#step(() => {
        for (const { to, message } of thenSend)
          if (to === self) this.#raft.step({ type: 'receive', from: self, message }, this.#now)
        this.#raft.step({ type: 'persisted', write }, this.#now)
      })
    })
  }

  #install(snapshot: SnapshotMeta): void {
    const incoming = this.#incoming
    if (incoming?.snapshot.index !== snapshot.index || incoming.snapshot.term !== snapshot.term)
      throw new Error(`the state of the snapshot at ${snapshot.index} is not here`)
    this.#log.restore(snapshot)
    this.#state = incoming.state
    this.machine.restore(incoming.state)
    this.#incoming = null
  }

  #armTimer(): void {
    const at = this.#raft.nextDeadline()
    if (at === this.#timerAt) return
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#timerAt = at
    if (at === Number.POSITIVE_INFINITY) return
    const { setTimer } = this.#options.platform
    this.#cancelTimer = setTimer(
      () => {
        // What the pipe brought while this thread was busy comes first: a late timer is not a dead leader.
        this.#cancelTimer = setTimer(() => {
          this.#cancelTimer = null
          this.#timerAt = Number.POSITIVE_INFINITY
          this.#step(() => this.#raft.step({ type: 'tick' }, this.#now))
        }, 0)
      },
      // Whole milliseconds: a timer that fires a little early finds nothing to do, again and again.
      Math.max(0, Math.ceil(at - this.#now)),
    )
  }

  /** No effect is carried out any more, and no timer fires. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }
}
