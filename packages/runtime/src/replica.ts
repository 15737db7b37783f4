// One replica: the core with its driver, proposals and leaderships. It works with callbacks only, so that the
// simulator controls the order of events. `RunningMember` offers it with promises.
import {
  type Entry,
  type Envelope,
  type Message,
  type Millis,
  type NodeId,
  type ProposalOutcome,
  type Raft,
  type ReadOutcome,
  type RoleChange,
  type SnapshotMeta,
  staticVoters,
} from '@oarlock/core'
import { Applier, type ApplyCommand, type EncodeResult } from './applying/index.ts'
import { Driver, type DriverListener } from './driver/index.ts'
import { RemovedError, TransportError } from './errors.ts'
import { FlowControl, type FlowLimits } from './flow/index.ts'
import {
  type MemberIdentity,
  PeerIdentities,
  type PeerIdentitiesInit,
  type Refusal,
  type ShownMembership,
} from './identity/index.ts'
import {
  Latest,
  type LeaderInfo,
  type Leadership,
  LeadershipTracker,
  sameLeader,
} from './leadership/index.ts'
import {
  type Admission,
  ClusterMembers,
  CoreOfNewcomer,
  foundersTable,
  membersSection,
  type Peers,
  peersOf,
  Removal,
  shownOf,
  type TableState,
} from './membership/index.ts'
import { ElectionMeter, RoundTrips, WriteMeter } from './meters/index.ts'
import {
  type Clock,
  type EventLoop,
  type Got,
  isTransferMessage,
  type LogWriter,
  type PeerEnvelope,
  type PeerMessage,
  raftMessages,
  type StoredSnapshot,
  type Transport,
  type TransportReceiver,
} from './ports/index.ts'
import {
  type Completion,
  LeaderTime,
  Proposals,
  type ProposalsInit,
  sessionCommand,
  sessionOpening,
  withTime,
} from './proposals/index.ts'
import { ReachablePeers } from './reachable-peers.ts'
import { type Consistency, type ReadCompletion, Reads } from './reads/index.ts'
import {
  encodeNumber,
  encodeSessionCommand,
  NoSessionError,
  ReplicaSession,
  type SessionOutcome,
  type SessionPlace,
  SessionTable,
  sessionsSection,
} from './sessions/index.ts'
import { type SnapshotSetting, Snapshotter } from './snapshots/index.ts'

export interface ReplicaListener {
  role(change: RoleChange): void
  leadershipBegan(leadership: Leadership): void
  leadershipEnded(leadership: Leadership): void
  /** The outcome of any request to the core, not only of this replica's proposals. */
  outcome(outcome: ProposalOutcome): void
  read(outcome: ReadOutcome): void
  /** This snapshot is durable in the log: it is to replace the state machine's state. */
  install(snapshot: SnapshotMeta): void
  /** A peer was refused for what it is, or accepted (null). */
  judged(peer: MemberIdentity, refusal: Refusal | null): void
  /** A peer refuses this member. */
  refused(by: NodeId, refusal: Refusal): void
  /** The cluster is founded, as far as this member knows: from now on it takes part. */
  founded(): void
  /** A seed has answered this member, which joins. */
  discovered?(seed: MemberIdentity, addresses: Readonly<Record<NodeId, string>>): void
  /** Whom this replica is to be connected to, with their addresses if the cluster knows them. */
  peersChanged(peers: Peers): void
  /** A peer offers a snapshot, without which this replica cannot catch up, and it takes none. */
  offeredInVain?(by: NodeId): void
  /** The replica has stopped, because it is not safe to go on, or because it was removed. */
  failed(cause: unknown): void
}

export interface ReplicaIdentity
  extends Pick<
    PeerIdentitiesInit,
    'own' | 'stored' | 'rule' | 'isNewcomer' | 'address' | 'hasTakenPart' | 'write'
  > {}

