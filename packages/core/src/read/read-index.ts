// Linearizable reads without writing to the log (thesis §6.4). A read notes the commit index; once a quorum has answered a
// heartbeat that was sent *after* it, no later leader can have committed anything before it began.
//
// Reads are positions in a queue: each waits for a round of heartbeats, rounds are numbered, and an answer to round n
// confirms every read up to it and none after. So a late or duplicated answer can never confirm a newer read.
import { leaseHolds } from '../election/lease.ts'
import { votersOf } from '../membership/configuration.ts'
import type { Node } from '../node.ts'
import { jointReached } from '../quorum/joint.ts'
import type { Configuration, Index, NodeId, RequestId } from '../types.ts'

export type ReadPolicy = 'quorum' | 'lease'

export interface PendingRead {
  readonly from: NodeId
  readonly request: RequestId
  readonly policy: ReadPolicy
}

interface QueuedRead extends PendingRead {
  readonly commit: Index
  /** The first heartbeat round that was sent after this read arrived. */
  readonly round: number
}

export class ReadQueue {
  /** Arrived before this leader has committed an entry of its own term: what is committed is not known yet. */
  #early: PendingRead[] = []
  #queue: QueuedRead[] = []
  /** The last round of heartbeats that was sent. */
  #round = 0

  get round(): number {
    return this.#round
  }

  /** Reads wait for a round that was not sent yet. */
  get needsRound(): boolean {
    const last = this.#queue[this.#queue.length - 1]
    return last !== undefined && last.round > this.#round
  }

  nextRound(): number {
    return ++this.#round
  }

  clear(): readonly PendingRead[] {
    const all = [...this.#early, ...this.#queue]
    this.#early = []
    this.#queue = []
    this.#round = 0
    return all
  }

  postpone(read: PendingRead): void {
    this.#early.push(read)
  }

  takePostponed(): readonly PendingRead[] {
    const early = this.#early
    this.#early = []
    return early
  }

  /** `round` confirms it. */
  add(read: PendingRead, commit: Index, round: number): void {
    this.#queue.push({ ...read, commit, round })
  }

  /** A quorum has answered `round`: hands out every read it confirms, oldest first. */
  confirm(round: number): readonly QueuedRead[] {
    let confirmed = 0
    while (confirmed < this.#queue.length && this.#queue[confirmed]!.round <= round) confirmed++
    return this.#queue.splice(0, confirmed)
  }
}

/** Thesis §6.4, step 1: until then the commit index may be behind what earlier leaders committed. */
export function hasCommittedInOwnTerm(commit: Index, termStart: Index): boolean {
  return commit >= termStart
}

/** The latest round that a quorum has answered: of both halves where the configuration is joint. */
export function roundConfirmed(
  configuration: Configuration,
  answered: (member: NodeId) => number | undefined,
): number {
  return jointReached(configuration, answered)
}

/** A read at the leader, its own or a follower's. */
export function leaderRead(node: Node, read: PendingRead): void {
  // Step 2: it sees everything that was committed before it began, whether or not that is applied yet.
  const at = node.log.commit
  if (!hasCommittedInOwnTerm(at, node.termStart)) node.reads.postpone(read)
  else if (
    isAlone(node.configuration, node.id) ||
    (read.policy === 'lease' && leaseHolds(node.leaseDeadline, node.now))
  )
    answer(node, read, at)
  // The first round of heartbeats that is sent after it came.
  else node.reads.add(read, at, node.reads.round + 1)
}

/** The leader's first commit of its term: reads that came before it begin now. */
export function releasePostponedReads(node: Node): void {
  if (hasCommittedInOwnTerm(node.log.commit, node.termStart))
    for (const read of node.reads.takePostponed()) leaderRead(node, read)
}

export function confirmReads(node: Node): void {
  const answered = (member: NodeId): number | undefined => node.progress.get(member)?.answeredRound
  const round = roundConfirmed(node.configuration, answered)
  for (const read of node.reads.confirm(round)) answer(node, read, read.commit)
}

/** Nobody else has to be asked: the only voter, of both halves where the configuration is joint. */
export function isAlone(configuration: Configuration, id: NodeId): boolean {
  const voters = votersOf(configuration)
  return voters.length === 1 && voters[0] === id
}

function answer(node: Node, { from, request }: PendingRead, at: Index): void {
  if (from === node.id) node.readsReady.push({ request, index: at })
  else node.send(from, { type: 'readIndexResponse', request, index: at })
}
