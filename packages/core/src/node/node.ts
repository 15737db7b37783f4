// Everything that a node knows (paper figure 2, “State”), and the few things that every role does with it:
// send, and change its role. What it does otherwise is in the files beside this one; roles/ has a table of
// handlers for each role.
import { type RaftConfig, RaftConfigError } from '../config.ts'
import { waitsForWrite } from '../durability.ts'
import type { ProposalOutcome, ReadOutcome } from '../effect.ts'
import {
  ElectionRecord,
  ElectionTimer,
  type LeadershipEnd,
  promiseAtStart,
  promiseForbids,
  promiseWaits,
  type ReceivedVote,
  retainedVote,
} from '../election/index.ts'
import { frozen } from '../frozen.ts'
import { findEntry, isCommand, type LogReader, RaftLog } from '../log/index.ts'
import { mayLead, votersOf } from '../membership/index.ts'
import type { Append, Envelope, Message } from '../message.ts'
import { ProgressTracker } from '../progress/index.ts'
import { ReadQueue } from '../read/index.ts'
import {
  type Configuration,
  type Entry,
  type HardState,
  type Index,
  index,
  type Millis,
  type NodeId,
  type RestoredState,
  type Role,
  type Term,
} from '../types.ts'

export interface NodeInit {
  readonly config: RaftConfig
  readonly restored: RestoredState
  readonly log: LogReader
  /** Uniform in [0, 1): the only source of chance, for election timeouts. */
  readonly random: () => number
  /** This node's monotonic clock at its start. */
  readonly now: Millis
}

/** The log of a cluster that replicates has commands from its beginning on. */
function refuseCommands(log: RaftLog): void {
  const found = findEntry(log, log.firstIndex, index(log.lastIndex + 1), 0, isCommand)
  if (found !== undefined)
    throw new RaftConfigError(`electionOnly: this log has commands, the first at ${found.index}`)
}

export class Node {
  readonly config: RaftConfig
  readonly log: RaftLog
  configuration: Configuration
  /** The log index of the configuration in force. */
  configurationIndex: Index
  /** Configuration entries that were handed out for applying and are not in force yet. */
  unactivated: Entry[] = []
  now: Millis

  // Persistent state (figure 2): in the hard state as well.
  term: Term
  vote: NodeId | null
  /** The length of the promises that a restart would keep. */
  recordedPromise: Millis

  // Volatile state.
  role: Role = 'follower'
  leader: NodeId | null = null
  readonly timer: ElectionTimer
  /** Every voter holds the log up to here, as the leader said last. */
  heldByAll: Index = index(0)
  /** No entry that is not applied, up to this index, changes the membership: see hasUnappliedChange. */
  searched = 0
  /** No vote for any other candidate before this: see election/promise.ts. */
  promisedUntil: Millis = Number.NEGATIVE_INFINITY

  /** The length of the promise that this node began with. */
  readonly #startPromise: Millis

  /** For people: it decides nothing. */
  readonly elections: ElectionRecord

  // A candidate's.
  received: ReceivedVote[] = []

  // A leader's.
  readonly progress: ProgressTracker
  heartbeatStart: Millis
  /** The time between heartbeats, for the member with the shortest election timeout. */
  heartbeatInterval: Millis
  /** The index of this leader's no-op; 0 on others. */
  termStart: Index = index(0)
  uncommittedBytes = 0
  /**
   * The last append that was sent: see replication.ts. It stays true within a term, as a leader only appends.
   */
  lastAppend: Append | null = null
  transferTarget: NodeId | null = null
  /** When a transfer that is under way has failed. */
  transferDeadline: Millis = Number.POSITIVE_INFINITY
  /** `timeoutNow` left in this term. It may arrive late, so no lease holds any more until the next term. */
  leaseRevoked = false
  leaseDeadline: Millis = Number.NEGATIVE_INFINITY
  /** When this node may transfer leadership by itself again, to a better one. */
  noTransferBefore: Millis = Number.NEGATIVE_INFINITY
  /** When this node may transfer leadership again because it is a witness. */
  noWitnessTransferBefore: Millis = Number.NEGATIVE_INFINITY
  /** No membership change is proposed before everything up to here is applied. */
  pendingChange: Index = index(0)
  readonly reads: ReadQueue = new ReadQueue()

  // What the runtime has not taken yet.
  outbox: Envelope[] = []
  afterWrite: Envelope[] = []
  proposals: ProposalOutcome[] = []
  readsReady: ReadOutcome[] = []

  constructor({ config, restored, log, random, now }: NodeInit) {
    const { hardState, configuration, applied } = restored
    this.config = config
    this.configuration = frozen(configuration) // else the caller could still write into it
    this.configurationIndex = applied
    this.log = new RaftLog(log, applied, config)
    if (config.electionOnly) refuseCommands(this.log)
    this.now = now
    this.timer = new ElectionTimer(config, random, now)
    this.progress = new ProgressTracker(config)
    this.heartbeatStart = now
    this.heartbeatInterval = config.heartbeatInterval
    this.term = hardState.term
    this.vote = hardState.vote
    this.recordedPromise = hardState.promise
    this.log.commitTo(hardState.commit)
    this.#startPromise = promiseAtStart(config.lease ? config.electionTimeout : 0, hardState.promise)
    if (config.lease) this.promisedUntil = now + this.#startPromise
    this.elections = new ElectionRecord(this.promisedUntil)
    this.#reset(hardState.term)
  }

