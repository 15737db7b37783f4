// LEASE: a lease never ends later than the answers of a quorum allow, and a member does not vote while its
// answer supports one (thesis §6.4.1). Together they are the reason why two nodes never hold leadership
// (HOLD), and they are checked before chance makes that happen.
// Kills E9, E10, E15, H1, H3, H5, H7, H9, H11, H13, H19, R9, W1, W17.
import type { Effects, Envelope, NodeId, RaftConfig, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation, type World } from '../world/index.ts'

/** The answers to a leader in one term: until when each node has promised, by the leader's clock. */
interface Answered {
  readonly term: Term
  readonly life: number
  readonly promisedUntil: number[]
  /** It told a member to stand, so it has no lease. */
  transferred: boolean
  /** A deadline of this term was compared. */
  seen: boolean
}

/** The time until which a majority of these has promised. */
function promisedByMajority(voters: readonly NodeId[], promisedUntil: (voter: NodeId) => number): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  return voters.map(promisedUntil).sort((a, b) => b - a)[Math.floor(voters.length / 2)]!
}

export class LeasesSupported implements Watcher {
  readonly #world: World
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  readonly #rate: number
  readonly #places: ReadonlyMap<NodeId, number>
  /** Per leader. */
  readonly #answered: (Answered | undefined)[] = []
  readonly #deadlines: number[] = []
  /** Per node: the last term in which it voted. */
  readonly #voted: Term[] = []
  /** The terms with a leader, in order. */
  readonly #led: Term[] = []

  constructor(
    world: World,
    nodes: readonly SimNode[],
    committed: CommittedLog,
    config: Pick<RaftConfig, 'clockRateTolerance'>,
  ) {
    this.#world = world
    this.#nodes = nodes
    this.#committed = committed
    this.#rate = 1 + config.clockRateTolerance
    this.#places = new Map(nodes.map((node) => [node.id, node.place]))
  }

  leaving(node: SimNode, { to, message }: Envelope): void {
    if (message.type === 'timeoutNow') this.#of(node, message.term).transferred = true
    if (message.type !== 'heartbeatResponse') return
    // A restart keeps only a promise whose length is on the disk (ARCHITECTURE.md, leases).
    if (node.disk.durableHardState.promise < message.promise)
      throw new Violation(
        'LEASE',
        `${node.id} answers a heartbeat, but a crash now would leave no trace of that`,
      )
    const leader = this.#nodes[this.#places.get(to)!]!
    if (!leader.up || leader.raft.role !== 'leader' || leader.raft.term !== message.term) return
    const { promisedUntil } = this.#of(leader, message.term)
    const until = message.sentAt + message.promise / this.#rate
    promisedUntil[node.place] = Math.max(promisedUntil[node.place]!, until)
  }

  /** The deadline is no later than the support of a quorum. The leader's own support never ends. */
  stepped(node: SimNode): void {
    const { raft, place } = node
    if (raft.role !== 'leader') return
    if (raft.term > (this.#led.at(-1) ?? 0)) this.#led.push(raft.term)
    const before = this.#deadlines[place] ?? Number.NEGATIVE_INFINITY
    this.#deadlines[place] = raft.leaseDeadline
    const answered = this.#of(node, raft.term)
    // Support remains when members come or go, and an earlier deadline is always safe.
    if (raft.leaseDeadline <= before && answered.seen) return
    answered.seen = true
    const { promisedUntil } = answered
    const { voters, outgoing } = this.#committed.configurationAt(raft.applied)
    const promised = (voter: NodeId): number => promisedUntil[this.#places.get(voter)!]!
    const until = Math.min(promisedByMajority(voters, promised), promisedByMajority(outgoing, promised))
    if (raft.leaseDeadline > until)
      throw new Violation(
        'LEASE',
        `${node.id}'s lease of term ${raft.term} ends at ${raft.leaseDeadline.toFixed(3)} of its clock; what a quorum has promised ends at ${until.toFixed(3)}`,
      )
  }

  taken(node: SimNode, { persist }: Effects): void {
    const hardState = persist?.hardState
    if (!hardState || hardState.vote === null || hardState.term === this.#voted[node.place]) return
    this.#voted[node.place] = hardState.term
    for (const leader of this.#nodes) {
      const answered = this.#answered[leader.place]
      if (leader === node || answered === undefined || !this.#leads(leader, answered)) continue
      // A later leader was elected by a quorum that no longer supported this lease. So the lease is over, and
      // that leader may tell a member to stand.
      const led = this.#led.findLast((term) => term < hardState.term) ?? 0
      if (answered.term < led) continue
      const left = answered.promisedUntil[node.place]! - leader.clock.at(this.#world.now)
      if (left > 0 && hardState.term > answered.term)
        throw new Violation(
          'LEASE',
          `${node.id} votes for ${hardState.vote} in term ${hardState.term}; its answer supports ${leader.id}'s lease of term ${answered.term} for another ${left.toFixed(3)} ms`,
        )
    }
  }

  #leads({ up, life, raft }: SimNode, answered: Answered): boolean {
    return (
      up &&
      life === answered.life &&
      raft.role === 'leader' &&
      raft.term === answered.term &&
      !answered.transferred
    )
  }

  #of(leader: SimNode, term: Term): Answered {
    const known = this.#answered[leader.place]
    if (known !== undefined && known.term === term && known.life === leader.life) return known
    const promisedUntil = this.#nodes.map((node) =>
      node === leader ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
    )
    const { life } = leader
    const fresh: Answered = { term, life, promisedUntil, transferred: false, seen: false }
    this.#answered[leader.place] = fresh
    return fresh
  }
}
