// A started node: what comes in, what goes out, and what it does at regular times. Which cluster it takes part in is in joinedCluster.ts,
// what it says of itself in hello.ts, Raft in member.ts.
import type { Envelope } from '@oarlock/core'
import {
  ActiveClock,
  Autopilot,
  ClusterMerge,
  type ClusterMergeListener,
  Gossip,
  JoinedCluster,
  PacketSender,
  type PacketSenderListener,
  type Peers,
} from './cluster/index.ts'
import type { Json } from './json/index.ts'
import {
  type CompleteOptions,
  DocumentStore,
  describeCause,
  type NodeState,
  Proposals,
  type RaftPersistentData,
  type Replica,
  writeDocument,
} from './node/index.ts'
import type { RaftNode, ReceivedPacket } from './wire/index.ts'

export interface StartedNodeListener extends PacketSenderListener, ClusterMergeListener {
  /** Roles, leaders or the value may be others. */
  changed(): void
}

export interface StartedNodeInit {
  readonly options: CompleteOptions
  readonly node: RaftNode
  readonly peers: Peers
  /** As it was restored, with this start counted. */
  readonly state: NodeState
  readonly listener: StartedNodeListener
}

export class StartedNode {
  readonly node: RaftNode
  readonly #init: StartedNodeInit
  readonly #options: CompleteOptions
  readonly #peers: Peers
  readonly #life: string
  readonly #activeClock: ActiveClock
  readonly #store: DocumentStore
  readonly #sender: PacketSender
  readonly #joinedCluster: JoinedCluster
  readonly #gossip: Gossip
  readonly #autopilot: Autopilot
  readonly #proposals: Proposals
  /** What was applied when the document was made last. */
  #appliedThen = 0
  #cancelTick: (() => void) | null = null
  #stopped = false
  #heardNamesake = false
  #broughtLegacy = false

