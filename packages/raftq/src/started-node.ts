// A started node: it handles what comes in and what goes out, and acts at regular intervals.
// cluster/joined-cluster.ts knows which cluster it has joined, cluster/gossip.ts talks to its peers, and
// node/replica.ts runs Raft.
import {
  ActiveClock,
  Autopilot,
  ClusterMerge,
  Gossip,
  JoinedCluster,
  type NodeContext,
  PacketSender,
  type Peers,
  type Pipe,
  type RaftClusterConflictBody,
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

export interface StartedNodeListener {
  readonly log: (message: string) => void
  readonly conflict: (body: RaftClusterConflictBody) => void
  readonly send: Pipe
  /** The role, the leader or the value may have changed. */
  readonly changed: () => void
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
  /** This node has left, and the cluster has confirmed that it is no longer a member. */
  removed = false
  readonly #state: NodeState
  readonly #listener: StartedNodeListener
  readonly #context: NodeContext
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

  constructor({ options, node, peers, state, listener }: StartedNodeInit) {
    const { platform, minimumElectionTime } = options
    const { log } = listener
    this.node = node
    this.#state = state
    this.#listener = listener
    const context = {
      node,
      life: platform.mint(),
      options,
      peers,
      activeClock: new ActiveClock(platform, 2 * minimumElectionTime),
      store: new DocumentStore({
        save: async () => options.persistAgent.persist(node, this.#document()),
        platform,
        retryAfter: minimumElectionTime,
        failed: (cause) => log(`persist failed and is tried again: ${describeCause(cause)}`),
      }),
      log,
    }
    this.#context = context
    this.#proposals = new Proposals(state, options)
    const sender = new PacketSender(context, listener.send)
    const joinedCluster = this.#newJoinedCluster(state)
    const autopilot = new Autopilot(context, joinedCluster)
    const clusterMerge = new ClusterMerge(context, joinedCluster, listener.conflict)
    this.#sender = sender
    this.#joinedCluster = joinedCluster
    this.#autopilot = autopilot
    const removed = (): void => {
      this.removed = true
      listener.changed()
    }
    this.#gossip = new Gossip(context, { joinedCluster, sender, clusterMerge, autopilot, removed })
  }

  #newJoinedCluster(state: NodeState): JoinedCluster {
    return new JoinedCluster(this.#context, state, {
      left: () => this.#leftCluster(),
      moved: () => this.#gossip.spread(),
      send: (replica, envelopes) => this.#sender.sendMessages(replica, envelopes),
      outcome: (outcome) => this.#proposals.outcome(outcome),
      turnEnded: () => this.#turnEnded(),
      failed: (cause) => this.#failed(cause),
    })
  }

  get replica(): Replica | null {
    return this.#joinedCluster.replica
  }

  /** Resolves when this start is durable. */
  async start(): Promise<void> {
    await this.#context.store.flush()
    if (this.#stopped) return
    this.#joinedCluster.resume()
    this.#tick()
  }

  #document(): RaftPersistentData {
    const { identity, dissolved, replica } = this.#joinedCluster
    const nodes = this.#context.peers.present.map(({ node }) => node)
    const log = this.#joinedCluster.logState()
    this.#appliedInDocument = replica?.applied ?? 0
    const legacy = replica?.machine.acknowledged ? null : this.#state.legacy
    const state = { ...this.#state, identity, dissolved, nodes, legacy, log }
    return writeDocument(state, legacy?.data ?? replica?.machine.value ?? {})
  }

  receive(packet: ReceivedPacket, isQuestion: boolean): void {
    if (this.#stopped) return
    if (String(packet.node.id) === String(this.node.id)) return this.#hearNamesake(packet.life)
    const peer = this.#context.peers.heard(packet.node, packet.life, this.#context.activeClock.now)
    const own = this.#joinedCluster.identity
    const fromOwnCluster = own !== null && packet.cluster === own.cluster.id
    if (fromOwnCluster) this.#joinedCluster.heard()
    if (packet.gossip !== undefined) this.#gossip.receive(packet.gossip, packet.from, peer, isQuestion)
    const { replica } = this
    // The gossip may have made this node leave its cluster.
    if (replica === null || replica.identity !== own || !fromOwnCluster || packet.from === null) return
    peer.waiting = false
    if (packet.to === own.self) replica.receive(packet.from, packet.messages, packet.state)
  }

  /** A packet with this node's own life is only an echo. */
  #hearNamesake(life: string): void {
    if (life === this.#context.life || this.#reportedNamesake) return
    this.#reportedNamesake = true
    this.#listener.log(`another process also has the id ${this.node.id}: give each process its own id`)
  }

  replicate(value: Json): Promise<void> {
    const done = this.#proposals.add(value)
    this.#proposals.submit(this.replica)
    return done
  }

  #tick(): void {
    if (this.#stopped) return
    const { minimumElectionTime, platform } = this.#context.options
    this.#context.activeClock.tick()
    this.#cancelTick = platform.setTimer(() => this.#tick(), minimumElectionTime)
    this.#joinedCluster.bootstrapIfDue()
    this.#joinedCluster.leaveIfSilent()
    this.#proposals.expire()
    this.#proposals.submit(this.replica)
    this.#autopilot.resendLostSnapshots()
    this.#autopilot.run()
    this.#gossip.tick()
    // The commit index is usually written with the next entries. If there are none, write it now.
    if ((this.replica?.applied ?? 0) !== this.#appliedInDocument) this.#context.store.request(() => {})
  }

  #turnEnded(): void {
    const { replica } = this
    if (replica === null) return
    if (replica.machine.dissolvedInto !== null)
      return this.#joinedCluster.leaveDissolved(replica.identity.cluster.id)
    this.#proposals.resolveApplied(replica)
    this.#autopilot.afterTurn()
    this.#proposeLegacy(replica)
    this.#listener.changed()
  }

  /** A founder that leads a cluster without a value proposes the value from raftq's document. */
  #proposeLegacy(replica: Replica): void {
    const { legacy } = this.#state
    if (legacy === null || this.#proposedLegacy || !replica.leads || !this.#joinedCluster.isFounder) return
    this.#proposedLegacy = true
    if (!replica.machine.acknowledged && !this.#proposals.any) this.replicate(legacy.data).catch(() => {})
  }

  #leftCluster(): void {
    this.#autopilot.reset()
    this.#proposals.leaderChanged(null)
    this.#listener.changed()
  }

  #failed(cause: unknown): void {
    this.#listener.log(`this node has stopped: it could not go on safely: ${describeCause(cause)}`)
    this.stop('this node has stopped')
    this.#listener.changed()
  }

  get hasPeers(): boolean {
    return this.replica !== null && this.#context.peers.present.length > 0
  }

  /** The application has announced a node, or said that one left. */
  peersChanged(): void {
    this.#gossip.spread()
    this.#autopilot.run()
  }

  /** Resolves when everything up to now is durable. */
  flush(): Promise<void> {
    return this.#context.store.flush()
  }

  stop(why: string): void {
    this.#stopped = true
    this.#cancelTick?.()
    this.#joinedCluster.stop()
    this.#context.store.stop()
    this.#proposals.close(why)
  }
}
