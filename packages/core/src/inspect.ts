// A frozen view of a node (paper figure 2, “State”; a leader's of each member: §5.3), for tests, dashboards and people: explain.ts puts it
// into sentences.
import type { CampaignView, LostLeadershipView, RefusalView } from './election/record.ts'
import { type Standing, standingOf } from './election/standing.ts'
import { closed } from './frozen.ts'
import type { Node } from './node.ts'
import type { Configuration, Index, Millis, NodeId, Role, Term } from './types.ts'

export interface ProgressView {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly match: Index
  readonly next: Index
  readonly paused: boolean
  /** It answered since the last quorum check. */
  readonly recentActive: boolean
  /** When the last heartbeat was sent that it answered, by the leader's clock; -Infinity: none in this term. */
  readonly answeredSentAt: Millis
  readonly learner: boolean
  readonly inflight: number
  readonly inflightFull: boolean
  readonly pendingSnapshot: Index
  readonly priority: number
}

export interface RaftView {
  readonly id: NodeId
  readonly role: Role
  readonly term: Term
  readonly vote: NodeId | null
  readonly leader: NodeId | null
  readonly commit: Index
  readonly applied: Index
  readonly lastIndex: Index
  readonly lastTerm: Term
  /** The last index that is durable on this node's own disk. */
  readonly durableIndex: Index
  readonly configuration: Configuration
  /** The log index of `configuration`: what `reconfigure` expects. */
  readonly configurationIndex: Index
  /** On a leader: the index of its no-op; entries before it are of earlier terms. Else 0. */
  readonly termStart: Index
  /** On a leader with a lease: the node's clock at which it ends. Else -Infinity. */
  readonly leaseDeadline: Millis
  readonly transferTarget: NodeId | null
  /** This node's monotonic clock: every time here is of it. */
  readonly now: Millis
  readonly electionTimeout: Millis
  /** Whether this node stands for election, or why not. */
  readonly standing: Standing
  /** The last time that this node asked for votes, and who refused it, for what reason. Kept until the next. */
  readonly election: CampaignView | null
  /** Whom this node has refused its vote, and why: the last time for each, oldest first. Gone when it votes for it. */
  readonly refusals: readonly RefusalView[]
  /** The last leadership of this node since its start, and why it ended. */
  readonly lostLeadership: LostLeadershipView | null
  /** On a leader: every member, itself included. Else empty. */
  readonly progress: ReadonlyMap<NodeId, ProgressView>
}

/** The view of a node as its clock shows `now`, or at its last step if that was later. */
export function viewOf(node: Node, now: Millis): RaftView {
  const { log, elections } = node
  const { term: lastTerm, index: lastIndex } = log.last
  const at = Math.max(now, node.now)
  return Object.freeze({
    id: node.id,
    role: node.role,
    term: node.term,
    vote: node.vote,
    leader: node.leader,
    commit: log.commit,
    applied: log.applied,
    lastIndex,
    lastTerm,
    durableIndex: log.durableIndex,
    configuration: node.configuration,
    configurationIndex: node.configurationIndex,
    termStart: node.termStart,
    leaseDeadline: node.leaseDeadline,
    transferTarget: node.transferTarget,
    now: at,
    electionTimeout: node.config.electionTimeout,
    standing: Object.freeze(standingOf(node, at)),
    election: elections.campaign,
    refusals: elections.refusals,
    lostLeadership: elections.lostLeadership,
    progress: progressOf(node),
  })
}

function progressOf({ role, progress, configuration }: Node): RaftView['progress'] {
  const views = new Map<NodeId, ProgressView>()
  if (role === 'leader')
    for (const [member, its] of progress)
      views.set(member, Object.freeze(its.view(configuration.learners.includes(member))))
  // What `frozen` does, without looking at each of them again: the checkers of the simulator look often.
  return Object.freeze(Object.setPrototypeOf(views, closed))
}