export interface ReplicaInit<Result>
  extends Pick<ProposalsInit, 'origin' | 'firstRequest' | 'timeout' | 'sweepInterval' | 'maxRequestBytes'> {
  readonly id: NodeId
  readonly raft: Raft
  readonly log: LogWriter
  readonly transport: Pick<Transport, 'send'>
  readonly clock: Clock
  readonly eventLoop: EventLoop
  readonly applyCommand: ApplyCommand<Result>
  /** Encodes a result for the table of sessions. */
  readonly encodeResult: EncodeResult<Result>
  /** How long a read may take before it fails, in ms. */
  readonly readTimeout: Millis
  /** Who this member is, and which peers it knows. */
  readonly identity: ReplicaIdentity
  /** The table of members at the place where applying begins. */
  readonly members: TableState
  /** The table that the log of the cluster begins with. Default: `members`. */
  readonly membersAtBeginning?: TableState
  /** Called before a member that joins takes its first turn: the log begins with the configuration of these. */
  readonly learnFounders?: (founders: readonly NodeId[]) => void
  /** As LeaderFacts.addressOf. Default: no address is known. */
  readonly addressOf?: (id: NodeId) => string | null
  /** Default 'open'. */
  readonly admission?: Admission
  /** Of this member, in ms. */
  readonly electionTimeout: Millis
  /** The bytes of entries in flight to each peer. */
  readonly flow: FlowLimits
  /** Without it nothing is ever compacted. */
  readonly snapshots?: SnapshotSetting
  /** See LeadershipTracker. */
  readonly newController?: () => AbortController
  /** See MemberSettings. */
  readonly leadershipMayHaveChanged?: () => void
  readonly listener: ReplicaListener
}

const isHeartbeat = ({ type }: PeerMessage): boolean => type === 'heartbeat'

export class Replica<Result> {
  readonly raft: Raft
  readonly driver: Driver
  readonly proposals: Proposals<unknown>
  readonly reads: Reads
  readonly tracker: LeadershipTracker
  readonly identities: PeerIdentities
  readonly members: ClusterMembers
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
  /** The newest table that an accepted peer has shown. */
  #newest: ShownMembership | null = null
  /** The table that the log of the cluster begins with. Empty while a newcomer does not know it. */
  #beginning: TableState
  #shownNow: { readonly of: TableState; readonly shown: ShownMembership } | null = null

  constructor(init: ReplicaInit<Result>) {
    const { id, raft, log, transport, clock, eventLoop, listener, identity, newController } = init
    this.#leadershipMayHaveChanged = init.leadershipMayHaveChanged ?? (() => {})
    this.raft = raft
    this.#listener = listener
    this.#clock = clock
    this.#flow = new FlowControl(raft, init.flow)
    this.elections = new ElectionMeter(raft)
    this.writes = new WriteMeter(log, clock)
    const { electionTimeout } = init
    const removal = {
      id,
      clock,
      electionTimeout,
      over: () => this.#fail(new RemovedError(`'${id}' was removed from the cluster, and has stopped`)),
    }
    this.removal = new Removal(removal, init.members)
    this.#beginning = init.membersAtBeginning ?? init.members
    this.members = this.#newMembers(init)
    this.identities = new PeerIdentities({
      ...identity,
      membership: () => this.#shown(),
      founded: (founders) => {
        if (identity.isNewcomer === true) this.#learnFounders(founders, init.learnFounders)
        listener.founded()
        this.driver.start()
      },
      judged: (peer, refusal) => this.#judged(peer, refusal),
      failed: (cause) => this.#fail(cause),
    })
    this.receiver = this.#newReceiver(listener)
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
    this.leaderTime = new LeaderTime(raft, clock)
    this.proposals = new Proposals({
      core: raft,
      clock,
      origin: init.origin,
      firstRequest: init.firstRequest,
      timeout: init.timeout,
      sweepInterval: init.sweepInterval,
      retryInterval: identity.own.electionTimeout,
      maxRequestBytes: init.maxRequestBytes,
      leaderTime: () => this.#timeToWrite(),
      wake: () => this.driver.schedule(),
    })
    this.reads = new Reads({
      core: raft,
      clock,
      applied: () => (this.driver.holdsApplying ? null : raft.applied),
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
    })
    this.snapshotter = init.snapshots === undefined ? null : this.#newSnapshotter(init.snapshots, init)
    this.tracker = new LeadershipTracker({
      core: raft,
      clock,
      leaseEnded: () => this.driver.leaseEnded(),
      onBegin: (leadership) => listener.leadershipBegan(leadership),
      onEnd: (leadership) => listener.leadershipEnded(leadership),
      ...(newController === undefined ? {} : { newController }),
    })
  }

