// One node's part in one cluster: a core, and the loop around it. Everything that came in during one turn of
// the event loop is stepped first, then the effects are taken, once (effect.ts of the core says how they are
// carried out).
import {
  type Effects,
  type Envelope,
  index,
  type MembershipChange,
  type Message,
  type NodeId,
  type Persist,
  type ProposalOutcome,
  Raft,
  type RaftView,
  type SnapshotMeta,
  staticVoters,
} from '@oarlock/core'
import type { Json } from '../json/index.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import type { LogState } from './document.ts'
import type { DocumentStore } from './document-store.ts'
import type { Identity } from './identity.ts'
import type { CompleteOptions } from './options.ts'
import { PersistentState } from './persistent-state.ts'
import type { ValueMachine } from './value-machine.ts'

export interface ReplicaListener {
  send(envelopes: readonly Envelope[]): void
  outcome(outcome: ProposalOutcome): void
  /** A turn of the loop is over. The role, the leader, the membership and the value may have changed. */
  turnEnded(): void
  /** The core cannot go on safely. The loop has stopped. */
  failed(cause: unknown): void
}

export interface ReplicaInit {
  readonly identity: Identity
  readonly log: LogState
  readonly options: CompleteOptions
  readonly store: DocumentStore
  readonly listener: ReplicaListener
}

export class Replica {
  readonly identity: Identity
  readonly #options: CompleteOptions
  readonly #store: DocumentStore
  readonly #listener: ReplicaListener
  readonly #replica: PersistentState
  readonly #raft: Raft
  readonly #timer: DeadlineTimer
  #scheduled = false
  #stopped = false

  constructor({ identity, log, options, store, listener }: ReplicaInit) {
    this.identity = identity
    this.#options = options
    this.#store = store
    this.#listener = listener
    this.#replica = new PersistentState(log)
    const { heartbeat, minimumElectionTime: minimum, maximumElectionTime: maximum, platform } = options
    this.#raft = new Raft({
      config: {
        id: identity.self,
        electionTimeout: minimum,
        electionSpread: (maximum - minimum) / minimum,
        // One late answer must not cost the leadership: a lease is shorter than an election timeout.
        heartbeatInterval: Math.min(heartbeat, minimum / 4),
      },
      restored: {
        hardState: log.hardState,
        configuration: log.snapshot?.configuration ?? staticVoters(identity.cluster.founders),
        applied: log.snapshot?.index ?? index(0),
      },
      log: this.#replica.log,
      random: () => platform.random(),
      now: platform.now(),
    })
    this.#timer = new DeadlineTimer(platform, () =>
      this.#step(() => this.#raft.step({ type: 'tick' }, this.#now)),
    )
    this.#schedule()
  }

  get #now(): number {
    return this.#options.platform.now()
  }

  get machine(): ValueMachine {
    return this.#replica.machine
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
    return this.#stopped ? null : this.#raft.leader
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
    return this.#raft.term === 0 && this.#replica.log.lastIndex === 0
  }

  /**
   * Throws DamagedError, and takes nothing in, where a snapshot comes without a state that it could be of.
   */
  receive(from: NodeId, messages: readonly Message[], state: Json | undefined): void {
    for (const message of messages)
      if (message.type === 'snapshot') this.#replica.offered(message.snapshot, state)
    this.#step(() => {
      for (const message of messages) this.#raft.step({ type: 'receive', from, message }, this.#now)
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

  /** Null: to whoever can take over soonest. */
  transfer(to: NodeId | null): void {
    this.#step(() => this.#raft.step({ type: 'transfer', to }, this.#now))
  }

  campaign(): void {
    this.#step(() => this.#raft.step({ type: 'campaign' }, this.#now))
  }

  /** A snapshot to `to` was not answered for so long that it must have been lost. */
  snapshotLost(to: NodeId): void {
    this.#step(() => this.#raft.step({ type: 'snapshotReported', to, failed: true }, this.#now))
  }

  /** See PersistentState. */
  stateOf(snapshot: SnapshotMeta): Json | undefined {
    return this.#replica.stateOf(snapshot)
  }

  /** What must survive a crash. Cuts the log first, so that it does not grow. */
  logState(): LogState {
    const { applied, compactableIndex } = this.#raft
    this.#replica.compact({ applied, compactableIndex, configuration: () => this.view().configuration })
    return this.#replica.logState()
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
    this.#timer.set(this.#raft.nextDeadline())
    this.#listener.turnEnded()
  }

  #carryOut({ send, persist, proposals, apply }: Effects): void {
    if (send.length > 0) this.#listener.send(send)
    if (persist !== null) this.#persist(persist)
    for (const outcome of proposals) if (outcome.request !== 0) this.#listener.outcome(outcome)
    for (const entry of apply) this.machine.apply(entry)
    const last = apply.at(-1)
    if (last !== undefined) this.#raft.step({ type: 'applied', index: last.index }, this.#now)
  }

  /**
   * In memory at once, so that the next document has it; what it unlocks leaves when that document is
   * durable.
   */
  #persist({ write, mustSync, thenSend, ...written }: Persist): void {
    this.#replica.take(written)
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

  /** No effect is carried out any more, and no timer fires. */
  stop(): void {
    this.#stopped = true
    this.#timer.stop()
  }
}
