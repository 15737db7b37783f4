// What the leader makes of the membership: the next change, or none. A pure function of what it sees (ARCHITECTURE.md, "Membership").
//
// The number of voters is odd: an even number bears no more failures than the odd one below it, and of two voters neither could be missed.
import type { MemberChange, MembershipChange, Millis, NodeId, RaftView } from '@oarlock/core'

/** More voters bear more failures, but each write waits for more of them; three failures at once are enough. */
export const MOST_VOTERS = 7

export interface Neighbourhood {
  /** When instances said last that they are here and follow nobody, by the leader's clock. */
  readonly asked: ReadonlyMap<NodeId, Millis>
  /** Members that said that they leave. */
  readonly leaving: ReadonlySet<NodeId>
  /** When this leadership began, by the leader's clock: nobody has been silent for longer. */
  readonly ledSince: Millis
  /** Who is silent for so long is gone, in ms. */
  readonly forgetAfter: Millis
}

/** As a leader sees its members. */
interface Sight {
  /** Its answers come, whatever it said. */
  answers(id: NodeId): boolean
  /** And it stays. */
  isHere(id: NodeId): boolean
  isGone(id: NodeId): boolean
  isCaughtUp(id: NodeId): boolean
}

function sightOf(view: RaftView, { asked, leaving, ledSince, forgetAfter }: Neighbourhood): Sight {
  const { id: self, now, electionTimeout, commit, progress } = view
  const never = Number.NEGATIVE_INFINITY
  const answeredAt = (id: NodeId): Millis => (id === self ? now : (progress.get(id)?.answeredSentAt ?? never))
  const silence = (id: NodeId): Millis => now - Math.max(answeredAt(id), asked.get(id) ?? never, ledSince)
  const answers = (id: NodeId): boolean => now - answeredAt(id) < electionTimeout
  return {
    answers,
    isHere: (id) => answers(id) && !leaving.has(id),
    isGone: (id) => leaving.has(id) || silence(id) > forgetAfter,
    isCaughtUp: (id) => {
      const its = progress.get(id)
      return its?.state === 'replicate' && its.match >= commit
    },
  }
}

const largestOdd = (atMost: number): number => (atMost % 2 === 0 ? atMost - 1 : atMost)

/** Who should vote: this leader, then voters that are here, voters that are only silent, learners that are here and caught up. */
function votersToBe({ id: self, configuration }: RaftView, sight: Sight): readonly NodeId[] {
  const { voters, learners } = configuration
  const others = voters.filter((id) => id !== self && !sight.isGone(id))
  const candidates = [
    self,
    ...others.filter((id) => sight.isHere(id)),
    ...others.filter((id) => !sight.isHere(id)),
    ...learners.filter((id) => sight.isHere(id) && sight.isCaughtUp(id)),
  ]
  return candidates.slice(0, Math.max(1, largestOdd(Math.min(candidates.length, MOST_VOTERS))))
}

/**
 * The next change, or null: there is nothing to change, one is under way, or it could not be decided. Newcomers come in as learners first;
 * then who is gone goes, and who should vote votes, in one step.
 */
export function nextChange(view: RaftView, neighbourhood: Neighbourhood): MembershipChange | null {
  const { voters, learners, outgoing } = view.configuration
  if (outgoing.length > 0) return null
  const members = [...voters, ...learners]
  const newcomers = [...neighbourhood.asked]
    .filter(([id, at]) => view.now - at < view.electionTimeout && !members.includes(id))
    .map(([id]) => id)
    .filter((id) => !neighbourhood.leaving.has(id))
  if (newcomers.length > 0) return changing(newcomers.sort().map((id) => ({ kind: 'learner', id })))
  const sight = sightOf(view, neighbourhood)
  if (neighbourhood.leaving.has(view.id)) return succession(view, sight)
  const toVote = votersToBe(view, sight)
  const changes: MemberChange[] = [
    ...toVote.filter((id) => !voters.includes(id)).map((id) => ({ kind: 'voter', id }) as const),
    ...voters
      .filter((id) => !toVote.includes(id) && !sight.isGone(id))
      .map((id) => ({ kind: 'learner', id }) as const),
    ...members
      .filter((id) => sight.isGone(id) && id !== view.id)
      .map((id) => ({ kind: 'remove', id }) as const),
  ]
  if (changes.length === 0) return null
  // What those who answer could not decide among themselves would leave nobody in charge.
  const isDecided = (deciders: readonly NodeId[]): boolean =>
    2 * deciders.filter((id) => sight.answers(id)).length > deciders.length
  return isDecided(voters) && isDecided(toVote) ? changing(changes) : null
}

/** A leader that leaves needs somebody to hand over to, and leaves the rest to that one. */
function succession({ id: self, configuration }: RaftView, sight: Sight): MembershipChange | null {
  const { voters, learners } = configuration
  if (voters.some((id) => id !== self && sight.isHere(id))) return null
  const heir = learners.find((id) => sight.isHere(id) && sight.isCaughtUp(id))
  return heir === undefined ? null : changing([{ kind: 'voter', id: heir }])
}

const changing = (changes: readonly MemberChange[]): MembershipChange => ({ transition: 'auto', changes })
