// CALM: with check-quorum a member that has heard from a leader within an election timeout neither stands nor
// helps to depose it (thesis §4.2.3), unless the leader asked for that (thesis §3.10). Without check-quorum
// it does not stand either (paper §5.2). Only what a member has heard since it started counts, and only while
// it knows of a leader; leases cover the rest (LEASE).
// Kills E4, E23, H3, P13, P19, R9.
import type { Effects, Envelope, Event, NodeId, Role, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation, type World } from '../world/index.ts'

/** A node after its last step. */
interface Known {
  term: Term
  role: Role
  leader: NodeId | null
  /** When it last heard from a leader of its term, by its own clock. */
  heard: number
  /** How many members asked it for a vote in this turn, and the last one that it must refuse. */
  asked: number
  mustRefuse: NodeId | null
}

export class LiveLeadersAreKept implements Watcher {
  readonly #world: World
  readonly #known: Known[] = []

  constructor(world: World) {
    this.#world = world
  }

  started({ place, raft }: SimNode): void {
    const { term, role, leader } = raft
    this.#known[place] = { term, role, leader, heard: Number.NEGATIVE_INFINITY, asked: 0, mustRefuse: null }
  }

  stepped(node: SimNode, event: Event): void {
    const { raft, clock, place } = node
    const known = this.#known[place]!
    const { role, leader } = raft
    if (event.type === 'receive') {
      const { from, message } = event
      if (message.type === 'vote' || message.type === 'preVote') {
        known.asked++
        const isLater = message.term > known.term
        if (isLater && !message.transfer && this.#mustKeep(node, known)) known.mustRefuse = from
      } else if (message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot') {
        if (leader === from && message.term === raft.term) known.heard = clock.at(this.#world.now)
      }
    } else if (event.type === 'tick' && known.role === 'follower' && role !== 'follower')
      this.#mayStand(node, known)
    known.term = raft.term
    known.role = role
    known.leader = leader
  }

  /** Checks only turns with one request, whose answer is known to belong to it. */
  taken({ id, place, raft }: SimNode, { send, persist }: Effects): void {
    const known = this.#known[place]!
    const { mustRefuse, asked } = known
    if (asked === 0) return
    known.asked = 0
    known.mustRefuse = null
    if (mustRefuse === null || asked > 1) return
    const isGrant = ({ to, message }: Envelope): boolean =>
      to === mustRefuse &&
      (message.type === 'voteResponse' || message.type === 'preVoteResponse') &&
      message.granted
    if (!send.some(isGrant) && !(persist?.thenSend ?? []).some(isGrant)) return
    throw new Violation(
      'CALM',
      `${id}, in term ${raft.term}, would elect ${mustRefuse} although it has just heard from a leader`,
    )
  }

  /** Judged by what it knew before the request, and by its own election timeout. */
  #mustKeep({ clock, config }: SimNode, { role, leader, heard }: Known): boolean {
    const { checkQuorum, lease, electionTimeout } = config
    if (!checkQuorum || leader === null) return false
    // With leases, leadership ends with the lease, before the answer.
    if (role === 'leader') return !lease
    return clock.at(this.#world.now) - heard < electionTimeout
  }

  #mayStand({ id, raft, clock, config }: SimNode, { leader, heard }: Known): void {
    const since = clock.at(this.#world.now) - heard
    if (leader === null || since >= config.electionTimeout - 0.001) return
    throw new Violation(
      'CALM',
      `${id} stands in term ${raft.term}, ${since.toFixed(1)} ms after it heard from ${leader}`,
    )
  }
}
