// Hellos: what a node says of itself and of others, to whom and how often, and what it makes of theirs. They travel beside Raft's own
// messages.
import type { Allegiance } from './allegiance.ts'
import { nameOf } from './identity.ts'
import type { Meetings } from './meeting.ts'
import type { Hello } from './packet.ts'
import type { Peer, Peers } from './peers.ts'
import type { Post } from './post.ts'
import type { Stewardship } from './stewardship.ts'
import type { RaftNode } from './types.ts'

/** In a cluster with a leader, only now and then. */
const fewRounds = 5

export interface HelloInit {
  readonly node: RaftNode
  readonly life: string
  readonly allegiance: Allegiance
  readonly peers: Peers
  readonly post: Post
  readonly meetings: Meetings
  readonly stewardship: Stewardship
  /** See ParticipantListener. */
  readonly changed: () => void
}

export class Hellos {
  readonly #init: HelloInit
  #round = 0
  /** This node left, and the cluster has said that it is a member no more. */
  leftForGood = false

  constructor(init: HelloInit) {
    this.#init = init
  }

  /** A round more. */
  tick(): void {
    this.#round++
    this.say()
  }

  /** Settled in a cluster with a leader, only those are greeted that are not in it, and now and then; else everybody. */
  say(): void {
    const { node, allegiance, peers } = this.#init
    const { leader } = allegiance.member ?? { leader: null }
    const members = allegiance.members.map(nameOf)
    const settled = leader !== null && allegiance.isMember
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
    const { allegiance, post } = this.#init
    post.hello(event, allegiance.identity, allegiance.member?.term ?? 0, to, this.#make(to))
  }

  #make(to: Peer): Hello {
    const { allegiance, peers, stewardship } = this.#init
    const { isMember, members, dissolved, isBlank } = allegiance
    const name = String(to.node.id)
    return {
      cluster: allegiance.cluster,
      member: isMember,
      dissolved,
      nodes: peers.present.map(({ node }) => node),
      departed: peers.all.flatMap(({ node, departed }) =>
        departed?.life == null ? [] : [{ name: String(node.id), life: departed.life }],
      ),
      youLeft: to.departed !== null && stewardship.mayLetGo && !members.some((id) => nameOf(id) === name),
      attests: isBlank ? to.life : null,
    }
  }

  /** `from`: as whom the sender takes part in its cluster. */
  hear(hello: Hello, from: string | null, peer: Peer, isQuestion: boolean): void {
    const { allegiance, peers, meetings, stewardship, life } = this.#init
    for (const node of hello.nodes) peers.hearOf(node)
    for (const departed of hello.departed) this.#hearDeparted(departed)
    peer.waiting = !hello.member
    peer.attestedAt = hello.attests === life ? peer.heardAt : Number.NEGATIVE_INFINITY
    const own = allegiance.identity?.cluster.id
    const { cluster } = hello
    if (own !== undefined && allegiance.member !== null && hello.dissolved.includes(own)) {
      allegiance.leaveDissolved(own)
    } else if (cluster !== null && cluster.id === own) {
      if (from !== null) stewardship.asks(from)
      if (hello.youLeft) this.#leftForGood()
    } else if (cluster !== null && (hello.member || cluster.id === allegiance.awaited?.id)) {
      meetings.meet(cluster, peer.node)
    }
    if (isQuestion) this.#send('voteResponse', peer)
    allegiance.look()
    stewardship.look()
  }

  #hearDeparted({ name, life }: Hello['departed'][number]): void {
    const { node, peers, stewardship } = this.#init
    // That this node itself left is true of this life only.
    if (name !== String(node.id)) peers.departedBy(name, life)
    else if (life === this.#init.life) stewardship.toldToLeave()
  }

  #leftForGood(): void {
    this.leftForGood = true
    this.#init.changed()
  }
}
