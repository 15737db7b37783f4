// The next membership change that the leader makes, as a pure function (ARCHITECTURE.md, "Membership").
//
// The number of voters is odd: an even number tolerates no more failures than the odd number below it, and
// two voters tolerate none.
import type { MemberChange, MembershipChange, Millis, NodeId, RaftView } from '@oarlock/core'

/**
 * Seven voters tolerate three failures at once. More voters would make each election and heartbeat wait for
 * more of them.
 */
export const maxVoters = 7

export interface MembershipRequests {
  /** When each instance announced last that it wants to join, by the leader's clock. */
  readonly joinRequests: ReadonlyMap<NodeId, Millis>
  /** Members that announced that they leave. */
  readonly leaving: ReadonlySet<NodeId>
  /** When this leadership began, by the leader's clock. Silence is counted from here at the earliest. */
  readonly leadingSince: Millis
  /** A member that was silent for this long is gone, in ms. */
  readonly forgetAfter: Millis
}

/** What the leader knows about each member. */
interface Liveness {
  /** It has answered within an election timeout. */
  answers(id: NodeId): boolean
  /** It answers and does not leave. */
  isActive(id: NodeId): boolean
  isGone(id: NodeId): boolean
  isCaughtUp(id: NodeId): boolean
}

function livenessOf(
  view: RaftView,
  { joinRequests, leaving, leadingSince, forgetAfter }: MembershipRequests,
): Liveness {
  const { id: self, now, electionTimeout, commit, progress } = view
  const never = Number.NEGATIVE_INFINITY
  const answeredAt = (id: NodeId): Millis => (id === self ? now : (progress.get(id)?.answeredSentAt ?? never))
  const silence = (id: NodeId): Millis =>
    now - Math.max(answeredAt(id), joinRequests.get(id) ?? never, leadingSince)
  const answers = (id: NodeId): boolean => now - answeredAt(id) < electionTimeout
  return {
    answers,
    isActive: (id) => answers(id) && !leaving.has(id),
    isGone: (id) => leaving.has(id) || silence(id) > forgetAfter,
    isCaughtUp: (id) => {
      const peer = progress.get(id)
      return peer?.state === 'replicate' && peer.match >= commit
    },
  }
}

const largestOdd = (atMost: number): number => (atMost % 2 === 0 ? atMost - 1 : atMost)

/** Chooses this leader first, then active voters, silent voters, and active learners that are caught up. */
function chooseVoters({ id: self, configuration }: RaftView, liveness: Liveness): readonly NodeId[] {
  const { voters, learners } = configuration
  const others = voters.filter((id) => id !== self && !liveness.isGone(id))
  const ranked = [
    self,
    ...others.filter((id) => liveness.isActive(id)),
    ...others.filter((id) => !liveness.isActive(id)),
    ...learners.filter((id) => liveness.isActive(id) && liveness.isCaughtUp(id)),
  ]
  return ranked.slice(0, Math.max(1, largestOdd(Math.min(ranked.length, maxVoters))))
}

/**
 * The next change, or null if none is due, one is under way, or it could not be committed. Newcomers are
 * added as learners first. The following change removes the members that are gone and sets the voters, in one
 * step.
 */
export function nextChange(view: RaftView, requests: MembershipRequests): MembershipChange | null {
  const { voters, learners, outgoing } = view.configuration
  if (outgoing.length > 0) return null
  const members = [...voters, ...learners]
  const newcomers = [...requests.joinRequests]
    .filter(([id, at]) => view.now - at < view.electionTimeout && !members.includes(id))
    .map(([id]) => id)
    .filter((id) => !requests.leaving.has(id))
  if (newcomers.length > 0) return changeOf(newcomers.sort().map((id) => ({ kind: 'learner', id })))
  const liveness = livenessOf(view, requests)
  if (requests.leaving.has(view.id)) return prepareSuccessor(view, liveness)
  const nextVoters = chooseVoters(view, liveness)
  const changes: MemberChange[] = [
    ...nextVoters.filter((id) => !voters.includes(id)).map((id) => ({ kind: 'voter', id }) as const),
    ...voters
      .filter((id) => !nextVoters.includes(id) && !liveness.isGone(id))
      .map((id) => ({ kind: 'learner', id }) as const),
    ...members
      .filter((id) => liveness.isGone(id) && id !== view.id)
      .map((id) => ({ kind: 'remove', id }) as const),
  ]
  if (changes.length === 0) return null
  // The change needs a majority of both configurations. Without it the cluster would lose its leader.
  const canCommit = (voterIds: readonly NodeId[]): boolean =>
    2 * voterIds.filter((id) => liveness.answers(id)).length > voterIds.length
  return canCommit(voters) && canCommit(nextVoters) ? changeOf(changes) : null
}

/** A leader that leaves only makes sure that there is a voter to transfer leadership to. */
function prepareSuccessor(
  { id: self, configuration }: RaftView,
  liveness: Liveness,
): MembershipChange | null {
  const { voters, learners } = configuration
  if (voters.some((id) => id !== self && liveness.isActive(id))) return null
  const successor = learners.find((id) => liveness.isActive(id) && liveness.isCaughtUp(id))
  return successor === undefined ? null : changeOf([{ kind: 'voter', id: successor }])
}

const changeOf = (changes: readonly MemberChange[]): MembershipChange => ({ transition: 'auto', changes })
