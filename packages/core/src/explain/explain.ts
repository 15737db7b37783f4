// Why is there no leader (paper §5.2)? What the views of some nodes show of it, in sentences. It only reads views, and says nothing
// that they do not show: of a node without a view, only what others heard from it; of silence, only that it was silent.
import type { RaftView } from '../inspect.ts'
import type { NodeId } from '../types.ts'
import { campaignFindings, strayRefusals } from './campaigns.ts'
import type { Finding } from './finding.ts'
import { leaderFindings } from './leaders.ts'
import { standingFindings } from './standings.ts'

export interface Explanation {
  /** Who leads, by its own view, in the latest term of those that lead; null: none of the views is a leader's. */
  readonly leader: NodeId | null
  /** The most important first. */
  readonly findings: readonly Finding[]
  /** The findings' sentences, a line each. */
  toString(): string
}

/**
 * Why is there no leader, as far as these views (Raft.inspect) show? From one node's view, or better from those of several,
 * each node once, taken at about the same time; their clocks need not agree. If one leads, that is said, with those who do not
 * follow it. Times are approximate, reasons are of the moment of the refusal, and a log that ends at `41@6` ends at index 41, of
 * term 6. Never throws.
 */
export function explainNoLeader(views: readonly RaftView[]): Explanation {
  const leading = views.filter(({ role }) => role === 'leader').sort((a, b) => b.term - a.term)
  const leader = leading[0] ?? null
  const leaderless = views.filter((view) => view.leader === null)
  const others = views.filter((view) => view.role !== 'leader' && view.leader !== leader?.id)
  const findings = [
    ...leading.map(leaderFindings),
    ...[...leaderless].sort(latestAskedFirst).flatMap((view) => campaignFindings(view, views)),
    ...strayRefusals(views, leader),
    ...standingFindings(leader === null ? views : others, views),
    ...withoutView(views),
  ]
  return {
    leader: leader?.id ?? null,
    findings,
    toString: () => findings.map(({ text }) => text).join('\n'),
  }
}

const latestAskedFirst = (a: RaftView, b: RaftView): number =>
  (b.election?.term ?? 0) - (a.election?.term ?? 0)

/** By the latest configuration that is in force anywhere. One view alone is not expected to be all. */
function withoutView(views: readonly RaftView[]): Finding[] {
  if (views.length < 2) return []
  const latest = views.reduce((a, b) => (b.configurationIndex > a.configurationIndex ? b : a))
  const { voters, outgoing } = latest.configuration
  const missing = [...new Set([...voters, ...outgoing])].filter((voter) =>
    views.every(({ id }) => id !== voter),
  )
  return missing.map((node) => ({ kind: 'no-view', node, text: `There is no view of ${node} here.` }))
}
