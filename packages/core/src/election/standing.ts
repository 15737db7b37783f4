// Does this node stand for election, and if not, what does it wait for? (Paper §5.2; thesis §4.2.1, §6.4.1, §9.6.) What
// decides is standForElection (campaign.ts) and the ticks (tick.ts).
import { hasUnappliedChange } from '../membership/activate.ts'
import { mayLead } from '../membership/configuration.ts'
import type { Node } from '../node.ts'
import type { Millis, NodeId } from '../types.ts'
import { leaseHolds } from './lease.ts'
import { boundSinceStart } from './refusal.ts'

/** Times are of this node's clock. */
export type Standing =
  /**
   * It leads. Its lease: `held`; `unconfirmed`, until a quorum has answered a heartbeat; `given-up`, for it has told
   * somebody else to stand; or `off`.
   */
  | { readonly state: 'leads'; readonly lease: 'held' | 'unconfirmed' | 'given-up' | 'off' }
  /** It asks for votes, and does so again at `again`. */
  | { readonly state: 'stands'; readonly again: Millis }
  /** It has heard from a leader, and stands if it hears nothing more until then. */
  | { readonly state: 'follows'; readonly leader: NodeId; readonly until: Millis }
  /** Its election time-out ends then. */
  | { readonly state: 'waits'; readonly until: Millis }
  /** It may have promised a leader to wait (VoteRefusal), until then; its election time-out ends at `timeout`. */
  | {
      readonly state: 'promised'
      readonly until: Millis
      readonly sinceStart: boolean
      readonly timeout: Millis
    }
  /** A committed change of the membership is not applied: it may count wrong. */
  | { readonly state: 'change-not-applied' }
  | { readonly state: 'installs-snapshot' }
  /** Only voters stand. `nowhere`: it knows of no members at all, and waits for a leader that tells it. */
  | { readonly state: 'no-voter'; readonly as: 'learner' | 'stranger' | 'nowhere' }

export function standingOf(node: Node, now: Millis): Standing {
  const { role, leader, config, promisedUntil, configuration } = node
  if (role === 'leader') return { state: 'leads', lease: leaseOf(node, now) }
  if (!mayLead(configuration, node.id)) {
    if (configuration.learners.includes(node.id)) return { state: 'no-voter', as: 'learner' }
    return { state: 'no-voter', as: configuration.voters.length === 0 ? 'nowhere' : 'stranger' }
  }
  if (node.log.isInstalling) return { state: 'installs-snapshot' }
  const timeout = node.timer.start + node.timer.length
  if (role !== 'follower') return { state: 'stands', again: timeout }
  // The wait also begins anew where a node could not stand: what it has heard is told by its promise.
  const until = promisedUntil - config.electionTimeout + node.timer.length
  if (leader !== null && now < until) return { state: 'follows', leader, until }
  if (hasUnappliedChange(node)) return { state: 'change-not-applied' }
  if (config.lease && now < promisedUntil)
    return { state: 'promised', until: promisedUntil, sinceStart: boundSinceStart(node), timeout }
  return { state: 'waits', until: timeout }
}

function leaseOf(
  { config, leaseRevoked, leaseDeadline }: Node,
  now: Millis,
): Extract<Standing, { state: 'leads' }>['lease'] {
  if (!config.lease) return 'off'
  if (leaseRevoked) return 'given-up'
  return leaseHolds(leaseDeadline, now) ? 'held' : 'unconfirmed'
}
