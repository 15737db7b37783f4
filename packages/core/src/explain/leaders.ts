// A leader, its lease, and the voters that it does not hear (thesis §6.2, §6.4.1, §3.10).
import type { RaftView } from '../node/index.ts'
import type { NodeId } from '../types.ts'
import type { Finding, Silence } from './finding.ts'
import { duration, have, silences } from './wording.ts'

export function leaderFindings(view: RaftView, silence: Silence): Finding {
  const { id, term, candidacy, transferTarget, leaseDeadline, now } = view
  const lease = candidacy.state === 'leads' ? candidacy.lease : 'off'
  const kind = lease === 'held' || lease === 'off' ? 'leads' : 'leads-without-lease'
  const finding = (state: string): Finding => ({
    kind,
    node: id,
    text: [`${id} leads term ${term}${state}`, ...silentVoters(view, lease, silence)].join('; ').concat('.'),
  })
  switch (lease) {
    case 'off':
      return finding('')
    case 'held':
      return finding(
        leaseDeadline === Number.POSITIVE_INFINITY
          ? ' and holds its lease'
          : ` and holds its lease, for ${duration(leaseDeadline - now)} more`,
      )
    case 'given-up':
      return finding(
        `, but it has given up its lease and told ${transferTarget ?? 'another'} to take over, which has not happened so far`,
      )
    case 'unconfirmed':
      return finding(', but it does not hold its lease')
    default:
      return lease satisfies never
  }
}

/**
 * The voters that it has not heard from for an election timeout. For a new leader only if its lease lacks
 * them.
 */
function silentVoters(view: RaftView, lease: string, silence: Silence): string[] {
  const { id, now, term, electionTimeout, configuration, election, progress } = view
  const isNew = election?.term === term && now - election.at < electionTimeout && lease !== 'unconfirmed'
  const silent = new Map<string, NodeId[]>()
  for (const voter of new Set([...configuration.voters, ...configuration.outgoing])) {
    const last = progress.get(voter)?.answeredSentAt ?? Number.NEGATIVE_INFINITY
    const never = last === Number.NEGATIVE_INFINITY
    if (voter === id || now - last < electionTimeout || (never && isNew)) continue
    // With a known reason it does not matter since when.
    const since = silence.has(voter) ? '' : never ? 'in this term' : `of the last ${duration(now - last)}`
    silent.set(since, [...(silent.get(since) ?? []), voter])
  }
  return [...silent].flatMap(([since, voters]) =>
    silences(voters, silence, (those) => `${have(those)} answered none of its heartbeats ${since}`),
  )
}
