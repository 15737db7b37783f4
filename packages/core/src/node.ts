// Everything a node knows (paper figure 2, “State”), and the few things that every role does with it: send, and change its role.
// The roles themselves are in roles/, one file each; raft.ts decides which of them a message reaches.
import { type RaftConfig, RaftConfigError } from './config.ts'
import { waitsForWrite } from './durability.ts'
import type { ProposalOutcome, ReadOutcome } from './effect.ts'
import { promiseAtStart, promiseForbids, promiseWaits } from './election/promise.ts'
import { ElectionRecord, type LeadershipEnd } from './election/record.ts'
import { ElectionTimer } from './election/timer.ts'
import { type ReceivedVote, retainedVote } from './election/vote.ts'
import { frozen } from './frozen.ts'
import { firstCommand } from './log/command.ts'
import { RaftLog } from './log/log.ts'
import type { LogReader } from './log/reader.ts'
import { mayLead, membersOf } from './membership/configuration.ts'
import type { Append, Envelope, Message } from './message.ts'
import { Progress } from './progress/progress.ts'
import { ReadQueue } from './read/read-index.ts'
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
} from './types.ts'

export interface NodeInit {
  readonly config: RaftConfig
  readonly restored: RestoredState
  readonly log: LogReader
  /** Uniform in [0, 1): the only source of chance, for election timeouts. */
  readonly random: () => number
  /** This node's monotonic clock at its start. */
  readonly now: Millis
}

