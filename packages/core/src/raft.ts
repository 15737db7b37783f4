// Raft as one function: step(event, now). Term rules first (paper §5.1), then the table of the role; effects gather until
// the runtime takes them.
import { completeConfig, type RaftConfig } from './config.ts'
import type { Effects, Persist } from './effect.ts'
import { standForElection } from './election/campaign.ts'
import { answerVoteRequest, sticksToLeader } from './election/grant.ts'
import { heldByAll } from './election/witness.ts'
import type { Event } from './event.ts'
import type { RaftView } from './inspect.ts'
import { invariant } from './invariant.ts'
import type { LogReader } from './log/reader.ts'
import { activateUpTo, changeToPropose, leaveJointIfDue } from './membership/activate.ts'
import { committedToTell, learnCommitted } from './membership/farewell.ts'
import { isAnswerOfStranger } from './membership/stranger.ts'
import type { Message } from './message.ts'
import { Node } from './node.ts'
import { broadcastHeartbeat } from './replication.ts'
import { candidate, preCandidate } from './roles/candidate.ts'
import { follower } from './roles/follower.ts'
import type { Handlers } from './roles/handlers.ts'
import { leader, stepDownWithoutQuorum } from './roles/leader.ts'
import { type Rules, standardRules } from './rules.ts'
import { TakenEffects } from './taken.ts'
import { abandonTransfer, handOverToBetter, mostCaughtUpVoter } from './transfer.ts'
import {
  type Index,
  index,
  type Millis,
  type NodeId,
  type RestoredState,
  type Role,
  type Term,
} from './types.ts'

export interface RaftInit {
  readonly config: Partial<RaftConfig> & Pick<RaftConfig, 'id'>
  readonly restored: RestoredState
  /** The durable entries, a live view: it holds a write's entries by the time its `persisted` is stepped. */
  readonly log: LogReader
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** This node's monotonic clock now. */
  readonly now: Millis
  /** For the mutation runner only. */
  readonly rules?: Rules
}

const roles: Readonly<Record<Role, Handlers>> = { follower, preCandidate, candidate, leader }

/** One node of one group. Throws InvariantError where going on would be unsafe: stop the node. */
export class Raft {
  readonly #node: Node
  readonly #taken: TakenEffects

  constructor({ config, restored, log, random, now, rules = standardRules }: RaftInit) {
    this.#node = new Node({ config: completeConfig(config), restored, log, random, now, rules })
    this.#taken = new TakenEffects(this.#node)
  }

  get role(): Role {
    return this.#node.role
  }

  get term(): Term {
    return this.#node.term
  }

  get leader(): NodeId | null {
    return this.#node.leader
  }

  get commit(): Index {
    return this.#node.log.commit
  }

  get applied(): Index {
    return this.#node.log.applied
  }

  /**
   * On a leader the index of its no-op, else 0: once applied, the state machine holds all that earlier terms committed. Where nothing
   * is replicated (RaftConfig.electionOnly) there is nothing to wait for: 0.
   */
  get termStart(): Index {
    const { config, termStart } = this.#node
    return config.electionOnly ? index(0) : termStart
  }

  /** The node's clock at which its lease ends; -Infinity without one. Leadership is held while `role` is leader and now is before it. */
  get leaseDeadline(): Millis {
    return this.#node.leaseDeadline
  }

  /** Up to where the log may be replaced by a snapshot, as far as Raft is concerned: what is applied, and on a witness less. */
  get compactableIndex(): Index {
    const node = this.#node
    const held = node.role === 'leader' ? heldByAll(node) : node.heldByAll
    return node.rules.compactableIndex(node.config.witness, node.log.applied, held)
  }

  get hasEffects(): boolean {
    return this.#taken.any
  }

  /** Hands out everything that gathered since the last take. Carry it out as effect.ts says. */
  take(): Effects {
    return this.#taken.take()
  }

