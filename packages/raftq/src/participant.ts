// A started node: which cluster it takes part in (founding.ts), whom it knows (peers.ts), and what it does at regular times. Raft itself
// is in member.ts; what goes over the wire is put together in post.ts.
import type { Envelope, ProposalOutcome } from '@oarlock/core'
import { emptyLog, type NodeState, writeDocument } from './document.ts'
import { wordsOf } from './errors.ts'
import { mayFound, meet, type OwnCluster } from './founding.ts'
import { type Cluster, clusterOfMembers, type Identity, nameOf, nodeIdOf } from './identity.ts'
import { encodeCommand } from './machine.ts'
import { Member } from './member.ts'
import type { CompleteOptions } from './options.ts'
import type { Hello, ReceivedPacket } from './packet.ts'
import type { Peer, Peers } from './peers.ts'
import { Post, type PostListener } from './post.ts'
import { Proposals } from './proposals.ts'
import { nextChange } from './steward.ts'
import { Store } from './store.ts'
import type { RaftClusterConflictBody, RaftNode } from './types.ts'
import type { Json } from './wire-message.ts'

/** A leader looks again at what it knows of a node after so many rounds of hellos. */
const fewRounds = 5

export interface ParticipantListener extends PostListener {
  log(message: string): void
  conflict(body: RaftClusterConflictBody): void
  /** Roles, leaders or the value may be others. */
  changed(): void
}

export interface ParticipantInit {
  readonly options: CompleteOptions
  readonly node: RaftNode
  readonly peers: Peers
  /** As it was restored, with this start counted. */
  readonly state: NodeState
  /** What raftq itself had persisted: the first value of a cluster that this node founds. */
  readonly legacy: Json | undefined
  readonly listener: ParticipantListener
}

export class Participant {
  readonly node: RaftNode
  readonly proposals: Proposals = new Proposals()
  readonly #init: ParticipantInit
  readonly #options: CompleteOptions
  readonly #peers: Peers
  readonly #store: Store
  readonly #post: Post
  readonly #life: string
  #identity: Identity | null
  /** While it takes part in no cluster yet: what it will begin with. */
  #log: NodeState['log']
  #dissolved: readonly string[]
  #member: Member | null = null
  /** Since when this node waits to be taken in. */
  #waitingSince: number
  /** When the cluster that it takes part in was heard last. */
  #clusterHeardAt: number
  /** Who asked to be taken in, and when last. */
  readonly #asking: Map<string, number> = new Map()
  /** Since when members are being sent a snapshot. */
  readonly #snapshotSince: Map<string, number> = new Map()
  readonly #conflicts: Set<string> = new Set()
  #leader: string | null = null
  /** Others say that this node left: as leader it hands over. */
  #toldToLeave = false
  #round = 0
  /** What was applied when the membership was looked at last for that. */
  #stewardedAt = -1
  #cancelTick: (() => void) | null = null
  #stopped = false
  /** This node left, and the cluster has said that it is a member no more. */
  leftForGood = false

