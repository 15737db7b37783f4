// A member that runs: a replica behind the Member interface.

import { type Explanation, type NodeId, Raft, type RaftView, staticVoters } from '@oarlock/core'
import { applyCommandTo, encodeResultWith, linksOf, seedsOf } from './callbacks/index.ts'
import { Diagnosis, failureOf } from './diagnosis/index.ts'
import { logWriterOf, peerWriterOf } from './driver/index.ts'
import { type AbortOptions, type ElectionState, happensBefore, RunningElection } from './election/index.ts'
import { CaughtUp, type Health, type HealthFacts, liveness, readiness } from './health/index.ts'
import type { LeaderInfo, Leadership } from './leadership/index.ts'
import { transferBeforeLeaving } from './leave.ts'
import type { Member, MemberStatus, ProposeOptions, ReadOptions } from './member.ts'
import { MemberConnections } from './member-connections.ts'
import { MemberObservation, memberPeers } from './member-observation.ts'
import { ReplayLog } from './member-replay.ts'
import { MemberRequests } from './member-requests.ts'
import type { Session, SessionOptions } from './member-sessions.ts'
import { foundersOf, identityOf, type MemberSettings } from './member-settings.ts'
import {
  errorOfVainOffer,
  infoOf,
  type SnapshotInfo,
  snapshotSettingOf,
  warningOfLongLog,
} from './member-snapshots.ts'
import { FoundersConfiguration, foundersTable } from './membership/index.ts'
import type { Membership, MembershipRequest, ReconfigureOptions } from './membership-calls.ts'
import { SnapshotMeter } from './meters/index.ts'
import type { MemberMetrics } from './metrics/index.ts'
import type { BackupInfo, LogStore, OpenedLog, Transport, TransportReceiver } from './ports/index.ts'
import { newFirstRequest, newOrigin } from './proposals/index.ts'
import { Replica } from './replica.ts'
import { restoredFrom } from './restored.ts'
import type { StoreLink } from './store-link.ts'
import { type TellEvent, tellEventsOf, tellOfLeadership, tellOfMember, tellOfReplica } from './tell-events.ts'

export interface RunningMemberInit<Command, Result, Query, Answer> {
  readonly settings: MemberSettings<Command, Result, Query, Answer>
  readonly opened: OpenedLog
  readonly store: LogStore
  readonly transport: Transport
}