  /** When a `tick` is next needed; earlier ones do no harm. Infinity: not before another event. */
  nextDeadline(): Millis {
    const node = this.#node
    const { electionTimeout, heartbeatInterval } = node.config
    if (node.role !== 'leader') return node.promotable ? node.electionDue : Number.POSITIVE_INFINITY
    const lease =
      node.leaseDeadline > Number.NEGATIVE_INFINITY ? node.leaseDeadline : Number.POSITIVE_INFINITY
    return Math.min(node.heartbeatStart + heartbeatInterval, node.electionStart + electionTimeout, lease)
  }

  /** For tests: the wait that is under way lasts this long. The next one is drawn as ever. */
  setRandomizedElectionTimeout(timeout: Millis): void {
    this.#node.randomizedElectionTimeout = timeout
  }

  /** Takes in one event. `now` is this node's monotonic clock, read after the event happened; it never goes back. */
  step(event: Event, now: Millis): void {
    const node = this.#node
    if (now > node.now) node.now = now
    if (this.#leaseRanOut()) node.becomeFollower(node.term, null)
    switch (event.type) {
      case 'tick':
        return this.#tick()
      case 'receive':
        return this.#receive(event.from, event.message)
      case 'propose':
        invariant(event.entries.length > 0, 'a proposal has at least one entry')
        return roles[node.role].propose(node, node.id, event)
      case 'campaign':
        return standForElection(node, 'timeout')
      case 'transfer':
        return this.#transfer(event.to)
      case 'forgetLeader':
        if (node.role === 'follower' && !node.config.lease) node.leader = null
        return
      case 'persisted':
        return this.#persisted(event.write)
      case 'applied':
        activateUpTo(node, event.index)
        node.uncommittedBytes = node.rules.stillUncommitted(
          node.uncommittedBytes,
          node.log.appliedTo(event.index),
        )
        return leaveJointIfDue(node)
      case 'activate':
        return activateUpTo(node, event.index)
      case 'reconfigure':
        return this.#reconfigure(event)
      case 'read':
        return roles[node.role].readIndex(node, node.id, { ...event, type: 'readIndex' })
      case 'snapshotReported':
        if (node.role === 'leader') node.progress.get(event.to)?.snapshotReported(event.failed)
        return
      case 'peerUnreachable': {
        if (node.role === 'follower' && event.id === node.leader) node.hurryElection()
        const progress = node.role === 'leader' ? node.progress.get(event.id) : undefined
        if (progress?.state === 'replicate') progress.becomeProbe()
        return
      }
      default:
        return event satisfies never
    }
  }

  #tick(): void {
    const node = this.#node
    const { electionTimeout, heartbeatInterval, checkQuorum } = node.config
    if (node.role !== 'leader') {
      if (!node.promotable || node.now < node.electionDue) return
      node.electionStart = node.now
      node.electionDelay = 0
      return standForElection(node, 'timeout')
    }
    if (node.now - node.electionStart >= electionTimeout) {
      node.electionStart = node.now
      if (checkQuorum) stepDownWithoutQuorum(node)
      if (this.role === 'leader' && abandonTransfer(node)) leaveJointIfDue(node)
      handOverToBetter(node)
    }
    if (this.role === 'leader' && node.now - node.heartbeatStart >= heartbeatInterval) {
      node.heartbeatStart = node.now
      broadcastHeartbeat(node)
    }
  }

