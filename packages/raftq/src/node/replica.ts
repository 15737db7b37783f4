// One node's part in one cluster: a core, the driver that runs it, and the state that they keep.
import {
  defaultConfig,
  type Envelope,
  type Event,
  index,
  type MembershipChange,
  type Message,
  type NodeId,
  type ProposalOutcome,
  Raft,
  type RaftView,
  type SnapshotMeta,
  staticVoters,
} from '@oarlock/core'
import { Driver, type LogWriter } from '@oarlock/runtime'
import type { Json } from '../json/index.ts'
import type { LogState } from './document.ts'
import type { DocumentStore } from './document-store.ts'
import type { Identity } from './identity.ts'
import type { CompleteOptions } from './options.ts'
import { PersistentState } from './persistent-state.ts'
import { clockOf, eventLoopOf } from './platform-ports.ts'
import type { ValueMachine } from './value-machine.ts'

/** Names the proposals of membership changes, whose outcome the autopilot sees in the configuration. */
const reconfigureRequest = 0

export interface ReplicaListener {
  send(replica: Replica, envelopes: readonly Envelope[]): void
  outcome(outcome: ProposalOutcome): void
  /** A turn of the driver is over. The role, the leader, the membership and the value may have changed. */
  turnEnded(): void
  /** It is not safe to go on. The replica has stopped. */
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
  readonly #state: PersistentState
  readonly #raft: Raft
  readonly #driver: Driver
  #stopped = false

  constructor({ identity, log, options, store, listener }: ReplicaInit) {
    this.identity = identity
    this.#options = options
    this.#state = new PersistentState(log)
    const { platform } = options
    this.#raft = this.#newRaft(log)
    this.#driver = new Driver({
      raft: this.#raft,
      id: identity.self,
      log: this.#logWriter(store),
      transport: { send: (envelopes) => listener.send(this, envelopes) },
      clock: clockOf(platform),
      eventLoop: eventLoopOf(platform),
      listener: {
        outcome: (outcome) => {
          if (outcome.request !== reconfigureRequest) listener.outcome(outcome)
        },
        apply: (entry) => this.#state.apply(entry),
        install: (snapshot) => this.#state.install(snapshot),
        idle: () => listener.turnEnded(),
        failed: (cause) => {
          this.#stopped = true
          listener.failed(cause)
        },
      },
    })
    this.#driver.start()
  }

  #newRaft(log: LogState): Raft {
    const { heartbeat, minimumElectionTime: minimum, maximumElectionTime: maximum, platform } = this.#options
    const { self, cluster } = this.identity
    return new Raft({
      config: {
        ...defaultConfig,
        id: self,
        electionTimeout: minimum,
        electionSpread: (maximum - minimum) / minimum,
        // A lease is shorter than an election timeout, and one late answer must not cost the leadership.
        heartbeatInterval: Math.min(heartbeat, minimum / 4),
      },
      restored: {
        hardState: log.hardState,
        configuration: log.snapshot?.configuration ?? staticVoters(cluster.founders),
        applied: log.snapshot?.index ?? index(0),
      },
      log: this.#state.log,
      random: () => platform.random(),
      now: platform.now(),
    })
  }

  /** The store writes the whole state each time, so a batch is durable with the next document. */
  #logWriter(store: DocumentStore): LogWriter {
    return {
      write: (batch, done) => {
        for (const persist of batch) this.#state.write(persist)
        store.request(() => done(null))
      },
    }
  }

  get machine(): ValueMachine {
    return this.#state.machine
  }

  view(): RaftView {
    return this.#raft.inspect(this.#options.platform.now())
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

  /**
   * `leader`: no other replica leads now, and this one holds everything that was committed before.
   * `candidate`: it stands for election, or has won and does not hold all of that yet.
   */
  get role(): 'leader' | 'candidate' | 'follower' {
    const { role, leaseDeadline, applied, termStart } = this.#raft
    if (this.#stopped || role === 'follower') return 'follower'
    if (role !== 'leader' || applied < termStart) return 'candidate'
    return this.#options.platform.now() < leaseDeadline ? 'leader' : 'follower'
  }

  get leads(): boolean {
    return this.role === 'leader'
  }

  get transferring(): boolean {
    return this.view().transferTarget !== null
  }

  /** This replica has neither voted nor acknowledged anything, so no other member has counted it yet. */
  get pristine(): boolean {
    return this.#raft.term === 0 && this.#state.log.lastIndex === 0
  }

  /** `state` belongs to a snapshot. Throws DamagedError, and accepts nothing, if it is damaged. */
  receive(from: NodeId, messages: readonly Message[], state: Json | undefined): void {
    for (const message of messages)
      if (message.type === 'snapshot') this.#state.receiveSnapshot(message.snapshot, state)
    this.#driver.receive(from, messages)
  }

  /** Hands an event to the core. */
  step(event: Event): void {
    this.#driver.step(event)
  }

  propose(request: number | null, data: Uint8Array): void {
    this.step({ type: 'propose', request, entries: [{ type: 'normal', data }] })
  }

  reconfigure(change: MembershipChange): void {
    const { configurationIndex: expected } = this.view()
    this.step({ type: 'reconfigure', request: reconfigureRequest, change, expected })
  }

  /** The state to send with a snapshot. */
  stateOf(snapshot: SnapshotMeta): Json {
    return this.#state.stateOf(snapshot)
  }

  /** The state that must survive a crash. Cuts the log first, so that it does not grow. */
  logState(): LogState {
    this.#state.compact(this.#raft.compactableIndex, () => this.view().configuration)
    return this.#state.logState()
  }

  /** From here on no effect is carried out and no timer fires. */
  stop(): void {
    this.#stopped = true
    this.#driver.stop()
  }
}
