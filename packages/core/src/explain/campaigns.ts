// Requests for votes, the refusals with their reasons, and the missing votes (paper §5.2; thesis §9.6).
import type { CampaignView, RefusalView, VoterAnswer } from '../election/index.ts'
import type { RaftView } from '../node/index.ts'
import { majorityOf } from '../quorum/index.ts'
import type { NodeId } from '../types.ts'
import { type Finding, isRecent, type Silence } from './finding.ts'
import { ago, because, have, list, silences } from './wording.ts'

/** A node that knows no leader has asked for votes. Other views add refusals that were not answered. */
export function campaignFindings(view: RaftView, views: readonly RaftView[], silence: Silence): Finding[] {
  const { election, id, lostLeadership } = view
  if (election === null || !isRecent(view, election.at)) return []
  // It won.
  if (lostLeadership !== null && lostLeadership.at >= election.at) return []
  return [
    {
      kind: 'campaign',
      node: id,
      text: `${asked(view, election)}: ${outcomes(view, election, views, silence)}.`,
    },
    ...missing(view, election),
  ]
}

const question = ({ kind, term }: Pick<CampaignView, 'kind' | 'term'>): string =>
  kind === 'preVote' ? `a vote in term ${term} (pre-vote)` : `a vote in term ${term}`

function asked({ id, now }: RaftView, campaign: CampaignView): string {
  const { transfer, at, answers } = campaign
  const others = [...answers.keys()].filter((voter) => voter !== id)
  const told = transfer ? ', as a leader had told it to,' : ''
  const whom = others.length === 0 ? 'itself alone' : list(others)
  return `${id} asked ${whom} for ${question(campaign)}${told} ${ago(now - at)}`
}

function outcomes(
  view: RaftView,
  campaign: CampaignView,
  views: readonly RaftView[],
  silence: Silence,
): string {
  const granted: NodeId[] = []
  const told: string[] = []
  const silent: NodeId[] = []
  for (const [voter, answer] of campaign.answers) {
    if (voter === view.id) continue
    const seen = answer === null ? seenElsewhere(view.id, voter, campaign, views) : null
    if (answer?.granted) granted.push(voter)
    else if (answer !== null) told.push(refusal(view, campaign, voter, answer))
    else if (seen !== null) told.push(seen)
    else silent.push(voter)
  }
  if (granted.length > 0) told.push(`${have(granted)} granted it`)
  told.push(...silences(silent, silence, (voters) => `${have(voters)} not answered`))
  if (campaign.answers.get(view.id) === null) told.push('its own vote is not on its disk yet')
  return told.join('; ') || 'no other member has a vote'
}

function refusal(
  { id: candidate }: RaftView,
  { last }: CampaignView,
  voter: NodeId,
  answer: VoterAnswer,
): string {
  const reason = because({ voter, voterTerm: answer.term, candidate, last, refusal: answer.refusal })
  return `${voter} refused: ${reason}`
}

/** About a voter that has not answered: what its own view says of the same request. */
function seenElsewhere(
  candidate: NodeId,
  voter: NodeId,
  { kind, term, last }: CampaignView,
  views: readonly RaftView[],
): string | null {
  const view = views.find(({ id }) => id === voter)
  if (view === undefined) return null
  if (kind === 'vote' && view.term === term && view.vote === candidate)
    return `${voter} votes for it, and its answer has not arrived`
  const given = view.refusals.find((refusal) => refusal.candidate === candidate)
  if (given === undefined || given.kind !== kind || given.term !== term || !isRecent(view, given.at))
    return null
  const reason = because({ voter, voterTerm: given.ownTerm, candidate, last, refusal: given.refusal })
  const how = given.answered ? 'refused, and its answer has not arrived' : 'refused without an answer'
  return `${voter} ${how}: ${reason}`
}

/** The missing votes, of each half of a joint configuration (§6). */
function missing({ id, configuration }: RaftView, { answers }: CampaignView): Finding[] {
  const halves = [configuration.voters, configuration.outgoing].filter((voters) => voters.length > 0)
  return halves.flatMap((voters): Finding[] => {
    const granted = voters.filter((voter) => answers.get(voter)?.granted)
    const needed = majorityOf(voters.length)
    if (granted.length >= needed) return []
    const of =
      halves.length === 1 ? `${voters.length} votes` : `the ${voters.length} votes of ${list(voters)}`
    const whose = list(granted.map((voter) => (voter === id ? 'its own' : `that of ${voter}`)))
    const has = granted.length === 0 ? 'none' : `${granted.length}: ${whose}`
    return [{ kind: 'votes-missing', node: id, text: `${id} needs ${needed} of ${of} and has ${has}.` }]
  })
}

/** Refusals of candidates whose campaigns are not told above. If there is a leader, they explain nothing. */
export function strayRefusals(views: readonly RaftView[], leader: RaftView | null): Finding[] {
  if (leader !== null) return []
  return views.flatMap((view) =>
    view.refusals
      .filter((given) => matters(view, given) && !isTold(given, views))
      .map((given): Finding => ({ kind: 'refusal', node: view.id, text: strayRefusal(view, given) })),
  )
}

/** Refusals before the term of a known leader no longer matter. */
const matters = (view: RaftView, { at, ownTerm }: RefusalView): boolean =>
  isRecent(view, at) && (view.leader === null || ownTerm === view.term)

const isTold = ({ candidate }: RefusalView, views: readonly RaftView[]): boolean =>
  views.some(({ id, leader, election }) => id === candidate && (leader !== null || election !== null))

function strayRefusal({ id: voter, now }: RaftView, given: RefusalView): string {
  const { candidate, last, at, ownTerm, answered, refusal } = given
  const reason = because({ voter, voterTerm: ownTerm, candidate, last, refusal })
  const how = answered ? 'refused' : 'refused without an answer'
  return `${candidate} asked ${voter} for ${question(given)} ${ago(now - at)}; ${voter} ${how}: ${reason}.`
}
