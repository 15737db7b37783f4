// Gossip: what a node tells its peers about itself and about other nodes, how often it does so, and what it
// does with what they tell. It travels beside the messages of the core.
import { nameOf } from '../node/index.ts'
import type { GossipMessage } from '../wire/index.ts'
import type { Autopilot } from './autopilot.ts'
import type { ClusterMerge } from './cluster-merge.ts'
import type { JoinedCluster } from './joined-cluster.ts'
import type { NodeContext } from './node-context.ts'
import type { PacketSender } from './packet-sender.ts'
import type { Peer } from './peers.ts'

/** In a cluster with a leader a node gossips to everyone only in every fifth round. */
const quietRounds = 5

export interface GossipInit {
  readonly joinedCluster: JoinedCluster
  readonly sender: PacketSender
  readonly clusterMerge: ClusterMerge
  readonly autopilot: Autopilot
  /** The cluster confirms that this node, which has left, is no longer a member. */
  readonly removed: () => void
}

export class Gossip {
  readonly #context: NodeContext
  readonly #init: GossipInit
  #round = 0

  constructor(context: NodeContext, init: GossipInit) {
    this.#context = context
    this.#init = init
  }

  /** Begins another round. */
  tick(): void {
    this.#round++
    this.spread()
  }

  /**
   * Gossips to all peers. A member of a cluster with a leader gossips only to peers outside the cluster, and
   * only in some rounds; if a node has left, it also tells the leader.
   */
  spread(): void {
    const { node, peers } = this.#context
    const { joinedCluster } = this.#init
    const leader = joinedCluster.replica?.leader ?? null
    const members = joinedCluster.members.map(nameOf)
    const calm = leader !== null && joinedCluster.isMember
    const quiet = calm && this.#round % quietRounds !== 0
    const someoneLeft = node.time === 0 || peers.all.some(({ departed }) => departed !== null)
    for (const peer of peers.all) {
      const { name } = peer
      const isLeader = leader !== null && name === nameOf(leader)
      if (calm && !(isLeader && someoneLeft) && (members.includes(name) || quiet)) continue
      if (peer.departed !== null && !isLeader) continue
      this.#send('voteRequest', peer)
    }
  }

  #send(event: 'voteRequest' | 'voteResponse', to: Peer): void {
    const { joinedCluster, sender } = this.#init
    const { identity, replica } = joinedCluster
    sender.sendGossip(event, identity, replica?.term ?? 0, to, this.#messageTo(to))
  }

  #messageTo(to: Peer): GossipMessage {
    const { peers } = this.#context
    const { joinedCluster, autopilot } = this.#init
    const { cluster, isMember, members, dissolved, isBlank } = joinedCluster
    const receiverIsMember = members.some((id) => nameOf(id) === to.name)
    return {
      cluster,
      member: isMember,
      dissolved,
      nodes: peers.present.map(({ node }) => node),
      departed: peers.all.flatMap(({ name, departed }) =>
        departed?.life == null ? [] : [{ name, life: departed.life }],
      ),
      youLeft: to.departed !== null && autopilot.mayConfirmRemovals && !receiverIsMember,
      attests: isBlank ? to.life : null,
    }
  }

  /** `from` is the sender's identity in its cluster. A question is answered with this node's own gossip. */
  receive(message: GossipMessage, from: string | null, peer: Peer, isQuestion: boolean): void {
    const { peers, life } = this.#context
    const { joinedCluster, clusterMerge, autopilot } = this.#init
    for (const node of message.nodes) peers.hearOf(node)
    for (const departed of message.departed) this.#hearDeparted(departed)
    peer.waiting = !message.member
    peer.attestedAt = message.attests === life ? peer.heardAt : Number.NEGATIVE_INFINITY
    const own = joinedCluster.identity?.cluster.id
    const { cluster } = message
    if (own !== undefined && joinedCluster.replica !== null && message.dissolved.includes(own)) {
      joinedCluster.leaveDissolved(own)
    } else if (cluster !== null && cluster.id === own) {
      if (from !== null) autopilot.requestJoin(from)
      if (message.youLeft) this.#init.removed()
    } else if (cluster !== null && (message.member || cluster.id === joinedCluster.configured?.id)) {
      clusterMerge.meet(cluster, peer.node)
    }
    if (isQuestion) this.#send('voteResponse', peer)
    joinedCluster.bootstrapIfDue()
    autopilot.run()
  }

  #hearDeparted({ name, life }: GossipMessage['departed'][number]): void {
    const { node, peers, life: ownLife } = this.#context
    if (name !== String(node.id)) peers.departedBy(name, life)
    // A report that this node left holds only for its present life.
    else if (life === ownLife) this.#init.autopilot.requestLeave()
  }
}
