// The cluster that this node has joined: one at a time. A node makes it durable that it joins, bootstraps or
// leaves a cluster before it acts on that.
import { membersOf } from '@oarlock/core'
import {
  clusterOfMembers,
  emptyLog,
  type Identity,
  type LogState,
  type NodeState,
  nodeIdOf,
  Replica,
  type ReplicaListener,
} from '../node/index.ts'
import type { Cluster } from '../wire/index.ts'
import { mayBootstrapAlone, mayBootstrapAsFounder } from './bootstrap.ts'
import type { OwnCluster } from './merge-decision.ts'
import type { NodeContext } from './node-context.ts'

/** Peers count as silent after this many of the shortest election timeouts. */
const timeoutsOfPatience = 5

export interface JoinedClusterListener extends ReplicaListener {
  /** The node has left its cluster, and nothing known of that cluster holds any longer. */
  left(): void
  /** It is durable that the node has joined another cluster or is free to. Peers should hear of it now. */
  moved(): void
}

export class JoinedCluster {
  /** The cluster of the option `members`, or null without that option. */
  readonly configured: Cluster | null
  readonly #context: NodeContext
  readonly #listener: JoinedClusterListener
  #identity: Identity | null
  #replica: Replica | null = null
  #dissolved: readonly string[]
  /** The log that the next replica starts with. */
  #log: LogState
  /** Since when this node waits to join a cluster. */
  #waitingSince: number
  #reportedWaiting = false
  /** When another node of the joined cluster was heard last. */
  #heardAt: number
  #stopped = false

  constructor(context: NodeContext, state: NodeState, listener: JoinedClusterListener) {
    const { members } = context.options
    this.#context = context
    this.#listener = listener
    this.configured = members === null ? null : clusterOfMembers(members)
    this.#identity = state.identity
    this.#log = state.identity === null ? emptyLog : state.log
    this.#dissolved = state.dissolved
    this.#waitingSince = this.#now
    this.#heardAt = this.#now
  }

  get #now(): number {
    return this.#context.activeClock.now
  }

  /** This node's identity in the cluster. It is set before it is durable, and `replica` after that. */
  get identity(): Identity | null {
    return this.#identity
  }

  get replica(): Replica | null {
    return this.#replica
  }

  /** Dissolved clusters that this node has heard of. */
  get dissolved(): readonly string[] {
    return this.#dissolved
  }

  get cluster(): OwnCluster | null {
    const replica = this.#replica
    if (replica === null) return null
    const { pristine, machine } = replica
    const begun = !pristine || !this.isFounder
    return { ...replica.identity.cluster, acknowledged: machine.acknowledged, begun, pristine }
  }

  /** The log begins with this node as a voter. */
  get isFounder(): boolean {
    return this.#identity?.cluster.founders.includes(this.#identity.self) ?? false
  }

  /** This node has joined no cluster that has begun. */
  get isBlank(): boolean {
    return this.#identity === null || (this.isFounder && (this.#replica?.pristine ?? true))
  }

  /** All members of the cluster, as far as this node knows. */
  get members(): readonly string[] {
    return this.#replica === null ? [] : membersOf(this.#replica.view().configuration)
  }

  get isMember(): boolean {
    return this.#replica !== null && this.members.includes(this.#replica.identity.self)
  }

  logState(): LogState {
    return this.#replica?.logState() ?? this.#log
  }

  /** Starts the replica of the restored cluster. This start must be durable. */
  resume(): void {
    if (this.#identity !== null) this.#startReplica(this.#identity)
  }

  #startReplica(identity: Identity): void {
    const { options, store } = this.#context
    this.#heardAt = this.#now
    this.#replica = new Replica({ identity, log: this.#log, options, store, listener: this.#listener })
  }

  join(cluster: Cluster): void {
    const { node, options } = this.#context
    this.#leave()
    this.#adopt({ cluster, self: nodeIdOf(node.id, options.platform.mint()) }, () => this.#listener.moved())
  }

  #bootstrapAlone(): void {
    const { node, options, log } = this.#context
    const self = nodeIdOf(node.id, options.platform.mint())
    log(`no cluster has admitted ${node.id}, so it bootstraps one`)
    const cluster = { id: options.platform.mint(), founders: [self], byMembers: false }
    this.#adopt({ cluster, self }, () => this.#replica?.step({ type: 'campaign' }))
  }

  /** Until the identity is durable there is no replica, so nothing else begins. */
  #adopt(identity: Identity, then: () => void): void {
    this.#identity = identity
    this.#context.store.request(() => {
      if (this.#stopped) return
      this.#startReplica(identity)
      then()
    })
  }

  #leave(): void {
    this.#replica?.stop()
    this.#replica = null
    this.#identity = null
    this.#log = emptyLog
    this.#waitingSince = this.#now
    this.#listener.left()
  }

  /** The cluster with this id, which is the joined one, has dissolved. */
  leaveDissolved(id: string): void {
    this.#dissolved = [...this.#dissolved, id].slice(-32)
    this.#context.log('this cluster dissolves in favour of another one')
    this.#leave()
    this.#context.store.request(() => this.#listener.moved())
  }

  /** Another node of the joined cluster was heard. */
  heard(): void {
    this.#heardAt = this.#now
  }

  /**
   * Bootstraps a cluster if this node has joined none and may do so. To be called regularly and after gossip.
   */
  bootstrapIfDue(): void {
    const { node, options, peers, log } = this.#context
    if (this.#identity !== null || node.time === 0) return
    const times = {
      now: this.#now,
      waited: this.#now - this.#waitingSince,
      wait: options.foundingWait,
      fresh: this.#patience,
    }
    const own = String(node.id)
    if (this.configured === null || options.members === null) {
      if (mayBootstrapAlone(own, peers.present, times)) this.#bootstrapAlone()
    } else if (mayBootstrapAsFounder(options.members, peers.present, times)) {
      this.#adopt({ cluster: this.configured, self: nodeIdOf(own, '') }, () => this.#listener.moved())
    } else if (!this.#reportedWaiting && times.waited > 2 * this.#patience) {
      this.#reportedWaiting = true
      log(`${own} waits for a majority of ${options.members.join(', ')}`)
    }
  }

  get #patience(): number {
    const { foundingWait, minimumElectionTime } = this.#context.options
    return Math.max(foundingWait, timeoutsOfPatience * minimumElectionTime)
  }

  /** Leaves a cluster that has not admitted this node yet and has fallen silent. To be called regularly. */
  leaveIfSilent(): void {
    const silent = this.#now - this.#heardAt > 2 * this.#patience
    if (!silent || this.#identity?.cluster.byMembers !== false) return
    if (!this.#replica?.pristine || this.isMember) return
    this.#leave()
    this.#context.store.request(() => this.#listener.moved())
  }

  stop(): void {
    this.#stopped = true
    this.#replica?.stop()
  }
}