  #newMembers(init: ReplicaInit<Result>): ClusterMembers {
    const { id, raft, clock, members, electionTimeout, timeout, listener } = init
    return new ClusterMembers({
      id,
      core: raft,
      clock,
      table: members,
      electionTimeout,
      requestTimeout: timeout,
      firstRequest: init.firstRequest,
      isReachable: (peer) => this.reachable.has(peer),
      addressOf: init.addressOf ?? (() => null),
      admission: init.admission ?? 'open',
      incarnationOf: (peer) => this.identities.incarnationOf(peer),
      wake: () => this.driver.schedule(),
      changed: (table) => {
        this.removal.tableChanged(table)
        const peers = peersOf(table, this.#newest)
        this.roundTrips.keep(peers)
        listener.peersChanged(peers)
      },
    })
  }

  /** Before the first turn, unless this member has known them since its start. */
  #learnFounders(founders: readonly NodeId[], learn: ReplicaInit<Result>['learnFounders']): void {
    const { table } = this.members
    if (this.#beginning.members.size > 0) return
    learn?.(founders)
    this.#beginning = foundersTable(staticVoters(founders))
    if (table.members.size === 0) this.members.installed(this.#beginning)
  }

  #shown(): ShownMembership {
    const { table } = this.members
    if (this.#shownNow?.of !== table)
      this.#shownNow = { of: table, shown: shownOf(table, this.identities.founders) }
    return this.#shownNow.shown
  }

  #judged(peer: MemberIdentity, refusal: Refusal | null): void {
    const { id, incarnation, kind, joins = null } = peer
    const mayBeTakenIn = refusal?.reason === 'unknown-member' || refusal?.reason === 'other-incarnation'
    if (mayBeTakenIn)
      this.members.newcomers.came(id, { incarnation, kind, joins, address: joins?.address ?? null })
    this.#listener.judged(peer, refusal)
    if (refusal === null) this.#learnPeers(peer)
    if (mayBeTakenIn) this.driver.schedule()
  }