  constructor(init: StartedNodeInit) {
    const { options, node, peers, state, listener } = init
    const { platform, minimumElectionTime } = options
    this.#init = init
    this.#options = options
    this.node = node
    this.#peers = peers
    this.#life = platform.mint()
    this.#activeClock = new ActiveClock(platform, 2 * minimumElectionTime)
    this.#proposals = new Proposals(state, options)
    this.#sender = new PacketSender({
      node,
      life: this.#life,
      peers,
      timeout: minimumElectionTime / 2,
      listener,
    })
    this.#store = new DocumentStore({
      save: () => options.persistAgent.persist(node, this.#document()),
      platform,
      retryAfter: minimumElectionTime,
      failed: (cause) => listener.log(`persist failed, and is tried again: ${describeCause(cause)}`),
    })
    this.#joinedCluster = this.#newJoinedCluster()
    this.#autopilot = new Autopilot({
      node,
      options,
      joinedCluster: this.#joinedCluster,
      peers,
      log: (message) => listener.log(message),
    })
    this.#gossip = new Gossip({
      node,
      life: this.#life,
      joinedCluster: this.#joinedCluster,
      peers,
      post: this.#sender,
      clusterMerge: new ClusterMerge(node, this.#joinedCluster, listener),
      autopilot: this.#autopilot,
      changed: () => listener.changed(),
    })
  }

  #newJoinedCluster(): JoinedCluster {
    const { node, state, options, peers, listener } = this.#init
    return new JoinedCluster({
      node,
      state,
      options,
      peers,
      awake: this.#activeClock,
      store: this.#store,
      listener: {
        log: (message) => listener.log(message),
        left: () => this.#left(),
        moved: () => this.#gossip.say(),
        send: (envelopes) => this.#send(envelopes),
        outcome: (outcome) => this.#proposals.outcome(outcome),
        settled: () => this.#settled(),
        failed: (cause) => this.#failed(cause),
      },
    })
  }

  get member(): Replica | null {
    return this.#joinedCluster.member
  }

  /** Resolves when this start is durable. */
  async start(): Promise<void> {
    await this.#store.flush()
    if (this.#stopped) return
    this.#joinedCluster.resume()
    this.#tick()
  }

  #document(): RaftPersistentData {
    const { identity, dissolved, member } = this.#joinedCluster
    const nodes = this.#peers.present.map(({ node }) => node)
    const log = this.#joinedCluster.logState()
    this.#appliedThen = member?.applied ?? 0
    const legacy = member?.machine.acknowledged ? null : this.#init.state.legacy
    const state = { ...this.#init.state, identity, dissolved, nodes, legacy, log }
    return writeDocument(state, legacy?.data ?? member?.machine.value ?? {})
  }

  // What comes in.

  receive(packet: ReceivedPacket, isQuestion: boolean): void {
    if (this.#stopped) return
    if (String(packet.node.id) === String(this.node.id)) return this.#hearNamesake(packet.life)
    const peer = this.#peers.heard(packet.node, packet.life, this.#activeClock.now)
    const own = this.#joinedCluster.identity
    const ofOwn = own !== null && packet.cluster === own.cluster.id
    if (ofOwn) this.#joinedCluster.heard()
    if (packet.hello !== undefined) this.#gossip.hear(packet.hello, packet.from, peer, isQuestion)
    const { member } = this
    if (member === null || member.identity !== own || !ofOwn || packet.from === null) return
    peer.waiting = false
    if (packet.to === own.self) member.receive(packet.from, packet.messages, packet.state)
  }

  #hearNamesake(life: string): void {
    if (life === this.#life || this.#heardNamesake) return // an echo; or it was told
    this.#heardNamesake = true
    this.#init.listener.log(`another process says that it is ${this.node.id}: each needs an id of its own`)
  }

  // What goes out.

  #send(envelopes: readonly Envelope[]): void {
    if (this.member !== null && envelopes.length > 0) this.#sender.raft(this.member, envelopes)
  }

  replicate(value: Json): Promise<void> {
    const done = this.#proposals.add(value)
    this.#proposals.handOn(this.member)
    return done
  }

  // At regular times, and when something has changed.

  #tick(): void {
    if (this.#stopped) return
    const { minimumElectionTime, platform } = this.#options
    this.#activeClock.tick()
    this.#cancelTick = platform.setTimer(() => this.#tick(), minimumElectionTime)
    this.#joinedCluster.look()
    this.#joinedCluster.lookElsewhere()
    this.#proposals.expire()
    this.#proposals.handOn(this.member)
    this.#autopilot.giveSnapshotsUp()
    this.#autopilot.look()
    this.#gossip.tick()
    // That entries were committed is written with the next ones; when there are none, for people, and to know it after a crash.
    if ((this.member?.applied ?? 0) !== this.#appliedThen) this.#store.request(true, () => {})
  }

  #settled(): void {
    const { member } = this
    if (member === null) return
    if (member.machine.dissolvedInto !== null)
      return this.#joinedCluster.leaveDissolved(member.identity.cluster.id)
    this.#proposals.settle(member)
    this.#autopilot.settled()
    this.#bringLegacy(member)
    this.#init.listener.changed()
  }

  /** A founder that leads a cluster without a value gives it the one that raftq had. */
  #bringLegacy(member: Replica): void {
    const { legacy } = this.#init.state
    if (legacy === null || this.#broughtLegacy || !member.leads || !this.#joinedCluster.isFounder) return
    this.#broughtLegacy = true
    if (!member.machine.acknowledged && !this.#proposals.any) this.replicate(legacy.data).catch(() => {})
  }

  #left(): void {
    this.#autopilot.left()
    this.#proposals.leaderChanged(null)
    this.#init.listener.changed()
  }

  #failed(cause: unknown): void {
    this.#init.listener.log(`this node has stopped: it could not go on safely: ${describeCause(cause)}`)
    this.stop('this node has stopped')
    this.#init.listener.changed()
  }

  // The end (farewell.ts).

  /** It left, and the cluster has said that it is a member no more. */
  get leftForGood(): boolean {
    return this.#gossip.leftForGood
  }

  get hasOthers(): boolean {
    return this.member !== null && this.#peers.present.length > 0
  }

  /** The application said that a node is there, or left. */
  peersChanged(): void {
    this.#gossip.say()
    this.#autopilot.look()
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  stop(why: string): void {
    this.#stopped = true
    this.#cancelTick?.()
    this.#joinedCluster.stop()
    this.#store.stop()
    this.#proposals.close(why)
  }
}
