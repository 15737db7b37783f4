// Whether a node stands for election, and if not, what it waits for: for people (paper §5.2; thesis §4.2.1,
// §6.4.1, §9.6). campaign.ts and the ticks decide.
import { leaseHolds } from '../election/index.ts'
import { mayLead } from '../membership/index.ts'
import type { Millis, NodeId } from '../types.ts'
import { hasUnappliedChange } from './activation.ts'
import type { Node } from './node.ts'
import { boundSinceStart } from './refusal.ts'

/** Times are of this node's clock. */
export type Candidacy =
  /**
   * It leads. Its lease: `held`; `unconfirmed` until a quorum has answered a heartbeat; `given-up` when it
   * has told another member to stand; or `off`.
   */
  | { readonly state: 'leads'; readonly lease: 'held' | 'unconfirmed' | 'given-up' | 'off' }
  /** It asks for votes, and does so again at `again`. */
  | { readonly state: 'stands'; readonly again: Millis }
  /** It has heard from a leader, and stands if it hears nothing more until then. */
  | { readonly state: 'follows'; readonly leader: NodeId; readonly until: Millis }
  /** Its election timeout ends then. */
  | { readonly state: 'waits'; readonly until: Millis }
  /**
   * It may have promised a leader to wait until then (VoteRefusal); its election timeout ends at `timeout`.
   */
  | {
      readonly state: 'promised'
      readonly until: Millis
      readonly sinceStart: boolean
      readonly timeout: Millis
    }
  /** A committed change of the membership is not applied, so it may count the wrong votes. */
  | { readonly state: 'change-not-applied' }
  | { readonly state: 'installs-snapshot' }
  /** Only voters stand. `nowhere`: it knows of no members at all, and waits for a leader to tell it. */
  | { readonly state: 'no-voter'; readonly as: 'learner' | 'non-member' | 'nowhere' }

export function candidacyOf(node: Node, now: Millis): Candidacy {
  const { role, leader, config, promisedUntil, configuration } = node
  if (role === 'leader') return { state: 'leads', lease: leaseOf(node, now) }
  if (!mayLead(configuration, node.id)) {
    if (configuration.learners.includes(node.id)) return { state: 'no-voter', as: 'learner' }
    return { state: 'no-voter', as: configuration.voters.length === 0 ? 'nowhere' : 'non-member' }
  }
  if (node.log.isInstalling) return { state: 'installs-snapshot' }
  const timeout = node.timer.start + node.timer.length
  if (role !== 'follower') return { state: 'stands', again: timeout }
  // The wait also begins anew when a node may not stand, so its promise tells when it last heard a leader.
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
): Extract<Candidacy, { state: 'leads' }>['lease'] {
  if (!config.lease) return 'off'
  if (leaseRevoked) return 'given-up'
  return leaseHolds(leaseDeadline, now) ? 'held' : 'unconfirmed'
}
