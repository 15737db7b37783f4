// The connection to each peer, for status().
import type { Millis, NodeId } from '@oarlock/core'
import { printable, type RefusalReason } from '../identity/index.ts'
import type { Link } from '../ports/index.ts'
import { longestText } from './wording.ts'

/** The connection to a peer, as the transport knows it. */
export interface PeerStatus {
  readonly state: 'connected' | 'unreachable' | 'refused' | 'unknown'
  /** For how long, in whole ms; null: not known. */
  readonly for: number | null
  /** Why there is no connection, for people; null: there is one, or nothing is known. */
  readonly problem: string | null
  /** Why one of the two refuses the other. */
  readonly refusal: RefusalReason | null
}

const unknown: PeerStatus = { state: 'unknown', for: null, problem: null, refusal: null }

export const peerStatuses = (
  peers: readonly NodeId[],
  links: ReadonlyMap<NodeId, Link>,
  now: Millis,
): Record<NodeId, PeerStatus> =>
  Object.fromEntries(peers.map((peer) => [peer, statusOf(links.get(peer), now)]))

function statusOf(link: Link | undefined, now: Millis): PeerStatus {
  if (link === undefined) return unknown
  const lasts = Math.max(0, Math.round(now - link.since))
  switch (link.state) {
    case 'connected':
      return { state: 'connected', for: lasts, problem: null, refusal: null }
    case 'unreachable': {
      const problem = link.problem === null ? null : printable(link.problem, longestText)
      return { state: 'unreachable', for: lasts, problem, refusal: null }
    }
    case 'refused': {
      const { reason, detail } = link.refusal
      return { state: 'refused', for: lasts, problem: printable(detail, longestText), refusal: reason }
    }
    default:
      return link satisfies never
  }
}
