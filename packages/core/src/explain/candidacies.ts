// The nodes that do not stand for election, with the reason, and those that led until lately (paper §5.2;
// thesis §4.2.1, §6.4.1).
import type { LeadershipEnd } from '../election/index.ts'
import type { RaftView } from '../node/index.ts'
import { type Finding, isRecent } from './finding.ts'
import { ago, duration, list, members } from './wording.ts'

/** About some of the nodes. Problems come first, then things that will pass. */
export function candidacyFindings(some: readonly RaftView[], views: readonly RaftView[]): Finding[] {
  return [
    ...some.flatMap(lostLeadership),
    ...some.flatMap(obstacle),
    ...some.flatMap((view) => follows(view, views)),
    ...some.flatMap(wait),
  ]
}

function lostLeadership(view: RaftView): Finding[] {
  const { id, now, lostLeadership: lost } = view
  // With another leader known it no longer matters.
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

function obstacle({
  id,
  candidacy,
  configuration,
  configurationIndex,
  commit,
  applied,
}: RaftView): Finding[] {
  const doesNotStand = (why: string): Finding[] => [
    { kind: 'does-not-stand', node: id, text: `${id} does not stand: ${why}.` },
  ]
  if (candidacy.state === 'installs-snapshot') return doesNotStand('it is installing a snapshot')
  if (candidacy.state === 'change-not-applied')
    return doesNotStand(
      `a change of the membership is committed but not applied there (committed ${commit}, applied ${applied})`,
    )
  if (candidacy.state !== 'no-voter') return []
  if (candidacy.as === 'learner') return doesNotStand('it is a learner')
  if (candidacy.as === 'nowhere')
    return doesNotStand('it knows of no members, and waits for a leader that tells it')
  return doesNotStand(
    `it is no member of the configuration that it knows (${members(configuration)}; of index ${configurationIndex})`,
  )
}

/** A node follows a leader that is not seen to lead. */
function follows({ id, term, candidacy, leader, now }: RaftView, views: readonly RaftView[]): Finding[] {
  if (leader === null || leader === id) return []
  const taken = views.find((view) => view.id === leader)
  if (taken?.role === 'leader') return []
  const seen = taken === undefined ? '' : `, but ${leader} does not lead`
  const wait =
    candidacy.state === 'follows'
      ? `; it stands if it hears nothing more for ${duration(candidacy.until - now)}`
      : ''
  return [
    {
      kind: 'follows',
      node: id,
      text: `${id} takes ${leader} for the leader of term ${term}${seen}${wait}.`,
    },
  ]
}

function wait({ id, candidacy, now }: RaftView): Finding[] {
  const waits = (text: string): Finding[] => [{ kind: 'waits', node: id, text: `${id} ${text}.` }]
  const time = (until: number): string => (until > now ? `in ${duration(until - now)}` : 'now')
  switch (candidacy.state) {
    case 'stands':
      return waits(`stands for election, and asks again ${time(candidacy.again)}`)
    case 'waits':
      return waits(`stands for election ${time(candidacy.until)}`)
    case 'promised': {
      const promise = candidacy.sinceStart
        ? 'has just started, and may have promised a leader before that to wait'
        : 'has promised a leader to wait'
      const from = Math.max(candidacy.until, candidacy.timeout)
      return waits(
        `${promise}, for ${duration(candidacy.until - now)} more; it stands for election ${time(from)}`,
      )
    }
    default:
      return []
  }
}
