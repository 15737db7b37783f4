// A started node: it handles what comes in and what goes out, and acts at regular intervals.
// cluster/joined-cluster.ts knows which cluster it has joined, cluster/gossip.ts talks to its peers, and
// node/replica.ts runs Raft.
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
  /** The role, the leader or the value may have changed. */
  changed(): void
}

export interface StartedNodeInit {
  readonly options: CompleteOptions
  readonly node: RaftNode
  readonly peers: Peers
  /** The restored state, with this start counted. */
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
  readonly #autopilot: Autopilot
  readonly #gossip: Gossip
  readonly #proposals: Proposals
  /** The applied index in the last document. */
  #appliedInDocument = 0
  #cancelTick: (() => void) | null = null
  #stopped = false
  #reportedNamesake = false
  #proposedLegacy = false

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
      failed: (cause) => listener.log(`persist failed and is tried again: ${describeCause(cause)}`),
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
      sender: this.#sender,
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
      activeClock: this.#activeClock,
      store: this.#store,
      listener: {
        log: (message) => listener.log(message),
        left: () => this.#leftCluster(),
        moved: () => this.#gossip.spread(),
        send: (envelopes) => this.#send(envelopes),
        outcome: (outcome) => this.#proposals.outcome(outcome),
        turnEnded: () => this.#turnEnded(),
        failed: (cause) => this.#failed(cause),
      },
    })
  }

  get replica(): Replica | null {
    return this.#joinedCluster.replica
  }

  /** Resolves when this start is durable. */
  async start(): Promise<void> {
    await this.#store.flush()
    if (this.#stopped) return
    this.#joinedCluster.resume()
    this.#tick()
  }

  #document(): RaftPersistentData {
    const { identity, dissolved, replica } = this.#joinedCluster
    const nodes = this.#peers.present.map(({ node }) => node)
    const log = this.#joinedCluster.logState()
    this.#appliedInDocument = replica?.applied ?? 0
    const legacy = replica?.machine.acknowledged ? null : this.#init.state.legacy
    const state = { ...this.#init.state, identity, dissolved, nodes, legacy, log }
    return writeDocument(state, legacy?.data ?? replica?.machine.value ?? {})
  }

  receive(packet: ReceivedPacket, isQuestion: boolean): void {
    if (this.#stopped) return
    if (String(packet.node.id) === String(this.node.id)) return this.#hearNamesake(packet.life)
    const peer = this.#peers.heard(packet.node, packet.life, this.#activeClock.now)
    const own = this.#joinedCluster.identity
    const fromOwnCluster = own !== null && packet.cluster === own.cluster.id
    if (fromOwnCluster) this.#joinedCluster.heard()
    if (packet.hello !== undefined) this.#gossip.receive(packet.hello, packet.from, peer, isQuestion)
    const { replica } = this
    // The gossip may have made this node leave its cluster.
    if (replica === null || replica.identity !== own || !fromOwnCluster || packet.from === null) return
    peer.waiting = false
    if (packet.to === own.self) replica.receive(packet.from, packet.messages, packet.state)
  }

  /** A packet with this node's own life is only an echo. */
  #hearNamesake(life: string): void {
    if (life === this.#life || this.#reportedNamesake) return
    this.#reportedNamesake = true
    this.#init.listener.log(`another process also has the id ${this.node.id}: give each process its own id`)
  }

  #send(envelopes: readonly Envelope[]): void {
    if (this.replica !== null && envelopes.length > 0) this.#sender.sendMessages(this.replica, envelopes)
  }

  replicate(value: Json): Promise<void> {
    const done = this.#proposals.add(value)
    this.#proposals.submit(this.replica)
    return done
  }

  #tick(): void {
    if (this.#stopped) return
    const { minimumElectionTime, platform } = this.#options
    this.#activeClock.tick()
    this.#cancelTick = platform.setTimer(() => this.#tick(), minimumElectionTime)
    this.#joinedCluster.bootstrapIfDue()
    this.#joinedCluster.leaveIfSilent()
    this.#proposals.expire()
    this.#proposals.submit(this.replica)
    this.#autopilot.resendLostSnapshots()
    this.#autopilot.run()
    this.#gossip.tick()
    // The commit index is usually written with the next entries. If there are none, write it now.
    if ((this.replica?.applied ?? 0) !== this.#appliedInDocument) this.#store.request(() => {})
  }

  #turnEnded(): void {
    const { replica } = this
    if (replica === null) return
    if (replica.machine.dissolvedInto !== null)
      return this.#joinedCluster.leaveDissolved(replica.identity.cluster.id)
    this.#proposals.resolveApplied(replica)
    this.#autopilot.afterTurn()
    this.#proposeLegacy(replica)
    this.#init.listener.changed()
  }

  /** A founder that leads a cluster without a value proposes the value from raftq's document. */
  #proposeLegacy(replica: Replica): void {
    const { legacy } = this.#init.state
    if (legacy === null || this.#proposedLegacy || !replica.leads || !this.#joinedCluster.isFounder) return
    this.#proposedLegacy = true
    if (!replica.machine.acknowledged && !this.#proposals.any) this.replicate(legacy.data).catch(() => {})
  }

  #leftCluster(): void {
    this.#autopilot.reset()
    this.#proposals.leaderChanged(null)
    this.#init.listener.changed()
  }

  #failed(cause: unknown): void {
    this.#init.listener.log(
      `this node has stopped, because it could not go on safely: ${describeCause(cause)}`,
    )
    this.stop('this node has stopped')
    this.#init.listener.changed()
  }

  /** This node has left, and the cluster has confirmed that it is no longer a member. */
  get removed(): boolean {
    return this.#gossip.removed
  }

  get hasPeers(): boolean {
    return this.replica !== null && this.#peers.present.length > 0
  }

  /** The application has announced a node, or said that one left. */
  peersChanged(): void {
    this.#gossip.spread()
    this.#autopilot.run()
  }

  /** Resolves when everything up to now is durable. */
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
