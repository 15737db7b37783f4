// Why is there no leader (paper §5.2)? An answer in sentences, from the views of some nodes. It says nothing
// that the views do not show: about a node without a view only what others heard from it, about a silent node
// only that it was silent, unless the runtime knows why.
import type { RaftView } from '../node/index.ts'
import type { NodeId } from '../types.ts'
import { campaignFindings, strayRefusals } from './campaigns.ts'
import { candidacyFindings } from './candidacies.ts'
import type { Finding, Silence } from './finding.ts'
import { leaderFindings } from './leaders.ts'

export interface Explanation {
  /** The node that leads by its own view, in the latest term; null: none of the views is a leader's. */
  readonly leader: NodeId | null
  /** The most important first. */
  readonly findings: readonly Finding[]
  /** The findings' sentences, one on each line. */
  toString(): string
}

/**
 * Why is there no leader, as far as these views (Raft.inspect) show? Give the view of one node, or better of
 * several, each once, taken at about the same time; their clocks need not agree. If there is a leader it says
 * so, and names the nodes that do not follow it. Times are approximate, and reasons are those at the time of
 * the refusal. A log that ends at `41@6` ends at index 41, of term 6. Never throws.
 *
 * `silence`: why nothing is heard from a node, if that is known, as the end of a sentence about it or about
 * several: `cannot be reached`.
 */
export function explainNoLeader(views: readonly RaftView[], silence: Silence = new Map()): Explanation {
  const leading = views.filter(({ role }) => role === 'leader').sort((a, b) => b.term - a.term)
  const leader = leading[0] ?? null
  const leaderless = views.filter((view) => view.leader === null)
  const others = views.filter((view) => view.role !== 'leader' && view.leader !== leader?.id)
  const findings = [
    ...leading.map((view) => leaderFindings(view, silence)),
    ...[...leaderless].sort(latestAskedFirst).flatMap((view) => campaignFindings(view, views, silence)),
    ...strayRefusals(views, leader),
    ...candidacyFindings(leader === null ? views : others, views),
    ...withoutView(views),
  ]
  return explanationOf(leader?.id ?? null, findings)
}

export const explanationOf = (leader: NodeId | null, findings: readonly Finding[]): Explanation => ({
  leader,
  findings,
  toString: () => findings.map(({ text }) => text).join('\n'),
})

const latestAskedFirst = (a: RaftView, b: RaftView): number =>
  (b.election?.term ?? 0) - (a.election?.term ?? 0)

/**
 * The voters of the latest configuration whose views are missing. A single view is not expected to be
 * complete.
 */
function withoutView(views: readonly RaftView[]): Finding[] {
  if (views.length < 2) return []
  const latest = views.reduce((a, b) => (b.configurationIndex > a.configurationIndex ? b : a))
  const { voters, outgoing } = latest.configuration
  const missing = [...new Set([...voters, ...outgoing])].filter((voter) =>
    views.every(({ id }) => id !== voter),
  )
  return missing.map((node) => ({ kind: 'no-view', node, text: `There is no view of ${node} here.` }))
}