  constructor(init: ParticipantInit) {
    const { options, node, peers, state, listener } = init
    const { platform, minimumElectionTime } = options
    this.#init = init
    this.#options = options
    this.node = node
    this.#peers = peers
    this.#life = platform.mint()
    this.#identity = state.identity
    this.#log = state.identity === null ? emptyLog : state.log
    this.#dissolved = state.dissolved
    this.#waitingSince = this.#now
    this.#clusterHeardAt = this.#now
    this.#post = new Post({ node, life: this.#life, peers, timeout: minimumElectionTime / 2, listener })
    this.#store = new Store({
      save: () => options.persistAgent.persist(node, this.#document()),
      platform,
      retryAfter: minimumElectionTime,
      failed: (cause) => listener.log(`persisting failed, and is tried again: ${wordsOf(cause)}`),
    })
  }

  get #now(): number {
    return this.#options.platform.now()
  }

  get member(): Member | null {
    return this.#member
  }

  /** Resolves when this start is durable. */
  async start(): Promise<void> {
    const { members } = this.#options
    if (this.#identity === null && members !== null)
      this.#identity = { cluster: clusterOfMembers(members), self: nodeIdOf(this.node.id, '') }
    await this.#store.flush()
    if (this.#stopped) return
    if (this.#identity !== null) this.#takePart(this.#identity)
    this.#tick()
  }

  #document() {
    const { state } = this.#init
    const nodes = this.#peers.present.map(({ node }) => node)
    const log = this.#member?.logState() ?? this.#log
    const data = this.#member?.machine.value ?? {}
    return writeDocument({ ...state, identity: this.#identity, dissolved: this.#dissolved, nodes, log }, data)
  }

  #takePart(identity: Identity): void {
    this.#clusterHeardAt = this.#now
    this.#member = new Member({
      identity,
      log: this.#log,
      options: this.#options,
      store: this.#store,
      listener: {
        send: (envelopes) => this.#send(envelopes),
        outcome: (outcome) => this.#outcome(outcome),
        settled: () => this.#settled(),
        failed: (cause) => this.#failed(cause),
      },
    })
  }

  // Joining, founding and leaving clusters. What is durable first, and only then takes effect: a node takes part in one at a time.

  #enter(cluster: Cluster): void {
    this.#leave()
    const identity = { cluster, self: nodeIdOf(this.node.id, this.#options.platform.mint()) }
    this.#identity = identity
    this.#store.request(true, () => {
      if (this.#stopped || this.#identity !== identity) return
      this.#takePart(identity)
      this.#sayHello()
    })
  }

  #leave(): void {
    this.#member?.stop()
    this.#member = null
    this.#identity = null
    this.#log = emptyLog
    this.#waitingSince = this.#now
    this.#asking.clear()
    this.#snapshotSince.clear()
    for (const peer of this.#peers.all) peer.identity = null
    this.proposals.leaderChanged()
    this.#init.listener.changed()
  }

  #found(): void {
    const { platform } = this.#options
    const { listener, legacy } = this.#init
    const self = nodeIdOf(this.node.id, platform.mint())
    const identity = { cluster: { id: platform.mint(), founders: [self], byMembers: false }, self }
    this.#identity = identity
    listener.log(`no cluster has taken ${this.node.id} in: it founds one`)
    this.#store.request(true, () => {
      if (this.#stopped || this.#identity !== identity) return
      this.#takePart(identity)
      this.#member!.campaign()
      if (legacy !== undefined && !this.proposals.any) this.replicate(legacy).catch(() => {})
    })
  }

  /** The cluster gave itself up, and everybody in it may go. */
  #leaveDissolved(id: string): void {
    this.#dissolved = [...new Set([...this.#dissolved, id])].slice(-32)
    this.#init.listener.log('this cluster had acknowledged nothing, and gives itself up for another one')
    this.#leave()
    this.#store.request(true, () => this.#sayHello())
  }

  // What comes in.

  receive(packet: ReceivedPacket, isQuestion: boolean): void {
    if (this.#stopped || String(packet.node.id) === String(this.node.id)) return
    const peer = this.#peers.heard(packet.node, packet.life, this.#now)
    const own = this.#identity
    const ofOwn = own !== null && packet.cluster === own.cluster.id
    if (ofOwn) this.#clusterHeardAt = this.#now
    if (packet.hello !== undefined) this.#hearHello(packet, packet.hello, peer, isQuestion)
    const { member } = this
    if (member === null || member.identity !== own || !ofOwn || packet.from === null) return
    peer.identity = packet.from
    peer.waiting = false
    if (packet.to === own.self) member.receive(packet.from, packet.messages, packet.state)
  }

  #hearHello(packet: ReceivedPacket, hello: Hello, peer: Peer, isQuestion: boolean): void {
    for (const node of hello.nodes) this.#peers.hearOf(node)
    for (const { name, life } of hello.departed) this.#hearDeparted(name, life)
    peer.waiting = !hello.member
    const own = this.#identity?.cluster.id
    if (own !== undefined && this.#member !== null && hello.dissolved.includes(own)) this.#leaveDissolved(own)
    else if (hello.cluster !== null && hello.cluster.id !== own && hello.member)
      this.#meetCluster(hello.cluster, peer)
    else if (hello.cluster !== null && hello.cluster.id === own && packet.from !== null)
      this.#asking.set(packet.from, this.#now)
    if (hello.youLeft && hello.cluster?.id === own) {
      this.leftForGood = true
      this.#init.listener.changed()
    }
    if (isQuestion)
      this.#post.hello('voteResponse', this.#identity, this.#member?.term ?? 0, peer, this.#hello(peer))
    this.#steward()
  }

  #hearDeparted(name: string, life: string): void {
    // That this node itself left is true of this life only.
    if (name !== String(this.node.id)) this.#peers.departedBy(name, life)
    else if (life === this.#life) this.#toldToLeave = true
  }

  #meetCluster(other: NonNullable<Hello['cluster']>, peer: Peer): void {
    const { listener } = this.#init
    const own = this.#ownCluster()
    if ((own === null && this.#identity !== null) || this.#dissolved.includes(other.id)) return
    switch (meet(own, other)) {
      case 'join': {
        listener.log(`${peer.node.id} takes part in a cluster: ${this.node.id} joins it`)
        const { id, founders, byMembers } = other
        return this.#enter({ id, founders, byMembers })
      }
      case 'dissolve':
        if (!this.#isMember) return
        return this.#member?.propose(null, encodeCommand({ type: 'dissolve', into: other.id }))
      case 'conflict':
        return this.#conflict(own!.id, other.id, peer.node)
      default:
    }
  }

  #conflict(ownCluster: string, otherCluster: string, node: RaftNode): void {
    if (this.#conflicts.has(otherCluster)) return
    this.#conflicts.add(otherCluster)
    const message =
      `${node.id} takes part in another cluster, and both have acknowledged values: neither gives way. Decide which one is to stay; ` +
      'stop the nodes of the other one, delete what they persisted, and start them again: they will join.'
    this.#init.listener.log(message)
    this.#init.listener.conflict({ node, ownCluster, otherCluster, message })
  }

  #ownCluster(): OwnCluster | null {
    const member = this.#member
    if (member === null) return null
    const { acknowledged } = member.machine
    return { ...member.identity.cluster, acknowledged, begun: member.term > 0, pristine: member.pristine }
  }

  // What goes out.

  #send(envelopes: readonly Envelope[]): void {
    const member = this.#member
    if (member === null || envelopes.length === 0) return
    this.#post.raft(member, envelopes)
  }

  #hello(to: Peer): Hello {
    const own = this.#ownCluster()
    const toName = String(to.node.id)
    return {
      cluster:
        own === null
          ? null
          : {
              id: own.id,
              founders: own.founders,
              byMembers: own.byMembers,
              acknowledged: own.acknowledged,
              begun: own.begun,
            },
      member: this.#isMember,
      dissolved: this.#dissolved,
      nodes: this.#peers.present.map(({ node }) => node),
      departed: [
        ...this.#peers.all.flatMap(({ node, departed }) =>
          departed?.life == null ? [] : [{ name: String(node.id), life: departed.life }],
        ),
      ],
      youLeft: to.departed !== null && this.#isMember && !this.#members.some((id) => nameOf(id) === toName),
    }
  }

  get #members(): readonly string[] {
    if (this.#member === null) return []
    const { voters, outgoing, learners } = this.#member.view().configuration
    return [...voters, ...outgoing, ...learners]
  }

  get #isMember(): boolean {
    return this.#member !== null && this.#members.includes(this.#member.identity.self)
  }

  /** Settled in a cluster with a leader, only those are greeted that are not in it, and now and then; else everybody. */
  #sayHello(): void {
    const { leader } = this.#member ?? { leader: null }
    const members = this.#members.map(nameOf)
    const settled = leader !== null && this.#isMember
    const mayRest = settled && this.#round % fewRounds !== 0
    const wishes = this.node.time === 0 || this.#peers.all.some(({ departed }) => departed !== null)
    for (const peer of this.#peers.all) {
      const name = String(peer.node.id)
      const isLeader = leader !== null && name === nameOf(leader)
      if (settled && !(isLeader && wishes) && (members.includes(name) || mayRest)) continue
      if (peer.departed !== null && !isLeader) continue
      this.#post.hello('voteRequest', this.#identity, this.#member?.term ?? 0, peer, this.#hello(peer))
    }
  }

  // At regular times, and when something has changed.

  #tick(): void {
    if (this.#stopped) return
    const { minimumElectionTime, platform } = this.#options
    this.#cancelTick = platform.setTimer(() => this.#tick(), minimumElectionTime)
    this.#round++
    this.#foundOrLookElsewhere()
    this.#giveSnapshotsUp()
    this.proposals.expire(this.#now)
    this.#handOn()
    this.#steward()
    this.#sayHello()
  }

  #foundOrLookElsewhere(): void {
    const { foundingWait, members, minimumElectionTime } = this.#options
    const patience = Math.max(foundingWait, fewRounds * minimumElectionTime)
    const times = { now: this.#now, waitingSince: this.#waitingSince, wait: foundingWait, fresh: patience }
    if (this.#identity === null) {
      if (
        members === null &&
        this.node.time !== 0 &&
        mayFound(String(this.node.id), this.#peers.present, times)
      )
        this.#found()
      return
    }
    const { cluster } = this.#identity
    // Asked to be taken in, and nobody is there any more who could.
    const silent = this.#now - this.#clusterHeardAt > 2 * patience
    if (silent && !cluster.byMembers && this.#member?.pristine && !this.#isMember) {
      this.#leave()
      this.#store.request(true, () => {})
    }
  }

  #giveSnapshotsUp(): void {
    const member = this.#member
    if (member === null) return
    for (const [id, { state }] of member.view().progress) {
      const since = this.#snapshotSince.get(id)
      if (state !== 'snapshot') this.#snapshotSince.delete(id)
      else if (since === undefined) this.#snapshotSince.set(id, this.#now)
      else if (this.#now - since >= 2 * this.#options.maximumElectionTime) {
        this.#snapshotSince.delete(id)
        member.snapshotLost(id)
      }
    }
  }

  #steward(): void {
    const member = this.#member
    if (member === null || !member.leads || member.transferring) return
    const { minimumElectionTime } = this.#options
    for (const [id, at] of this.#asking)
      if (this.#now - at > fewRounds * minimumElectionTime) this.#asking.delete(id)
    const departed = new Set(
      this.#peers.all.filter((peer) => peer.departed !== null).map(({ node }) => String(node.id)),
    )
    if (this.node.time === 0 || this.#toldToLeave) departed.add(String(this.node.id))
    const change = nextChange(member.view(), { departed, asking: [...this.#asking.keys()] })
    if (change === 'handOver') member.transfer()
    else if (change !== null) member.reconfigure(change)
  }

  #settled(): void {
    const member = this.#member
    if (member === null) return
    if (member.machine.dissolvedInto !== null) return this.#leaveDissolved(member.identity.cluster.id)
    const { incarnation, start } = this.#init.state
    this.proposals.settle((number) => member.machine.holds(incarnation, start, number))
    if (member.leader !== this.#leader) {
      this.#leader = member.leader
      this.proposals.leaderChanged()
    }
    this.#handOn()
    // Only when something was applied: a change that is refused now would be asked for again in the same turn, for ever.
    if (member.applied !== this.#stewardedAt) {
      this.#stewardedAt = member.applied
      this.#steward()
    }
    this.#init.listener.changed()
  }

  // Writes.

  replicate(value: Json): Promise<void> {
    const done = this.proposals.add(value, this.#now + this.#options.replicateTimeout)
    this.#handOn()
    return done
  }

  #handOn(): void {
    const member = this.#member
    if (member === null || member.leader === null || !this.proposals.any) return
    const { incarnation: session, start } = this.#init.state
    const { minimumElectionTime, maximumElectionTime } = this.#options
    const wait = { refused: minimumElectionTime / 2, silent: 2 * maximumElectionTime }
    for (const { number, value } of this.proposals.take(this.#now, wait))
      member.propose(number, encodeCommand({ type: 'set', session, start, number, value }))
  }

  #outcome(outcome: ProposalOutcome): void {
    this.proposals.outcome(outcome)
  }

  #failed(cause: unknown): void {
    this.#init.listener.log(`this node has stopped, since it could not go on safely: ${wordsOf(cause)}`)
    this.stop('this node has stopped')
    this.#init.listener.changed()
  }

  // The end.

  get hasOthers(): boolean {
    return this.#member !== null && this.#peers.present.length > 0
  }

  get mustHandOver(): boolean {
    const member = this.#member
    return member !== null && member.view().role === 'leader' && member.view().configuration.voters.length > 1
  }

  handOver(): void {
    if (this.#member?.leads && !this.#member.transferring) this.#member.transfer()
  }

  /** The application said that a node is there, or left. */
  peersChanged(): void {
    this.#sayHello()
    this.#steward()
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  stop(why: string): void {
    this.#stopped = true
    this.#cancelTick?.()
    this.#member?.stop()
    this.#store.stop()
    this.proposals.close(why)
  }
}