/** A log of another kind of cluster has commands from its beginning on. */
function refuseCommands(log: RaftLog): void {
  const found = firstCommand(log)
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
  /** The term that a crash would leave. */
  durableTerm: Term

  // Volatile state.
  role: Role = 'follower'
  leader: NodeId | null = null
  readonly timer: ElectionTimer
  /** Every voter holds the log up to here, as its leader said last. */
  heldByAll: Index = index(0)
  /** No vote for anybody before this: see election/promise.ts. */
  promisedUntil: Millis = Number.NEGATIVE_INFINITY

  /** For people: it decides nothing. */
  readonly elections: ElectionRecord

  // A candidate's.
  received: ReceivedVote[] = []

  // A leader's.
  readonly progress: Map<NodeId, Progress> = new Map()
  heartbeatStart: Millis
  /** The index of this leader's no-op; 0 on others. */
  termStart: Index = index(0)
  uncommittedBytes = 0
  /** The last append that was sent: see replication.ts. Within a term it stays true, for a leader only ever appends. */
  lastAppend: Append | null = null
  transferTarget: NodeId | null = null
  /** When a transfer that is under way has failed. */
  transferDeadline: Millis = Number.POSITIVE_INFINITY
  /** `timeoutNow` left in this term: it may arrive late, so no lease holds any more until the next term. */
  leaseRevoked = false
  leaseDeadline: Millis = Number.NEGATIVE_INFINITY
  /** When this node may hand over by itself again. */
  noHandOverBefore: Millis = Number.NEGATIVE_INFINITY
  /** When this node may hand over again because it is a witness. */
  noWitnessHandOverBefore: Millis = Number.NEGATIVE_INFINITY
  /** No membership change is proposed before everything up to here is applied. */
  pendingChange: Index = index(0)
  readonly reads: ReadQueue = new ReadQueue()

  // What the runtime has not taken yet.
  outbox: Envelope[] = []
  afterWrite: Envelope[] = []
  proposals: ProposalOutcome[] = []
  readsReady: ReadOutcome[] = []

  constructor(init: NodeInit) {
    const { hardState, configuration, applied } = init.restored
    this.config = init.config
    this.configuration = frozen(configuration) // or whoever gave it could go on writing into it
    this.configurationIndex = applied
    this.log = new RaftLog(init.log, applied, init.config)
    if (init.config.electionOnly) refuseCommands(this.log)
    this.now = init.now
    this.timer = new ElectionTimer(init.config, init.random, init.now)
    this.heartbeatStart = init.now
    this.term = hardState.term
    this.vote = hardState.vote
    this.durableTerm = hardState.term
    this.log.commitTo(hardState.commit)
    if (init.config.lease)
      this.promisedUntil = promiseAtStart(init.now, init.config.electionTimeout, hardState.term)
    this.elections = new ElectionRecord(this.promisedUntil)
    this.reset(hardState.term)
  }

  get id(): NodeId {
    return this.config.id
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.commit }
  }

  /** See RaftConfig. */
  get priority(): number {
    return this.config.witness ? 0 : this.config.priority
  }

  /** May it become leader? Only voters may, and not while a snapshot is being installed. */
  get promotable(): boolean {
    return mayLead(this.configuration, this.id) && !this.log.isInstalling
  }

  /** A promise to a leader forbids to stand, to vote in the own term, and to heed a candidate of a later one. */
  get isBoundByPromise(): boolean {
    return this.config.lease && promiseForbids(this.now, this.promisedUntil)
  }

  /** Sends when it is safe: what rests on something that is not on disk yet after the next write, everything else at once. */
  send(to: NodeId, message: Message): void {
    const envelope: Envelope = { from: this.id, to, message }
    if (waitsForWrite(envelope) || this.#promisesBeforeDurable(message) || this.#asksBeforeDurable(message))
      this.afterWrite.push(envelope)
    else this.outbox.push(envelope)
  }

  /** An answered heartbeat is a promise (election/promise.ts). */
  #promisesBeforeDurable({ type }: Message): boolean {
    return type === 'heartbeatResponse' && this.config.lease && promiseWaits(this.term, this.durableTerm)
  }

  /**
   * Who asks for votes says how long its log is (§5.4.1). A crash that took some of that back would take the term back with it: it would stand
   * in that term again, with less, and votes that it had got before might come in then.
   */
  #asksBeforeDurable({ type }: Message): boolean {
    return type === 'vote' && this.log.hasUndurable
  }

  /** A leader of this term spoke: wait for it, and promise not to vote. */
  heardLeader(leader: NodeId): void {
    this.leader = leader
    this.timer.start = this.now
    this.promisedUntil = this.now + this.config.electionTimeout
  }

  /** Forgets what belonged to a role or a term. */
  reset(newTerm: Term): void {
    this.vote = retainedVote(this.vote, this.term, newTerm)
    this.term = newTerm
    this.leader = null
    this.heartbeatStart = this.now
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
    this.#resetProgress()
  }

  /**
   * The connection to the leader broke: the wait becomes about as short as promises allow. Not with plain Raft, where one that cannot
   * reach a healthy leader would depose it.
   */
  hurryElection(): void {
    if (this.config.preVote) this.timer.hurry()
  }

  #resetProgress(): void {
    const last = this.log.lastIndex
    this.progress.clear()
    for (const member of membersOf(this.configuration)) {
      const match = member === this.id ? last : index(0)
      this.progress.set(member, this.#newProgress(match, index(last + 1)))
    }
  }

  #newProgress(match: Index, next: Index): Progress {
    const { maxInflightMessages, maxInflightBytes } = this.config
    return new Progress({ match, next, maxInflightMessages, maxInflightBytes })
  }

  /** The configuration of that index is in force. */
  switchTo(configuration: Configuration, at: Index): void {
    this.configuration = frozen(configuration)
    this.configurationIndex = at
    this.#matchProgressToMembers()
  }

  /** Members that came are probed, those that went are forgotten. */
  #matchProgressToMembers(): void {
    const members = membersOf(this.configuration)
    for (const member of [...this.progress.keys()])
      if (!members.includes(member)) this.progress.delete(member)
    for (const member of members) {
      if (this.progress.has(member)) continue
      // Probing begins at the last entry: a member that is empty refuses with a hint. Active, so that the quorum check
      // gives it time to answer.
      const progress = this.#newProgress(index(0), index(Math.max(this.log.lastIndex, 1)))
      progress.recentActive = true
      this.progress.set(member, progress)
    }
  }

  /** `end`: why a leader leads no longer, where it is not for a later term. */
  becomeFollower(newTerm: Term, leader: NodeId | null, end?: LeadershipEnd): void {
    if (this.role === 'leader')
      this.elections.stopsLeading(this, end ?? { reason: 'later-term', term: newTerm })
    this.reset(newTerm)
    this.role = 'follower'
    this.leader = leader
  }

  /**
   * Somebody stands in a later term. Only a vote that is granted restarts the wait (figure 2, rules for followers), or candidates that
   * cannot win would hold up for ever the one that can.
   */
  enterTermOfCandidate(newTerm: Term): void {
    const { role, timer } = this
    const { start, length } = timer
    this.becomeFollower(newTerm, null)
    if (role === 'leader') return
    timer.start = start
    timer.length = length
  }

  /** Changes neither term nor vote: it only asks (thesis §9.6). */
  becomePreCandidate(): void {
    this.received = []
    this.role = 'preCandidate'
    this.leader = null
  }

  becomeCandidate(): void {
    this.reset((this.term + 1) as Term)
    this.role = 'candidate'
    this.vote = this.id
  }

  becomeLeader(): void {
    this.reset(this.term)
    this.role = 'leader'
    this.leader = this.id
    const own = this.progress.get(this.id)!
    own.becomeReplicate()
    own.recentActive = true
    own.answeredSentAt = Number.POSITIVE_INFINITY
    own.answeredRound = Number.POSITIVE_INFINITY
    // There may be a change among what is not applied yet; waiting is cheaper than looking.
    this.pendingChange = this.log.lastIndex
  }
}