  /**
   * A leadership that is not held any more must not come back under the same fence (ARCHITECTURE.md, leases): looked at before
   * every event, since an answer that would extend the lease may come in before the tick that ends it.
   */
  #leaseRanOut(): boolean {
    const { leaseDeadline, now, rules } = this.#node
    return leaseDeadline > Number.NEGATIVE_INFINITY && !rules.leaseHolds(leaseDeadline, now)
  }

  #reconfigure({ request, change, expected }: Extract<Event, { type: 'reconfigure' }>): void {
    const node = this.#node
    const proposed = changeToPropose(node, change, expected)
    if (typeof proposed === 'string') node.proposals.push({ request, at: null, reason: proposed })
    else roles.leader.propose(node, node.id, { type: 'propose', request, entries: [proposed] })
  }

  #transfer(to: NodeId | null): void {
    const node = this.#node
    const target = to ?? (node.role === 'leader' ? mostCaughtUpVoter(node) : null)
    if (target !== null)
      roles[node.role].transferLeader(node, node.id, { type: 'transferLeader', term: node.term, to: target })
  }

  #persisted(write: Persist['write']): void {
    const node = this.#node
    if (write.term > node.durableTerm) node.durableTerm = write.term
    const last = node.rules.placeMadeDurable(write, node.term, node.log)
    if (last !== null) node.log.stableTo(last)
    if (write.snapshot !== null) node.log.installed(write.snapshot)
  }

  #receive(from: NodeId, message: Message): void {
    const node = this.#node
    if (isAnswerOfStranger(node, from, message)) return
    if (message.type === 'voteResponse' || message.type === 'preVoteResponse') learnCommitted(node, message)
    if ('term' in message) {
      if (message.term > node.term && !this.#adoptTerm(from, message)) return
      if (node.rules.isOfEarlierTerm(message, node.term)) return this.#answerEarlierTerm(from, message)
    }
    if (message.type === 'vote' || message.type === 'preVote') return answerVoteRequest(node, from, message)
    const fromLeader =
      message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot'
    invariant(
      !(fromLeader && node.role === 'leader'),
      `two leaders in term ${node.term}: ${node.id} and ${from}`,
    )
    const handle = roles[node.role][message.type] as (node: Node, from: NodeId, message: Message) => void
    handle(node, from, message)
  }

  /** §5.1: a later term makes a follower of everybody. False: the message is to be ignored. */
  #adoptTerm(from: NodeId, message: Extract<Message, { term: Term }>): boolean {
    const node = this.#node
    switch (message.type) {
      case 'vote':
      case 'preVote':
        if (sticksToLeader(node, message)) return false
        if (message.type === 'vote') node.enterTermOfCandidate(message.term)
        return true
      case 'preVoteResponse':
        // Granted: the term is the one that was asked for, not one that anybody has reached.
        if (!message.granted) node.becomeFollower(message.term, null)
        return true
      case 'append':
      case 'heartbeat':
      case 'snapshot':
        node.becomeFollower(message.term, from)
        return true
      default:
        node.becomeFollower(message.term, null)
        return true
    }
  }

  /** §5.1: of an earlier term. Most is ignored; a leader or pre-candidate that is behind must learn of it, or it can never rejoin. */
  #answerEarlierTerm(from: NodeId, message: Extract<Message, { term: Term }>): void {
    const node = this.#node
    if (!node.rules.mustLearnLaterTerm(message, node.config, node.promotable)) return
    const zero = { term: 0 as Term, index: 0 as Index }
    if (message.type === 'preVote' || message.type === 'vote')
      node.send(from, {
        type: `${message.type}Response`,
        term: node.term,
        granted: false,
        ...committedToTell(node),
      })
    else
      node.send(from, {
        type: 'appendResponse',
        term: node.term,
        index: zero.index,
        rejected: false,
        hint: zero,
      })
  }

  /** A frozen view, for tests, dashboards and people. */
  inspect(): RaftView {
    const node = this.#node
    const { term: lastTerm, index: lastIndex } = node.log.last
    const leads = node.role === 'leader'
    return Object.freeze({
      id: node.id,
      role: node.role,
      term: node.term,
      vote: node.vote,
      leader: node.leader,
      commit: node.log.commit,
      applied: node.log.applied,
      lastIndex,
      lastTerm,
      durableIndex: node.log.durableIndex,
      configuration: node.configuration,
      configurationIndex: node.configurationIndex,
      termStart: node.termStart,
      leaseDeadline: node.leaseDeadline,
      transferTarget: node.transferTarget,
      progress: new Map(
        leads
          ? [...node.progress].map(([member, progress]) => [
              member,
              progress.view(node.configuration.learners.includes(member)),
            ])
          : [],
      ),
    })
  }
}
