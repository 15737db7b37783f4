// One replica: the core with its driver, proposals and leaderships. It works with callbacks only, so that the
// simulator controls the order of events. `RunningMember` offers it with promises.
import type { Entry, Envelope, Millis, NodeId, Raft } from '@oarlock/core'
import { AppliedCore } from './applied-core.ts'
import { Applier } from './applying/index.ts'
import { linksOf } from './callbacks/index.ts'
import { Driver, type DriverListener } from './driver/index.ts'
import { RemovedError, TransportError } from './errors.ts'
import { FlowControl } from './flow/index.ts'
import { type MemberIdentity, PeerIdentities, type Refusal } from './identity/index.ts'
import { Latest, type LeaderInfo, LeadershipTracker, sameLeader } from './leadership/index.ts'
import {
  type ClusterMembers,
  CoreOfNewcomer,
  foundersTable,
  KnownMembers,
  membersSection,
  Removal,
} from './membership/index.ts'
import { ElectionMeter, RoundTrips, WriteMeter } from './meters/index.ts'
import type { Clock, Got, PeerEnvelope, StoredSnapshot, Transport } from './ports/index.ts'
import {
  type Completion,
  LeaderTime,
  Proposals,
  sessionCommand,
  sessionOpening,
  storeCommand,
} from './proposals/index.ts'
import { ReachablePeers } from './reachable-peers.ts'
import { type Consistency, type ReadCompletion, Reads } from './reads/index.ts'
import type { ReplicaInit, ReplicaListener } from './replica-init.ts'
import { ReplicaReceiver } from './replica-receiver.ts'
import {
  encodeNumber,
  encodeSessionCommand,
  NoSessionError,
  ReplicaSession,
  type SessionCommandKind,
  type SessionOutcome,
  type SessionPlace,
  SessionTable,
  sessionsSection,
} from './sessions/index.ts'
import { type SnapshotSetting, Snapshotter } from './snapshots/index.ts'

/** Without state a member cannot lead yet: the others should stand first, and hand it nothing over. */
const ofNoPriority = ({ message, ...rest }: Envelope): Envelope => ({
  ...rest,
  message: message.type === 'heartbeatResponse' ? { ...message, priority: 0 } : message,
})

export class Replica<Result> {
  readonly raft: Raft
  readonly driver: Driver
  readonly proposals: Proposals<unknown>
  readonly reads: Reads
  readonly tracker: LeadershipTracker
  readonly identities: PeerIdentities
  readonly removal: Removal
  readonly reachable: ReachablePeers = new ReachablePeers()
  readonly leaders: Latest<LeaderInfo | null> = new Latest<LeaderInfo | null>(null, sameLeader)
  readonly snapshotter: Snapshotter | null
  readonly leaderTime: LeaderTime
  readonly elections: ElectionMeter
  readonly writes: WriteMeter
  readonly roundTrips: RoundTrips = new RoundTrips()
  readonly #sessions: SessionTable = new SessionTable()
  readonly #leadershipMayHaveChanged: () => void
  readonly #isWitness: boolean
  readonly #applier: Applier<Result>
  readonly #clock: Clock
  readonly #flow: FlowControl
  readonly #listener: ReplicaListener
  readonly #members: KnownMembers
  readonly #id: NodeId
  /** It has stopped. */
  #isOver = false
  readonly #transport: Pick<Transport, 'send'>

