// What is wrong between this member and its peers, in sentences.
import { duration, type Finding, type Millis, type NodeId } from '@oarlock/core'
import { printable, type Refusal } from '../identity/index.ts'
import type { Link } from '../ports/index.ts'
import type { MemberFacts, RefusedPeer, StuckFollower } from './facts.ts'
import { longestText, sentence } from './wording.ts'

/** Election timeouts may differ, but elections take as long as the longest one. */
const wiseFactor = 2

export const differUnwisely = (a: Millis, b: Millis): boolean => Math.max(a, b) > wiseFactor * Math.min(a, b)

/** The most important first. */
export function peerFindings(facts: MemberFacts): Finding[] {
  const { id, links, refused, timeouts, stuck, electionTimeout, now } = facts
  const theirs = [...links].flatMap(([peer, link]) => refusalIn(id, peer, link))
  return [
    ...refusalFindings(id, refused, theirs),
    ...stuck.map(
      (follower): Finding => ({
        kind: 'stuck-follower',
        node: follower.peer,
        text: stuckText(facts, follower),
      }),
    ),
    ...[...links].flatMap(([peer, link]) => unreachableFinding(peer, link, now, electionTimeout)),
    ...[...timeouts].map(
      ([peer, theirs]): Finding => ({
        kind: 'timeouts-differ',
        node: peer,
        text: timeoutsText(id, electionTimeout, peer, theirs),
      }),
    ),
  ]
}

const notAllowed = (id: NodeId): string => `may not talk to ${id}`

/** Why nothing is heard from a peer, for explainNoLeader. */
export function silences({ id, links, refused }: MemberFacts): ReadonlyMap<NodeId, string> {
  const known = new Map<NodeId, string>()
  for (const [peer, link] of links) {
    if (link.state === 'refused' && link.refusal.reason !== 'wrong-member')
      known.set(peer, link.by === id ? notAllowed(id) : `will not talk to ${id}`)
    else if (link.state !== 'connected') known.set(peer, 'cannot be reached')
  }
  for (const { peer } of refused) if (links.get(peer)?.state !== 'connected') known.set(peer, notAllowed(id))
  return known
}

const refusalIn = (id: NodeId, peer: NodeId, link: Link): RefusedPeer[] =>
  link.state === 'refused' && link.by !== id ? [{ peer, refusal: link.refusal }] : []

/** One sentence for each peer, also if the two refuse each other. */
function refusalFindings(
  id: NodeId,
  ours: readonly RefusedPeer[],
  theirs: readonly RefusedPeer[],
): Finding[] {
  const findings = ours.map(({ peer, refusal }) => {
    const mutual = theirs.some((their) => their.peer === peer)
    return refusalFinding(peer, refusal, refusalText(id, peer, refusal, mutual ? 'both' : 'this'))
  })
  for (const { peer, refusal } of theirs)
    if (ours.every((our) => our.peer !== peer))
      findings.push(refusalFinding(peer, refusal, refusalText(id, peer, refusal, 'peer')))
  return findings
}

const refusalFinding = (peer: NodeId, { reason }: Refusal, text: string): Finding => ({
  kind: reason === 'duplicate-id' ? 'duplicate-id' : 'refused',
  node: peer,
  text,
})

/** `by`: which of the two refuses the other one. */
export function refusalText(
  id: NodeId,
  peer: NodeId,
  { reason, detail }: Refusal,
  by: 'this' | 'peer' | 'both',
): string {
  const text = sentence(printable(detail, longestText))
  if (reason === 'duplicate-id') return `There is another ${id}: ${text}`
  const other = printable(peer)
  // Another member is at the address of this peer, and refuses for it.
  if (reason === 'wrong-member' && by === 'peer') return `${id} does not reach ${other}: ${text}`
  switch (by) {
    case 'this':
      return `${id} refuses ${other}: ${text}`
    case 'peer':
      return `${other} refuses ${id}: ${text}`
    case 'both':
      return `${id} and ${other} refuse each other: ${text}`
    default:
      return by satisfies never
  }
}

export const timeoutsText = (id: NodeId, own: Millis, peer: NodeId, theirs: Millis): string =>
  `The election timeouts of ${id} (${duration(own)}) and ${printable(peer)} (${duration(theirs)}) differ by more than a factor of ${wiseFactor}: that is safe, but a new leader takes as long as the longest one asks for; use similar ones.`

export function stuckText({ id, view, now }: MemberFacts, follower: StuckFollower): string {
  const { peer, match, hasLostEntries, since } = follower
  return hasLostEntries
    ? `${peer} refuses entry ${match}, which it has acknowledged: its disk has lost entries, so ${id} cannot bring it up to date. See “A member that lost its disk” in docs/errors.md.`
    : `${peer} answers ${id}, but its log has not grown beyond entry ${match} for ${duration(now - since)}, and that of ${id} ends at ${view.lastIndex}: is its disk full, slow or failing?`
}

/** A connection that has just begun is no problem yet, unless it is known what is wrong. */
function unreachableFinding(peer: NodeId, link: Link, now: Millis, electionTimeout: Millis): Finding[] {
  if (link.state !== 'unreachable') return []
  const { since, problem, address } = link
  if (problem === null && now - since < electionTimeout) return []
  const at = address === undefined ? '' : ` at ${printable(address)}`
  const why = problem === null ? '' : `: ${printable(problem, longestText)}`
  return [
    {
      kind: 'unreachable',
      node: peer,
      text: sentence(`${peer} has been unreachable${at} for ${duration(Math.max(0, now - since))}${why}`),
    },
  ]
}