type Watched = ReturnType<typeof warningOfLongLog>

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
  readonly #requests: MemberRequests<Command, Result, Query, Answer>
  readonly #observation: MemberObservation
  readonly #tell: TellEvent
  readonly #snapshotMeter: SnapshotMeter = new SnapshotMeter()
  // A lease is enough: it asks the leader alone.
  readonly #caughtUp: CaughtUp = new CaughtUp((completion) => this.#replica.reads.addOwn('lease', completion))
  readonly #founders: FoundersConfiguration
  readonly #connections: MemberConnections

  constructor({ settings, opened, store, transport }: RunningMemberInit<Command, Result, Query, Answer>) {
    const { config, clock, random, logger, drainTimeout, taskContext } = settings
    const { id } = config
    this.id = id
    this.#settings = settings
    this.#transport = transport
    this.#tell = tellEventsOf(settings.events, { id, cluster: settings.cluster })
    const founders = foundersOf(settings, opened.identity)
    this.#founders = new FoundersConfiguration(founders)
    this.#connections = new MemberConnections({
      settings,
      transport,
      record: opened.identity.record,
      table: () => this.#replica.members.table,
    })
    const raft = new Raft({
      config,
      restored: restoredFrom(opened, this.#founders.view, store.snapshots?.stored),
      log: opened.log,
      random,
      now: clock.now(),
    })
    this.#replica = this.#newReplica(raft, opened, store, transport)
    this.#requests = new MemberRequests({
      settings,
      replica: this.#replica,
      snapshots: store.snapshots,
      view: () => this.inspect(),
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
        this.#requests.stop()
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
    return members.size > 0 ? [...members.keys()] : this.#connections.others
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
      lacksState: () => this.#replica.snapshotter?.lacksState ?? null,
      links: () => linksOf(transport),
    })
  }

  #newReplica(raft: Raft, opened: OpenedLog, store: LogStore, transport: Transport): Replica<Result> {
    const { config, clock, eventLoop, logger, proposeTimeout, readTimeout, founding } = this.#settings
    const { machine, store: kv, codec, newController, leadershipMayHaveChanged } = this.#settings
    const { id } = this
    const snapshots = snapshotSettingOf(this.#settings, opened, store, this.#snapshotMeter, this.#tell)
    const watched: Watched = snapshots === null ? warningOfLongLog(this.#settings) : (apply) => apply
    const replay = new ReplayLog({ id, clock, logger, from: raft.applied, last: opened.log.lastIndex })
    return new Replica<Result>({
      id,
      raft,
      log: logWriterOf(store),
      transport,
      clock,
      eventLoop,
      encodeResult: encodeResultWith(this.#settings.resultCodec),
      applyCommand: watched(applyCommandTo(machine, codec)),
      ...(kv === undefined
        ? {}
        : {
            store: { apply: watched((command, context) => kv.apply(command, context)), section: kv.section },
          }),
      ...(snapshots === null ? {} : { snapshots }),
      // Until a snapshot is restored, its configuration is all that is known.
      members: foundersTable(raft.inspect().configuration),
      membersAtBeginning: foundersTable(staticVoters(foundersOf(this.#settings, opened.identity))),
      learnFounders: (founders) => this.#founders.learn(founders),
      addressOf: (peer) => this.#connections.addressOf(peer),
      admission: this.#settings.admission,
      electionTimeout: config.electionTimeout,
      flow: { least: leastInflightBytes, queue: config.electionTimeout / 4, most: config.maxInflightBytes },
      identity: {
        own: identityOf(this.#settings, opened.identity),
        stored: opened.identity,
        rule: founding,
        isNewcomer: this.#settings.seeds.length > 0 && opened.identity.founders === undefined,
        address: () => this.#connections.addressOf(id),
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
          if (refusal === null && this.#replica.identities.isFounded) this.#connections.stopSeeking()
        },
        refused: (by, refusal) => this.#diagnosis.refusedBy(by, refusal),
        founded: () => logger.debug({ id }, 'the cluster is founded'),
        discovered: (seed, addresses) => this.#connections.discovered(seed, addresses),
        peersChanged: (peers) => this.#connections.peersChanged(peers),
        storeMessage: (from, bytes) => kv?.receive?.(from, bytes),
        turnEnded: () => {
          replay.look(raft.applied)
          kv?.turnEnded?.()
        },
        offeredInVain: errorOfVainOffer(this.#settings),
        failed: (cause) => this.#election.fail(failureOf(id, cause)),
      },
    })
  }

  /** The transport delivers here. */
  get receiver(): TransportReceiver {
    return this.#replica.receiver
  }

  /** From now on clients that connect are served, or refused, by this. */
  protected serveClients(serve: NonNullable<TransportReceiver['client']>): void {
    this.#replica.receiver.client = serve
  }

  /** Takes the first turn, which sets the timer. */
  start(): void {
    this.#connections.start()
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
    return this.#requests.propose(command, options)
  }

  session(options?: SessionOptions): Promise<Session<Command, Result>> {
    return this.#requests.session(options)
  }

  snapshot(): Promise<SnapshotInfo> {
    return this.#requests.snapshot()
  }

  backup(file: string, options: AbortOptions = {}): Promise<BackupInfo> {
    return this.#requests.backup(file, options)
  }

  backupStream(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    return this.#requests.backupStream(options)
  }

  read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    return this.#requests.read(query, options)
  }

  /** For the store that the settings name. */
  get storeLink(): StoreLink {
    const member = this
    const { config, clock } = this.#settings
    return {
      closed: this.closed,
      clock,
      electionTimeout: config.electionTimeout,
      clockRateTolerance: config.clockRateTolerance,
      get leadership() {
        return member.leadership
      },
      get leader() {
        return member.leader?.id ?? null
      },
      submit: (kind, bytes, signal, completion) => this.#requests.submit(kind, bytes, signal, completion),
      proposeOnce: (command, completion) => this.#replica.proposeToStore(command, completion),
      send: (to, bytes) => this.#replica.sendToStore(to, bytes),
      proposeToStore: (command, options) => this.#requests.proposeToStore(command, options),
      readStore: (consistency, serve, options) => this.#requests.readStore(consistency, serve, options),
    }
  }

  members(options: AbortOptions = {}): Promise<Membership> {
    return this.#requests.members(options)
  }

  reconfigure(change: MembershipRequest, options: ReconfigureOptions = {}): Promise<Membership> {
    return this.#requests.reconfigure(change, options)
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
      lacksState: snapshotter?.lacksState != null,
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
    const { clock, config, closing } = this.#settings
    const { raft, driver, reachable, leaders, proposals } = this.#replica
    await closing?.()
    const until = clock.now() + config.electionTimeout
    if (raft.role === 'leader')
      await transferBeforeLeaving({ id, raft, driver, reachable, leaders, clock }, until)
    this.#requests.stop()
    // Usually the outcome of a submitted proposal is known within a round trip.
    await happensBefore(clock, until, (done) => proposals.whenNoneSubmitted(done))
  }
}