  constructor(init: ReplicaInit<Result>) {
    const { id, raft, log, transport, clock, eventLoop, listener, identity, newController } = init
    this.#leadershipMayHaveChanged = init.leadershipMayHaveChanged ?? (() => {})
    this.raft = raft
    this.#listener = listener
    this.#id = id
    this.#transport = transport
    this.#clock = clock
    this.#flow = new FlowControl(raft, init.flow)
    this.elections = new ElectionMeter(raft, (reason, term) => listener.electionBegan?.(reason, term))
    this.writes = new WriteMeter(log, clock)
    const { electionTimeout } = init
    const removal = {
      id,
      clock,
      electionTimeout,
      over: () => this.#fail(new RemovedError(`'${id}' was removed from the cluster, and has stopped`)),
    }
    this.removal = new Removal(removal, init.members)
    this.#members = this.#newMembers(init)
    this.identities = new PeerIdentities({
      ...identity,
      membership: () => this.#members.shown,
      founded: (founders) => {
        if (identity.isNewcomer === true) this.#members.learnFounders(founders)
        listener.founded()
        this.driver.start()
      },
      judged: (peer, refusal) => this.#judged(peer, refusal),
      failed: (cause) => this.#fail(cause),
    })
    this.driver = new Driver({
      raft: new CoreOfNewcomer(raft, () => this.identities.votesFrom),
      id,
      log: this.writes,
      transport: { send: (envelopes) => this.#send(transport, envelopes) },
      clock,
      eventLoop,
      listener: this.#driverListener(),
    })
    this.#isWitness = identity.own.kind === 'witness'
    const core = new AppliedCore(raft, () => this.#hasState)
    this.leaderTime = new LeaderTime(core, clock)
    this.proposals = new Proposals({
      core: raft,
      clock,
      origin: init.origin,
      firstRequest: init.firstRequest,
      timeout: init.timeout,
      sweepInterval: init.sweepInterval,
      retryInterval: identity.own.electionTimeout,
      maxRequestBytes: init.maxRequestBytes,
      isAway: (leader) => isAway(transport, leader),
      leaderTime: () => this.#timeToWrite(),
      wake: () => this.driver.schedule(),
    })
    this.reads = new Reads({
      core: raft,
      clock,
      applied: () => (this.#hasState ? raft.applied : null),
      firstRequest: init.firstRequest,
      timeout: init.readTimeout,
      sweepInterval: init.sweepInterval,
      retryInterval: identity.own.electionTimeout,
      wake: () => this.driver.schedule(),
    })
    this.#applier = new Applier({
      applyCommand: init.applyCommand,
      encodeResult: init.encodeResult,
      proposals: this.proposals,
      leaderTime: this.leaderTime,
      sessions: this.#sessions,
      store: this.#isWitness ? null : (init.store ?? null),
    })
    this.snapshotter = init.snapshots === undefined ? null : this.#newSnapshotter(init.snapshots, init)
    this.receiver = new ReplicaReceiver({
      raft,
      clock,
      driver: this.driver,
      identities: this.identities,
      removal: this.removal,
      reachable: this.reachable,
      flow: this.#flow,
      roundTrips: this.roundTrips,
      proposals: this.proposals,
      snapshotter: this.snapshotter,
      timeToWrite: () => this.#timeToWrite(),
      listener,
    })
    this.tracker = new LeadershipTracker({
      core,
      clock,
      leaseEnded: () => this.driver.leaseEnded(),
      onBegin: (leadership) => listener.leadershipBegan(leadership),
      onEnd: (leadership) => listener.leadershipEnded(leadership),
      ...(newController === undefined ? {} : { newController }),
    })
  }

  get members(): ClusterMembers {
    return this.#members.cluster
  }

  #newMembers(init: ReplicaInit<Result>): KnownMembers {
    const { id, raft, clock, members, electionTimeout, timeout, listener } = init
    return new KnownMembers({
      id,
      core: raft,
      clock,
      table: members,
      beginning: init.membersAtBeginning ?? members,
      electionTimeout,
      requestTimeout: timeout,
      firstRequest: init.firstRequest,
      isReachable: (peer) => this.reachable.has(peer),
      lacksState: (peer) => this.snapshotter?.peerLacksState(peer) ?? false,
      addressOf: init.addressOf ?? (() => null),
      admission: init.admission ?? 'open',
      identities: () => this.identities,
      incarnationOf: (peer) => this.identities.incarnationOf(peer),
      learnFounders: (founders) => init.learnFounders?.(founders),
      wake: () => this.driver.schedule(),
      changed: (table) => {
        this.removal.tableChanged(table)
        listener.membersChanged?.(table)
      },
      peersChanged: (peers) => {
        this.roundTrips.keep(peers)
        listener.peersChanged(peers)
      },
    })
  }

