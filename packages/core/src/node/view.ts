// A frozen look at a node (paper figure 2, “State”; what a leader knows of each member: §5.3), for tests,
// dashboards and people. explain/ puts it into sentences.

import type { CampaignView, LostLeadershipView, RefusalView } from '../election/index.ts'
import { closed } from '../frozen.ts'
import type { ProgressView } from '../progress/index.ts'
import type { Configuration, Index, Millis, NodeId, Role, Term } from '../types.ts'
import { type Candidacy, candidacyOf } from './candidacy.ts'
import type { Node } from './node.ts'

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
  /** On a leader the index of its no-op: entries before it are of earlier terms. Else 0. */
  readonly termStart: Index
  /** On a leader with a lease, the node's clock when it ends. Else -Infinity. */
  readonly leaseDeadline: Millis
  readonly transferTarget: NodeId | null
  /** This node's monotonic clock: every time in a view is of it. */
  readonly now: Millis
  readonly electionTimeout: Millis
  /** Whether this node stands for election, or why not. */
  readonly candidacy: Candidacy
  /**
   * The last time that this node asked for votes, with the refusals and their reasons. Kept until the next.
   */
  readonly election: CampaignView | null
  /**
   * The candidates that this node refused, with the reason: the last time for each, oldest first. A granted
   * vote removes its candidate.
   */
  readonly refusals: readonly RefusalView[]
  /** The last leadership of this node since its start, and why it ended. */
  readonly lostLeadership: LostLeadershipView | null
  /** On a leader: every member, itself included. Else empty. */
  readonly progress: ReadonlyMap<NodeId, ProgressView>
}

/** The view of a node when its clock shows `now`, or at its last step if that was later. */
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
    candidacy: Object.freeze(candidacyOf(node, at)),
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
  // What `frozen` does, without a second look at each member: the simulator's checkers look often.
  return Object.freeze(Object.setPrototypeOf(views, closed))
}
