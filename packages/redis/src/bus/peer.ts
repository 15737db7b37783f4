// What is known of one peer, and of the link to it.
import type { Millis, NodeId } from '@oarlock/core'
import type { Link, Refusal } from '@oarlock/runtime'

export interface Peer {
  /** Its session that this member has accepted. */
  session: string | null
  /** Its session that is being judged. */
  judging: string | null
  /** Its session that has accepted this member. */
  acceptedBy: string | null
  link: Link
  introducedAt: Millis
}

export function newPeer(): Peer {
  const link: Link = { state: 'unreachable', since: performance.now(), problem: null }
  return { session: null, judging: null, acceptedBy: null, link, introducedAt: 0 }
}

export const isAccepted = ({ session, acceptedBy }: Peer): boolean =>
  session !== null && session === acceptedBy

export function connected(peer: Peer): void {
  peer.link = { state: 'connected', since: performance.now() }
}

export function unreachable(peer: Peer, problem: string): void {
  const { state, since } = peer.link
  peer.link = { state: 'unreachable', since: state === 'unreachable' ? since : performance.now(), problem }
}

export function refused(peer: Peer, by: NodeId, refusal: Refusal): void {
  const { link } = peer
  const goesOn = link.state === 'refused' && link.by === by && link.refusal.reason === refusal.reason
  peer.link = { state: 'refused', since: goesOn ? link.since : performance.now(), by, refusal }
}