  #judged(peer: MemberIdentity, refusal: Refusal | null): void {
    const mayBeTakenIn = this.#members.judged(peer, refusal)
    this.#listener.judged(peer, refusal)
    if (refusal === null) this.#members.learnTable(peer)
    if (mayBeTakenIn) this.driver.schedule()
  }

  /** A transport of the application may throw, also where no turn of the driver catches it. */
  #send(transport: Pick<Transport, 'send'>, envelopes: readonly Envelope[]): void {
    this.#leadershipMayHaveChanged()
    if (this.raft.role === 'leader') this.#flow.sending(envelopes, this.#clock.now())
    const { snapshotter } = this
    if (snapshotter === null) return this.#post(transport, envelopes)
    const own = envelopes.filter(({ message }) => message.type !== 'snapshot')
    if (own.length > 0) this.#post(transport, snapshotter.lacksState === null ? own : own.map(ofNoPriority))
    for (const { to, message } of envelopes) if (message.type === 'snapshot') snapshotter.send(to, message)
  }

  #post(transport: Pick<Transport, 'send'>, envelopes: readonly PeerEnvelope[]): void {
    try {
      transport.send(envelopes)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      this.#fail(new TransportError(`the transport threw in send, which it must not: ${why}`, { cause }))
    }
  }

  #newSnapshotter(
    setting: SnapshotSetting,
    { id, transport, eventLoop, members, store }: ReplicaInit<Result>,
  ): Snapshotter {
    return new Snapshotter({
      ...setting,
      sections: [
        membersSection(this.members, () => (members.members.size > 0 ? members : this.#members.beginning)),
        ...(this.#isWitness ? [] : [sessionsSection(this.#sessions, this.leaderTime)]),
        ...(this.#isWitness || store === undefined ? [] : [store.section]),
        ...setting.sections,
      ],
      raft: this.raft,
      clock: this.#clock,
      eventLoop,
      post: (to, message) => this.#post(transport, [{ from: id, to, message }]),
      step: (event) => this.driver.step(event),
      apply: (entry) => this.#apply(entry),
      beginning: () => this.#members.begin(),
      overtaken: (by) => this.proposals.installed(by),
      hold: (isHeld) => {
        this.driver.holdsApplying = isHeld
        if (!isHeld) this.driver.schedule()
      },
      wake: () => this.driver.schedule(),
      failed: (cause) => this.#fail(cause),
    })
  }

  /** The state machine has what the core takes for applied. */
  get #hasState(): boolean {
    return this.snapshotter?.isRestoring !== true
  }

  #apply(entry: Entry): void {
    this.#applier.apply(entry)
    this.members.applied(entry)
    this.snapshotter?.applied(entry)
  }

  #fail(cause: unknown): void {
    this.#isOver = true
    this.driver.stop()
    this.snapshotter?.stop()
    this.#listener.failed(cause)
  }

  /** The transport delivers here. */
  readonly receiver: ReplicaReceiver

  /** A witness has no state, and so does not know where the time goes on. */
  #timeToWrite(): Millis {
    return this.#isWitness ? 0 : this.leaderTime.now()
  }

  /** A snapshot of everything that is applied now. Null: this replica takes none. */
  snapshot(got: Got<StoredSnapshot>): void {
    this.snapshotter?.take(got)
    this.driver.schedule()
  }

  /** Takes part from now on, or as soon as the cluster is founded. */
  start(): void {
    this.snapshotter?.start()
    this.identities.begin()
  }

  /**
   * Submits a command when a leader is known, at the end of this turn at the earliest. Completes when the
   * command has been applied here, or has failed.
   */
  propose(command: Uint8Array, signal: AbortSignal | undefined, completion: Completion<Result>): void {
    this.proposals.add(command, signal, completion)
  }

  /** As `propose`, for a command that is applied once in its session. */
  proposeInSession(
    place: SessionPlace,
    command: Uint8Array,
    signal: AbortSignal | undefined,
    completion: Completion<SessionOutcome>,
    kind: SessionCommandKind = sessionCommand,
  ): void {
    const bytes = encodeSessionCommand(place, command)
    this.proposals.add(bytes, signal, completion as Completion<unknown>, kind)
  }

  /** As `propose`, for the store. */
  proposeToStore(command: Uint8Array, completion: Completion<Uint8Array>): void {
    this.proposals.add(command, undefined, completion as Completion<unknown>, storeCommand)
  }

  /** To the store of a peer. It may be lost, and is once this replica has stopped. */
  sendToStore(to: NodeId, bytes: Uint8Array): void {
    if (this.#isOver) return
    this.#post(this.#transport, [{ from: this.#id, to, message: { type: 'store', bytes } }])
  }

  /**
   * Opens a session, which expires when it was not used for `timeout` ms of leader time. The attempts that
   * have no answer may open others, which expire.
   */
  openSession(
    timeout: Millis,
    signal: AbortSignal | undefined,
    completion: Completion<ReplicaSession>,
  ): void {
    const { proposals } = this
    proposals.add(
      encodeNumber(Math.ceil(timeout)),
      signal,
      {
        resolve: (id) => {
          if (id !== null) return completion.resolve(new ReplicaSession(id as number, proposals))
          const message =
            'the cluster has as many sessions as it can hold: close some, or let them expire sooner'
          completion.reject(new NoSessionError(message))
        },
        reject: (error) => completion.reject(error),
      },
      sessionOpening,
    )
  }

  /**
   * Calls `serve` when the state machine may be queried with this consistency, at the end of this turn at the
   * earliest.
   */
  read(consistency: Consistency, signal: AbortSignal | undefined, completion: ReadCompletion): void {
    this.reads.add(consistency, signal, completion)
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** The bytes of entries in flight to a peer, while this member leads. */
  inFlight(peer: NodeId): number {
    return this.#flow.inFlight(peer)
  }

  /** Stops at once. Pending proposals and reads fail with MemberClosedError. */
  stop(message: string, cause?: unknown): void {
    this.#isOver = true
    this.identities.stop()
    this.removal.stop()
    this.members.requests.stop()
    this.driver.stop()
    this.snapshotter?.stop()
    this.proposals.failAll(message, cause)
    this.reads.failAll(message, cause)
  }

  #driverListener(): DriverListener {
    const listener = this.#listener
    const submit = () => {
      this.proposals.submit()
      this.reads.submit()
    }
    return {
      turnEnding: submit,
      role: (change) => {
        const { leader, term } = change
        this.elections.roleChanged(change)
        listener.role(change)
        this.#flow.roleChanged()
        this.snapshotter?.roleChanged()
        this.leaders.set(leader === null ? null : { id: leader, fence: term })
        if (leader === null) return
        this.removal.heardLeader()
        this.proposals.leaderChanged()
        this.members.requests.leaderKnown()
      },
      outcome: (outcome) => {
        this.proposals.outcome(outcome)
        listener.outcome(outcome)
      },
      read: (outcome) => {
        this.reads.outcome(outcome)
        listener.read(outcome)
      },
      apply: (entry) => {
        // It is in the log, and is replayed after the snapshot that this member waits for. But it takes part,
        // and so must know who the members are.
        if (this.snapshotter?.lacksState) this.members.passedOver(entry)
        else this.#apply(entry)
      },
      install: (snapshot) => {
        this.proposals.installed(snapshot)
        this.snapshotter?.install(snapshot)
        // Its snapshots have no content.
        if (this.#isWitness) this.members.installed(foundersTable(snapshot.configuration))
        listener.install(snapshot)
      },
      idle: () => {
        if (this.raft.role === 'preCandidate') this.elections.look()
        this.tracker.follow()
        this.#leadershipMayHaveChanged()
        this.leaderTime.follow()
        this.snapshotter?.consider()
        this.reads.serve()
        if (this.#hasState) {
          this.members.look()
          listener.turnEnded?.()
        }
        // A leader may have become known in this turn.
        submit()
      },
      failed: (cause) => {
        this.#isOver = true
        this.snapshotter?.stop()
        listener.failed(cause)
      },
    }
  }
}

/** There is no connection to the peer, as far as the transport says. */
const isAway = (transport: Pick<Transport, 'links'>, peer: NodeId): boolean => {
  const link = linksOf(transport).get(peer)
  return link !== undefined && link.state !== 'connected'
}
