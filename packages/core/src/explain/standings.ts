// Who does not stand for election, and why; who led until lately (paper §5.2; thesis §4.2.1, §6.4.1).
import type { LeadershipEnd } from '../election/record.ts'
import type { RaftView } from '../inspect.ts'
import { type Finding, isRecent } from './finding.ts'
import { ago, duration, list, members } from './wording.ts'

/** Of some of the nodes whose views there are. First what has gone wrong, then what will mend itself. */
export function standingFindings(some: readonly RaftView[], views: readonly RaftView[]): Finding[] {
  return [
    ...some.flatMap(lostLeadership),
    ...some.flatMap(obstacle),
    ...some.flatMap((view) => follows(view, views)),
    ...some.flatMap(wait),
  ]
}

function lostLeadership(view: RaftView): Finding[] {
  const { id, now, lostLeadership: lost } = view
  // With another leader known that is over.
  if (lost === null || view.leader !== null || !isRecent(view, lost.at)) return []
  const silent = lost.silent.length === 0 ? '' : `: ${list(lost.silent)} had not answered in time`
  const text = `${id} led term ${lost.term} until ${ago(now - lost.at)}: ${ending(lost.end, silent)}.`
  return [{ kind: 'lost-leadership', node: id, text }]
}

function ending(end: LeadershipEnd, silent: string): string {
  switch (end.reason) {
    case 'lease-ran-out':
      return `its lease ran out${silent}`
    case 'no-quorum':
      return `it did not hear from a quorum${silent}`
    case 'transfer-failed':
      return `it had told ${end.target} to take over, which did not happen in time`
    case 'no-voter-any-more':
      return 'it is no voter any more'
    case 'told-to':
      return 'it was told to step down'
    case 'later-term':
      return `it learned of term ${end.term}`
    default:
      return end satisfies never
  }
}

function obstacle({ id, standing, configuration, configurationIndex, commit, applied }: RaftView): Finding[] {
  const doesNotStand = (why: string): Finding[] => [
    { kind: 'does-not-stand', node: id, text: `${id} does not stand: ${why}.` },
  ]
  if (standing.state === 'installs-snapshot') return doesNotStand('it is installing a snapshot')
  if (standing.state === 'change-not-applied')
    return doesNotStand(
      `a change of the membership is committed but not applied there (committed ${commit}, applied ${applied})`,
    )
  if (standing.state !== 'no-voter') return []
  if (standing.as === 'learner') return doesNotStand('it is a learner')
  if (standing.as === 'nowhere')
    return doesNotStand('it knows of no members, and waits for a leader that tells it')
  return doesNotStand(
    `it is no member of the configuration that it knows (${members(configuration)}; of index ${configurationIndex})`,
  )
}

/** Where the one whom it takes for the leader is not seen to lead. */
function follows({ id, term, standing, leader, now }: RaftView, views: readonly RaftView[]): Finding[] {
  if (leader === null || leader === id) return []
  const taken = views.find((view) => view.id === leader)
  if (taken?.role === 'leader') return []
  const seen = taken === undefined ? '' : `, but ${leader} does not lead`
  const wait =
    standing.state === 'follows'
      ? `; it stands if it hears nothing more for ${duration(standing.until - now)}`
      : ''
  return [
    {
      kind: 'follows',
      node: id,
      text: `${id} takes ${leader} for the leader of term ${term}${seen}${wait}.`,
    },
  ]
}

function wait({ id, standing, now }: RaftView): Finding[] {
  const waits = (text: string): Finding[] => [{ kind: 'waits', node: id, text: `${id} ${text}.` }]
  const time = (until: number): string => (until > now ? `in ${duration(until - now)}` : 'now')
  switch (standing.state) {
    case 'stands':
      return waits(`stands for election, and asks again ${time(standing.again)}`)
    case 'waits':
      return waits(`stands for election ${time(standing.until)}`)
    case 'promised': {
      const promise = standing.sinceStart
        ? 'has just started, and may have promised a leader before that to wait'
        : 'has promised a leader to wait'
      const from = Math.max(standing.until, standing.timeout)
      return waits(
        `${promise}, for ${duration(standing.until - now)} more; it stands for election ${time(from)}`,
      )
    }
    default:
      return []
  }
}