  #learnPeers({ membership }: MemberIdentity): void {
    const { table } = this.members
    if (membership === undefined || membership.version <= Math.max(table.version, this.#newest?.version ?? 0))
      return
    this.#newest = membership
    this.#listener.peersChanged(peersOf(table, membership))
  }

  /** A transport of the application may throw, also where no turn of the driver catches it. */
  #send(transport: Pick<Transport, 'send'>, envelopes: readonly Envelope[]): void {
    this.#leadershipMayHaveChanged()
    if (this.raft.role === 'leader') this.#flow.sending(envelopes, this.#clock.now())
    const { snapshotter } = this
    if (snapshotter === null) return this.#post(transport, envelopes)
    const own = envelopes.filter(({ message }) => message.type !== 'snapshot')
    if (own.length > 0) this.#post(transport, own)
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
    { id, transport, eventLoop, members }: ReplicaInit<Result>,
  ): Snapshotter {
    return new Snapshotter({
      ...setting,
      sections: [
        membersSection(this.members, () => (members.members.size > 0 ? members : this.#beginning)),
        ...(this.#isWitness ? [] : [sessionsSection(this.#sessions, this.leaderTime)]),
        ...setting.sections,
      ],
      raft: this.raft,
      clock: this.#clock,
      eventLoop,
      post: (to, message) => this.#post(transport, [{ from: id, to, message }]),
      step: (event) => this.driver.step(event),
      apply: (entry) => this.#apply(entry),
      beginning: () => this.members.installed(this.#beginning),
      hold: (isHeld) => {
        this.driver.holdsApplying = isHeld
        if (!isHeld) this.driver.schedule()
      },
      wake: () => this.driver.schedule(),
      failed: (cause) => this.#fail(cause),
    })
  }

  #apply(entry: Entry): void {
    this.#applier.apply(entry)
    this.members.applied(entry)
    this.snapshotter?.applied(entry)
  }

  #fail(cause: unknown): void {
    this.driver.stop()
    this.snapshotter?.stop()
    this.#listener.failed(cause)
  }

  /** The transport delivers here. */
  readonly receiver: TransportReceiver

  #newReceiver(listener: ReplicaListener): TransportReceiver {
    const { identities, removal } = this
    return {
      get identity() {
        return identities.own
      },
      meet: (peer, remote, answer, rival) => identities.meet({ peer, remote, rival }, answer),
      accepted: (peer) => {
        removal.acceptedBy(peer)
        identities.accepted(peer)
      },
      refused: (by, refusal) => {
        listener.refused(by, refusal)
        if (refusal.reason === 'removed-member') removal.refusedBy(by)
      },
      discovered: (seed, addresses) => {
        identities.learnFounders(seed)
        listener.discovered?.(seed, addresses)
      },
      receive: (from, messages) => {
        this.reachable.heard(from)
        if (this.raft.role === 'leader') {
          const now = this.#clock.now()
          this.#flow.receiving(from, messages, now)
          this.roundTrips.receiving(from, messages, this.raft.term, now)
        }
        this.driver.receive(from, this.#withTime(this.#forCore(messages)))
        if (removal.isDoubtful && from === this.raft.leader && messages.some(isHeartbeat))
          removal.heardLeader()
        this.#transfer(from, messages)
      },
      unreachable: (peer) => {
        this.reachable.lost(peer)
        removal.lost(peer)
        this.#flow.lost(peer)
        this.proposals.unreachable(peer)
        this.driver.unreachable(peer)
      },
    }
  }

  /** A witness has no state, and so does not know where the time goes on. */
  #timeToWrite(): Millis {
    return this.#isWitness ? 0 : this.leaderTime.now()
  }

  /** The leader writes its time into the commands of other members, too. */
  #withTime(messages: readonly Message[]): readonly Message[] {
    if (this.raft.role !== 'leader' || !messages.some(({ type }) => type === 'propose')) return messages
    const time = this.#timeToWrite()
    return messages.map((message) =>
      message.type === 'propose' ? { ...message, entries: withTime(message.entries, time) } : message,
    )
  }

  /** With snapshots the core learns of one when its bytes are here, from the snapshotter and from no peer. */
  #forCore(messages: readonly PeerMessage[]): readonly Message[] {
    const forCore = raftMessages(messages)
    if (this.snapshotter === null || !forCore.some(({ type }) => type === 'snapshot')) return forCore
    return forCore.filter(({ type }) => type !== 'snapshot')
  }

  #transfer(from: NodeId, messages: readonly PeerMessage[]): void {
    const { snapshotter } = this
    if (!this.identities.isFounded) return
    if (snapshotter === null) {
      if (messages.some(({ type }) => type === 'snapshotOffer')) this.#listener.offeredInVain?.(from)
      return
    }
    for (const message of messages) if (isTransferMessage(message)) snapshotter.receive(from, message)
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
  ): void {
    const bytes = encodeSessionCommand(place, command)
    this.proposals.add(bytes, signal, completion as Completion<unknown>, sessionCommand)
  }

  /**
   * Opens a session, which expires when it was not used for `timeout` ms of leader time. The attempts that have
   * no answer may open others, which expire.
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
      apply: (entry) => this.#apply(entry),
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
        if (this.snapshotter?.isRestoring !== true) this.members.look()
        // A leader may have become known in this turn.
        submit()
      },
      failed: (cause) => {
        this.snapshotter?.stop()
        listener.failed(cause)
      },
    }
  }
}
