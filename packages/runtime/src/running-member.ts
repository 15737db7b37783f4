// A member that runs: a replica behind the Member interface.

import { type Explanation, type NodeId, Raft, type RaftView, staticVoters } from '@oarlock/core'
import {
  answerTo,
  applyCommandTo,
  encodeCommand,
  encodeResultWith,
  linksOf,
  seedsOf,
} from './callbacks/index.ts'
import { Diagnosis, failureOf } from './diagnosis/index.ts'
import { logWriterOf, peerWriterOf } from './driver/index.ts'
import { type AbortOptions, type ElectionState, happensBefore, RunningElection } from './election/index.ts'
import { ElectionOnlyError, MemberClosedError, NoSnapshotsError, OarlockError } from './errors.ts'
import { CaughtUp, type Health, type HealthFacts, liveness, readiness } from './health/index.ts'
import type { MemberIdentity } from './identity/index.ts'
import type { LeaderInfo, Leadership } from './leadership/index.ts'
import { transferBeforeLeaving } from './leave.ts'
import type { Member, MemberStatus, ProposeOptions, ReadOptions } from './member.ts'
import { MemberAddresses } from './member-addresses.ts'
import { MemberBackups } from './member-backup.ts'
import { MemberObservation, memberPeers } from './member-observation.ts'
import { ReplayLog } from './member-replay.ts'
import { MemberSessions, type Session, type SessionOptions } from './member-sessions.ts'
import { foundersOf, identityOf, type MemberSettings } from './member-settings.ts'
import {
  errorOfVainOffer,
  infoOf,
  type SnapshotInfo,
  snapshotSettingOf,
  warningOfLongLog,
} from './member-snapshots.ts'
import { FoundersConfiguration, foundersTable } from './membership/index.ts'
import {
  type Membership,
  MembershipCalls,
  type MembershipRequest,
  type ReconfigureOptions,
} from './membership-calls.ts'
import { SnapshotMeter } from './meters/index.ts'
import type { MemberMetrics } from './metrics/index.ts'
import { checkProposeOptions, checkReadOptions } from './options/index.ts'
import type {
  BackupInfo,
  LogStore,
  OpenedLog,
  StateMachine,
  StoredSnapshot,
  Transport,
  TransportReceiver,
} from './ports/index.ts'
import { newFirstRequest, newOrigin } from './proposals/index.ts'
import { NotReadableError } from './reads/index.ts'
import { Replica } from './replica.ts'
import { restoredFrom } from './restored.ts'
import { NoSessionError } from './sessions/index.ts'
import { type TellEvent, tellEventsOf, tellOfLeadership, tellOfMember, tellOfReplica } from './tell-events.ts'

export interface RunningMemberInit<Command, Result, Query, Answer> {
  readonly settings: MemberSettings<Command, Result, Query, Answer>
  readonly opened: OpenedLog
  readonly store: LogStore
  readonly transport: Transport
}

type Queryable<Query, Answer> = Required<Pick<StateMachine<never, never, Query, Answer>, 'query'>>

const isQueryable = <Query, Answer>(
  machine: Pick<StateMachine<never, never, Query, Answer>, 'query'> | undefined,
): machine is Queryable<Query, Answer> => typeof machine?.query === 'function'

/** Entries of so many bytes may always be in flight to a peer. */
const leastInflightBytes = 256 * 1024

