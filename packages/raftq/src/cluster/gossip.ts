// Gossip: what a node says of itself and of others, to whom and how often, and what it makes of theirs. They travel beside Raft's own
// messages.
import { nameOf } from '../node/index.ts'
import type { GossipMessage, RaftNode } from '../wire/index.ts'
import type { Autopilot } from './autopilot.ts'
import type { ClusterMerge } from './cluster-merge.ts'
import type { JoinedCluster } from './joined-cluster.ts'
import type { PacketSender } from './packet-sender.ts'
import type { Peer, Peers } from './peers.ts'

/** In a cluster with a leader, only now and then. */
const fewRounds = 5

export interface GossipInit {
  readonly node: RaftNode
  readonly life: string
  readonly joinedCluster: JoinedCluster
  readonly peers: Peers
  readonly post: PacketSender
  readonly clusterMerge: ClusterMerge
  readonly autopilot: Autopilot
  /** See StartedNodeListener. */
  readonly changed: () => void
}

export class Gossip {
  readonly #init: GossipInit
  #round = 0
  /** This node left, and the cluster has said that it is a member no more. */
  leftForGood = false

  constructor(init: GossipInit) {
    this.#init = init
  }

  /** A round more. */
  tick(): void {
    this.#round++
    this.say()
  }

  /** Settled in a cluster with a leader, only those are greeted that are not in it, and now and then; else everybody. */
  say(): void {
    const { node, joinedCluster, peers } = this.#init
    const { leader } = joinedCluster.member ?? { leader: null }
    const members = joinedCluster.members.map(nameOf)
    const settled = leader !== null && joinedCluster.isMember
    const mayRest = settled && this.#round % fewRounds !== 0
    const wishes = node.time === 0 || peers.all.some(({ departed }) => departed !== null)
    for (const peer of peers.all) {
      const name = String(peer.node.id)
      const isLeader = leader !== null && name === nameOf(leader)
      if (settled && !(isLeader && wishes) && (members.includes(name) || mayRest)) continue
      if (peer.departed !== null && !isLeader) continue
      this.#send('voteRequest', peer)
    }
  }

  #send(event: 'voteRequest' | 'voteResponse', to: Peer): void {
    const { joinedCluster, post } = this.#init
    post.hello(event, joinedCluster.identity, joinedCluster.member?.term ?? 0, to, this.#make(to))
  }

  #make(to: Peer): GossipMessage {
    const { joinedCluster, peers, autopilot } = this.#init
    const { isMember, members, dissolved, isBlank } = joinedCluster
    const name = String(to.node.id)
    return {
      cluster: joinedCluster.cluster,
      member: isMember,
      dissolved,
      nodes: peers.present.map(({ node }) => node),
      departed: peers.all.flatMap(({ node, departed }) =>
        departed?.life == null ? [] : [{ name: String(node.id), life: departed.life }],
      ),
      youLeft: to.departed !== null && autopilot.mayLetGo && !members.some((id) => nameOf(id) === name),
      attests: isBlank ? to.life : null,
    }
  }

  /** `from`: as whom the sender takes part in its cluster. */
  hear(hello: GossipMessage, from: string | null, peer: Peer, isQuestion: boolean): void {
    const { joinedCluster, peers, clusterMerge, autopilot, life } = this.#init
    for (const node of hello.nodes) peers.hearOf(node)
    for (const departed of hello.departed) this.#hearDeparted(departed)
    peer.waiting = !hello.member
    peer.attestedAt = hello.attests === life ? peer.heardAt : Number.NEGATIVE_INFINITY
    const own = joinedCluster.identity?.cluster.id
    const { cluster } = hello
    if (own !== undefined && joinedCluster.member !== null && hello.dissolved.includes(own)) {
      joinedCluster.leaveDissolved(own)
    } else if (cluster !== null && cluster.id === own) {
      if (from !== null) autopilot.asks(from)
      if (hello.youLeft) this.#leftForGood()
    } else if (cluster !== null && (hello.member || cluster.id === joinedCluster.awaited?.id)) {
      clusterMerge.meet(cluster, peer.node)
    }
    if (isQuestion) this.#send('voteResponse', peer)
    joinedCluster.look()
    autopilot.look()
  }

  #hearDeparted({ name, life }: GossipMessage['departed'][number]): void {
    const { node, peers, autopilot } = this.#init
    // That this node itself left is true of this life only.
    if (name !== String(node.id)) peers.departedBy(name, life)
    else if (life === this.#init.life) autopilot.toldToLeave()
  }

  #leftForGood(): void {
    this.leftForGood = true
    this.#init.changed()
  }
}