  get id(): NodeId {
    return this.config.id
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.commit, promise: this.promise }
  }

  /** The length of the longest promise that may bind this node. */
  get promise(): Millis {
    const { lease, electionTimeout } = this.config
    return lease && this.now >= this.elections.promisedAtStart ? electionTimeout : this.#startPromise
  }

  /** See RaftConfig. */
  get priority(): number {
    return this.config.witness ? 0 : this.config.priority
  }

  /** Whether it may become leader: only a voter may, and not while it installs a snapshot. */
  get promotable(): boolean {
    return mayLead(this.configuration, this.id) && !this.log.isInstalling
  }

  /** A promise to a leader forbids it to stand, to vote, and to follow a candidate into a later term. */
  get isBoundByPromise(): boolean {
    return this.config.lease && promiseForbids(this.now, this.promisedUntil)
  }

  /** Sends after the next write what rests on state that is not durable yet, and everything else at once. */
  send(to: NodeId, message: Message): void {
    const envelope: Envelope = { from: this.id, to, message }
    if (waitsForWrite(envelope) || this.#promisesBeforeRecorded(message) || this.#asksBeforeDurable(message))
      this.afterWrite.push(envelope)
    else this.outbox.push(envelope)
  }

  /** An answered heartbeat is a promise (election/promise.ts). */
  #promisesBeforeRecorded(message: Message): boolean {
    return message.type === 'heartbeatResponse' && promiseWaits(message.promise, this.recordedPromise)
  }

  /**
   * A vote request says how long the candidate's log is (§5.4.1). A crash that takes back the end of that log
   * takes back the term too. The node could then stand in the same term with a shorter log, and be elected by
   * votes that it was given for the longer one.
   */
  #asksBeforeDurable({ type }: Message): boolean {
    return type === 'vote' && this.log.hasUndurable
  }

  /** A leader of this term spoke: wait for it, and promise to vote for no other candidate. */
  heardLeader(leader: NodeId): void {
    this.leader = leader
    this.timer.start = this.now
    // A promise from before a restart may be longer.
    this.promisedUntil = Math.max(this.promisedUntil, this.now + this.config.electionTimeout)
  }

  /** The configuration of that index is in force. */
  switchTo(configuration: Configuration, at: Index): void {
    this.configuration = frozen(configuration)
    this.configurationIndex = at
    this.progress.matchTo(configuration, this.log.lastIndex)
  }

  /** Forgets what belonged to a role or a term. */
  #reset(newTerm: Term): void {
    this.vote = retainedVote(this.vote, this.term, newTerm)
    this.term = newTerm
    this.leader = null
    this.heartbeatStart = this.now
    this.heartbeatInterval = this.config.heartbeatInterval
    this.timer.restart(this.now)
    this.received = []
    this.termStart = index(0)
    this.uncommittedBytes = 0
    this.lastAppend = null
    this.transferTarget = null
    this.transferDeadline = Number.POSITIVE_INFINITY
    this.leaseRevoked = false
    this.leaseDeadline = Number.NEGATIVE_INFINITY
    this.pendingChange = index(0)
    for (const { from, request } of this.reads.clear())
      if (from === this.id) this.readsReady.push({ request, index: null })
    this.progress.reset(this.configuration, this.id, this.log.lastIndex)
  }

  /** `end`: why a leader stops leading, if not for a later term. */
  becomeFollower(newTerm: Term, leader: NodeId | null, end?: LeadershipEnd): void {
    if (this.role === 'leader') this.#recordLostLeadership(end ?? { reason: 'later-term', term: newTerm })
    this.#reset(newTerm)
    this.role = 'follower'
    this.leader = leader
  }

  /**
   * A candidate stands in a later term. Only a granted vote restarts the wait (figure 2, rules for
   * followers). Else candidates that cannot win could hold up the one that can, for ever.
   */
  enterTermOfCandidate(newTerm: Term): void {
    const { role, timer } = this
    const { start, length } = timer
    this.becomeFollower(newTerm, null)
    if (role === 'leader') return
    timer.start = start
    timer.length = length
  }

  /** Changes neither term nor vote: a pre-candidate only asks (thesis §9.6). */
  becomePreCandidate(): void {
    this.received = []
    this.role = 'preCandidate'
    this.leader = null
  }

  becomeCandidate(): void {
    this.#reset((this.term + 1) as Term)
    this.role = 'candidate'
    this.vote = this.id
  }

  becomeLeader(): void {
    this.#reset(this.term)
    this.role = 'leader'
    this.leader = this.id
    const own = this.progress.get(this.id)!
    own.becomeReplicate()
    own.recentActive = true
    own.answeredSentAt = Number.POSITIVE_INFINITY
    own.promisedUntil = Number.POSITIVE_INFINITY
    own.answeredRound = Number.POSITIVE_INFINITY
    // There may be a change among the entries that are not applied yet; to wait is cheaper than to look.
    this.pendingChange = this.log.lastIndex
  }

  /** Before the node forgets what it knew as leader. */
  #recordLostLeadership(end: LeadershipEnd): void {
    const { config, now, term } = this
    const heardInTime = (member: NodeId): boolean => {
      const progress = this.progress.get(member)
      if (progress === undefined) return false
      return config.lease ? progress.promisedUntil > now : progress.recentActive
    }
    const silent = votersOf(this.configuration).filter((id) => id !== this.id && !heardInTime(id))
    this.elections.stoppedLeading({ term, at: now, end, silent })
  }
}