export class RunningMember<Command, Result, Query = never, Answer = never>
  implements Member<Command, Result, Query, Answer>
{
  readonly id: NodeId
  readonly closed: Promise<void>
  readonly #settings: MemberSettings<Command, Result, Query, Answer>
  readonly #replica: Replica<Result>
  readonly #election: RunningElection
  readonly #diagnosis: Diagnosis
  readonly #transport: Transport
  readonly #sessions: MemberSessions<Command, Result>
  readonly #calls: MembershipCalls
  readonly #backups: MemberBackups
  readonly #observation: MemberObservation
  readonly #tell: TellEvent
  readonly #snapshotMeter: SnapshotMeter = new SnapshotMeter()
  // A lease is enough: it asks the leader alone.
  readonly #caughtUp: CaughtUp = new CaughtUp((completion) => this.#replica.reads.addOwn('lease', completion))
  readonly #founders: FoundersConfiguration
  readonly #addresses: MemberAddresses
  #refusesRequests = false
  #seeks = false

  constructor({ settings, opened, store, transport }: RunningMemberInit<Command, Result, Query, Answer>) {
    const { config, clock, random, logger, drainTimeout, taskContext } = settings
    const { id } = config
    this.id = id
    this.#settings = settings
    this.#transport = transport
    this.#tell = tellEventsOf(settings.events, { id, cluster: settings.cluster })
    const founders = foundersOf(settings, opened.identity)
    this.#founders = new FoundersConfiguration(founders)
    this.#addresses = new MemberAddresses(id, settings.addresses, opened.identity.record)
    const raft = new Raft({
      config,
      restored: restoredFrom(opened, this.#founders.view, store.snapshots?.stored),
      log: opened.log,
      random,
      now: clock.now(),
    })
    this.#replica = this.#newReplica(raft, opened, store, transport)
    this.#sessions = new MemberSessions({
      replica: this.#replica,
      codec: settings.codec,
      resultCodec: settings.resultCodec,
      refusal: () => this.#noSession(),
    })
    this.#calls = new MembershipCalls(this.#replica, () => this.inspect())
    this.#backups = new MemberBackups({
      settings,
      replica: this.#replica,
      snapshots: store.snapshots,
      isClosed: () => this.#refusesRequests,
    })
    const { tracker, leaders, driver } = this.#replica
    this.#election = new RunningElection({
      id,
      nameInMessages: 'the member',
      tracker,
      leaders,
      clock,
      logger,
      electionTimeout: config.electionTimeout,
      drainTimeout,
      ...(taskContext === undefined ? {} : { taskContext }),
      members: () => this.#members,
      transfer: (to) => driver.step({ type: 'transfer', to }),
      leave: () => this.#leave(),
      stop: (message, cause) => {
        this.#diagnosis.stop()
        this.#observation.stop()
        this.#caughtUp.stop()
        this.#refusesRequests = true
        this.#replica.stop(message, cause)
      },
      release: async () => {
        try {
          await transport.close()
        } finally {
          await store.close()
        }
      },
    })
    this.closed = this.#election.closed
    tellOfMember(this.#tell, leaders, this.closed)
    this.#diagnosis = this.#newDiagnosis(transport)
    this.#observation = new MemberObservation({
      settings,
      replica: this.#replica,
      log: opened.log,
      store,
      transport,
      snapshots: this.#snapshotMeter,
      state: () => this.#state,
      held: () => this.leadership?.held ?? false,
      leader: () => this.leader?.id ?? null,
      view: () => this.inspect(),
      problems: () => this.#diagnosis.problems().length,
      tell: this.#tell,
    })
    if (transport.showsIdentities !== true && founders.length > 1)
      logger.warn(
        { event: 'identities-not-shown', id },
        `the transport of '${id}' does not show members who they are, so a wrong list of peers, a lost disk or a second process with the same id goes unnoticed`,
      )
  }

  /** By name, this one included if it is one. */
  get #members(): readonly NodeId[] {
    const { members } = this.#replica.members.table
    return members.size > 0 ? [...members.keys()] : Object.keys(this.#addresses.others)
  }

  #newDiagnosis(transport: Transport): Diagnosis {
    const { config, founding, clock, logger } = this.#settings
    return new Diagnosis({
      id: this.id,
      members: () => this.#members,
      founding,
      electionTimeout: config.electionTimeout,
      clock,
      logger,
      state: () => this.#state,
      failure: () => this.#election.failure,
      view: () => this.inspect(),
      awaited: () => this.#replica.identities.awaited,
      joining: () => this.#replica.identities.joining,
      seeds: () => seedsOf(transport),
      links: () => linksOf(transport),
    })
  }

  #newReplica(raft: Raft, opened: OpenedLog, store: LogStore, transport: Transport): Replica<Result> {
    const { config, clock, eventLoop, logger, proposeTimeout, readTimeout, founding } = this.#settings
    const { machine, codec, newController, leadershipMayHaveChanged } = this.#settings
    const { id } = this
    const snapshots = snapshotSettingOf(this.#settings, opened, store, this.#snapshotMeter, this.#tell)
    const applyCommand = applyCommandTo(machine, codec)
    const replay = new ReplayLog({ id, clock, logger, from: raft.applied, last: opened.log.lastIndex })
    return new Replica<Result>({
      id,
      raft,
      log: logWriterOf(store),
      transport,
      clock,
      eventLoop,
      encodeResult: encodeResultWith(this.#settings.resultCodec),
      applyCommand: snapshots === null ? warningOfLongLog(applyCommand, this.#settings) : applyCommand,
      ...(snapshots === null ? {} : { snapshots }),
      // Until a snapshot is restored, its configuration is all that is known.
      members: foundersTable(raft.inspect().configuration),
      membersAtBeginning: foundersTable(staticVoters(foundersOf(this.#settings, opened.identity))),
      learnFounders: (founders) => this.#founders.learn(founders),
      addressOf: (peer) => (peer === id ? this.#ownAddress : (this.#settings.addresses[peer] ?? null)),
      admission: this.#settings.admission,
      electionTimeout: config.electionTimeout,
      flow: { least: leastInflightBytes, queue: config.electionTimeout / 4, most: config.maxInflightBytes },
      identity: {
        own: identityOf(this.#settings, opened.identity),
        stored: opened.identity,
        rule: founding,
        isNewcomer: this.#settings.seeds.length > 0 && opened.identity.founders === undefined,
        address: () => this.#ownAddress,
        hasTakenPart: raft.term > 0 || transport.showsIdentities !== true,
        write: peerWriterOf(store),
      },
      origin: newOrigin(),
      firstRequest: newFirstRequest(),
      timeout: proposeTimeout,
      readTimeout,
      sweepInterval: Math.min(config.heartbeatInterval, proposeTimeout, readTimeout),
      maxRequestBytes: config.maxMessageBytes,
      ...(newController === undefined ? {} : { newController }),
      ...(leadershipMayHaveChanged === undefined ? {} : { leadershipMayHaveChanged }),
      listener: {
        ...tellOfReplica(this.#tell, () => this.inspect()),
        role: ({ role, term, leader }) => {
          logger.debug({ id, role, term, leader }, 'role')
          this.#caughtUp.roleChanged({ term, leader })
        },
        leadershipBegan: (leadership) => {
          logger.info({ event: 'leadership-began', id, fence: leadership.fence }, 'leadership begins')
          tellOfLeadership(this.#tell, leadership, true)
        },
        leadershipEnded: (leadership) => {
          logger.info({ event: 'leadership-ended', id, fence: leadership.fence }, 'leadership ends')
          tellOfLeadership(this.#tell, leadership, false)
        },
        outcome() {},
        read() {},
        install() {},
        judged: (peer, refusal) => {
          this.#diagnosis.judged(peer, refusal)
          if (refusal === null && this.#replica.identities.isFounded) this.#stopSeeking(transport)
        },
        refused: (by, refusal) => this.#diagnosis.refusedBy(by, refusal),
        founded: () => logger.debug({ id }, 'the cluster is founded'),
        discovered: (seed, addresses) => this.#discovered(transport, seed, addresses),
        peersChanged: (peers) => this.#setPeers(transport, this.#addresses.of(peers)),
        turnEnded: () => replay.look(raft.applied),
        offeredInVain: errorOfVainOffer(this.#settings),
        failed: (cause) => this.#election.fail(failureOf(id, cause)),
      },
    })
  }

  /** Where the others dial it. Null: nobody knows. */
  get #ownAddress(): string | null {
    const { advertised, address } = this.#transport
    return advertised ?? this.#settings.addresses[this.id] ?? address ?? null
  }

  #discovered(transport: Transport, seed: MemberIdentity, addresses: Readonly<Record<NodeId, string>>): void {
    this.#addresses.discovered(seed, addresses)
    const { members, version } = this.#replica.members.table
    // From the first change on the table says who the members are.
    this.#setPeers(
      transport,
      version === 0
        ? this.#addresses.others
        : this.#addresses.of(new Map([...members].map(([id, { address }]) => [id, address]))),
    )
  }

  /** It knows the members, and they know it. */
  #stopSeeking(transport: Transport): void {
    if (!this.#seeks) return
    this.#seeks = false
    transport.seek?.([])
  }

  #setPeers(transport: Transport, peers: Readonly<Record<NodeId, string>>): void {
    try {
      transport.setPeers?.(peers)
    } catch (cause) {
      const { id } = this
      this.#settings.logger.error(
        { event: 'address-not-used', id, cause },
        `an address in the table of members cannot be used: ${String(cause)}`,
      )
    }
  }

  /** The transport delivers here. */
  get receiver(): TransportReceiver {
    return this.#replica.receiver
  }

  /** Takes the first turn, which sets the timer. */
  start(): void {
    const { seeds } = this.#settings
    if (seeds.length > 0) {
      this.#seeks = true
      this.#setPeers(this.#transport, this.#addresses.others)
      this.#transport.seek?.(seeds)
    }
    this.#replica.start()
    this.#diagnosis.start()
    this.#observation.start()
    this.#tell('oarlock:member:started', () => ({ address: this.address }))
  }

  get address(): string | null {
    return this.#transport.address ?? null
  }

  get leadership(): Leadership | null {
    return this.#election.leadership
  }

  get leader(): LeaderInfo | null {
    return this.#election.leader
  }

  propose(command: Command, options?: ProposeOptions): Promise<Result> {
    let bytes: Uint8Array
    try {
      if (options !== undefined) checkProposeOptions('propose', options)
      const isSafe = options?.retry === 'safe'
      const refusal = isSafe ? this.#noSession() : this.#refusal()
      if (refusal !== null) throw refusal
      if (isSafe) return this.#sessions.propose(command, options!)
      bytes = encodeCommand(this.#settings.codec, command)
    } catch (error) {
      if (error instanceof OarlockError) this.#replica.proposals.meter.failed(error.code)
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) =>
      this.#replica.propose(bytes, options?.signal, { resolve, reject }),
    )
  }

  session(options?: SessionOptions): Promise<Session<Command, Result>> {
    return this.#sessions.open(options)
  }

  /** Why no command can be proposed now, or null. */
  #refusal(): OarlockError | null {
    if (this.#refusesRequests)
      return new MemberClosedError('the member is closed: the command was not applied', 'not-applied')
    if (!this.#settings.config.electionOnly) return null
    return new ElectionOnlyError(
      "a cluster with purpose 'election' replicates nothing: the command was not applied",
    )
  }

  /** As `#refusal`, of commands in sessions. */
  #noSession(): OarlockError | null {
    if (!this.#settings.config.witness) return this.#refusal()
    return new NoSessionError(`'${this.id}' is a witness and has no sessions: propose on another member`)
  }

  async snapshot(): Promise<SnapshotInfo> {
    const { id } = this
    if (this.#refusesRequests)
      throw new MemberClosedError('the member is closed: no snapshot was taken', 'not-applied')
    if (this.#replica.snapshotter === null)
      throw new NoSnapshotsError(
        `'${id}' takes no snapshots: its state machine or its log store has no 'snapshots'`,
      )
    return infoOf(
      await new Promise<StoredSnapshot>((resolve, reject) =>
        this.#replica.snapshot((failure, stored) => (failure === null ? resolve(stored!) : reject(failure))),
      ),
    )
  }

  async backup(file: string, options: AbortOptions = {}): Promise<BackupInfo> {
    return this.#backups.save(file, options)
  }

  backupStream(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    return this.#backups.stream(options)
  }

  read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      checkReadOptions('read', options)
      const { consistency = 'linearizable', signal } = options
      const machine = this.#queried()
      if (this.#refusesRequests)
        throw new MemberClosedError('the member is closed: the read was not served', 'not-a-write')
      const serve = () => {
        try {
          resolve(answerTo(machine, query))
        } catch (error) {
          reject(error)
        }
      }
      this.#replica.read(consistency, signal, { serve, reject })
    })
  }

  members(options: AbortOptions = {}): Promise<Membership> {
    return this.#refusesRequests
      ? Promise.reject(
          new MemberClosedError('the member is closed: the members were not read', 'not-a-write'),
        )
      : this.#calls.members(options)
  }

  reconfigure(change: MembershipRequest, options: ReconfigureOptions = {}): Promise<Membership> {
    return this.#refusesRequests
      ? Promise.reject(new MemberClosedError('the member is closed: nothing was changed', 'not-applied'))
      : this.#calls.reconfigure(change, options)
  }

  /** The state machine, if it can be queried. */
  #queried(): Queryable<Query, Answer> {
    const { machine, config } = this.#settings
    if (isQueryable(machine)) return machine
    if (machine !== undefined)
      throw new NotReadableError('the state machine has no method query, so there is nothing to read with')
    if (config.electionOnly)
      throw new NotReadableError(
        "a cluster with purpose 'election' has no state, so there is nothing to read",
      )
    throw new NotReadableError(
      config.witness
        ? `'${this.id}' is a witness and has no state: read on another member`
        : 'the member has no state machine, so there is nothing to read: give join a machine with the method query',
    )
  }

  lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions = {}): Promise<T | undefined> {
    return this.#election.lead(task, options)
  }

  observe(options: AbortOptions = {}): AsyncIterable<LeaderInfo | null> {
    return this.#election.observe(options)
  }

  status(): MemberStatus {
    const view = this.inspect()
    const { id, role, term, commit, applied, lastIndex, durableIndex } = view
    const { snapshotter, proposals, reads, sessionCount } = this.#replica
    const state = this.#state
    const snapshot = snapshotter?.newest ?? null
    return {
      id,
      state,
      held: this.leadership?.held ?? false,
      leader: this.leader?.id ?? null,
      problems: this.#diagnosis.problems(),
      role: state === 'closed' || state === 'stopped' ? null : role,
      term,
      commit,
      applied,
      firstIndex: this.#observation.firstIndex,
      lastIndex,
      durableIndex,
      snapshot: snapshot === null ? null : infoOf(snapshot),
      restoring: snapshotter?.isRestoring ?? false,
      pending: { proposals: proposals.pending, reads: reads.pending },
      sessions: sessionCount,
      loopDelay: Math.round(this.#observation.loopDelay),
      peers: memberPeers(this.#diagnosis.peers(), view),
      seeds: this.#diagnosis.seeds(),
    }
  }

  ready(): Health {
    return readiness(this.#healthFacts())
  }

  live(): Health {
    return liveness(this.#healthFacts())
  }

  #healthFacts(): HealthFacts {
    const { config, clock } = this.#settings
    const { writes, snapshotter } = this.#replica
    return {
      id: this.id,
      state: this.#state,
      failure: this.#election.failure,
      electionTimeout: config.electionTimeout,
      writePendingFor: writes.begun === null ? null : clock.now() - writes.begun,
      leader: this.leader?.id ?? null,
      isRestoring: snapshotter?.isRestoring ?? false,
      hasCaughtUp: this.#caughtUp.holds,
    }
  }

  metrics(): MemberMetrics {
    return this.#observation.metrics()
  }

  get #state(): ElectionState {
    const { state } = this.#election
    return state === 'running' && !this.#replica.identities.isFounded ? 'waiting' : state
  }

  inspect(): RaftView {
    return this.#replica.raft.inspect(this.#settings.clock.now())
  }

  why(): Explanation {
    return this.#diagnosis.why()
  }

  transferLeadership(options: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    return this.#election.transferLeadership(options)
  }

  close(): Promise<void> {
    return this.#election.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #leave(): Promise<void> {
    const { id } = this
    const { clock, config } = this.#settings
    const { raft, driver, reachable, leaders, proposals } = this.#replica
    const until = clock.now() + config.electionTimeout
    if (raft.role === 'leader')
      await transferBeforeLeaving({ id, raft, driver, reachable, leaders, clock }, until)
    this.#refusesRequests = true
    // Usually the outcome of a submitted proposal is known within a round trip.
    await happensBefore(clock, until, (done) => proposals.whenNoneSubmitted(done))
  }
}
