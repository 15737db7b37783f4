// Which cluster a node takes part in: one at a time. To enter one, to found one and to leave one is durable first, and only then takes
// effect. (When it does so: founding.ts and meeting.ts.)
import {
  type Cluster,
  type CompleteOptions,
  clusterOfMembers,
  type DocumentStore,
  emptyLog,
  type Identity,
  type LogState,
  type NodeState,
  nodeIdOf,
  Replica,
  type ReplicaListener,
} from '../node/index.ts'
import type { RaftNode } from '../wire/index.ts'
import type { ActiveClock } from './active-clock.ts'
import { mayBootstrap, mayBootstrapAsFounder, type OwnCluster } from './bootstrap.ts'
import type { Peers } from './peers.ts'

/** Ticks for which a node has patience with others that are silent. */
const fewTicks = 5

export interface JoinedClusterListener extends ReplicaListener {
  log(message: string): void
  /** It takes part in none: whatever was known of its cluster is void. */
  left(): void
  /** It takes part in another one now, or is free to: that is durable, and to be told. */
  moved(): void
}

export interface JoinedClusterInit {
  readonly node: RaftNode
  readonly state: NodeState
  readonly options: CompleteOptions
  readonly peers: Peers
  readonly awake: ActiveClock
  readonly store: DocumentStore
  readonly listener: JoinedClusterListener
}

export class JoinedCluster {
  /** The cluster of `members`, where there are any. */
  readonly awaited: Cluster | null
  readonly #init: JoinedClusterInit
  #identity: Identity | null
  #member: Replica | null = null
  #dissolved: readonly string[]
  /** While it takes part in no cluster yet: what it will begin with. */
  #log: LogState
  /** Since when this node waits to be taken in. */
  #waitingSince: number
  /** The application was told that it waits, and for whom. */
  #toldToWait = false
  /** When the cluster that it takes part in was heard last. */
  #heardAt: number
  #stopped = false

  constructor(init: JoinedClusterInit) {
    const { state, options } = init
    this.#init = init
    this.awaited = options.members === null ? null : clusterOfMembers(options.members)
    this.#identity = state.identity
    this.#log = state.identity === null ? emptyLog : state.log
    this.#dissolved = state.dissolved
    this.#waitingSince = this.#now
    this.#heardAt = this.#now
  }

  get #now(): number {
    return this.#init.awake.now
  }

  /** As what it takes part, or will when that is durable. */
  get identity(): Identity | null {
    return this.#identity
  }

  get member(): Replica | null {
    return this.#member
  }

  /** Clusters that this node saw give themselves up. */
  get dissolved(): readonly string[] {
    return this.#dissolved
  }

  get cluster(): OwnCluster | null {
    const member = this.#member
    if (member === null) return null
    const { acknowledged } = member.machine
    const { pristine } = member
    return { ...member.identity.cluster, acknowledged, begun: !pristine || !this.isFounder, pristine }
  }

  /** Its log begins with this node as a voter. */
  get isFounder(): boolean {
    return this.#identity?.cluster.founders.includes(this.#identity.self) ?? false
  }

  /** It has no part in any cluster that has begun. */
  get isBlank(): boolean {
    return this.#identity === null || (this.isFounder && (this.#member?.pristine ?? true))
  }

  /** Everybody in the cluster that it takes part in, as far as it knows. */
  get members(): readonly string[] {
    if (this.#member === null) return []
    const { voters, outgoing, learners } = this.#member.view().configuration
    return [...voters, ...outgoing, ...learners]
  }

  get isMember(): boolean {
    return this.#member !== null && this.members.includes(this.#member.identity.self)
  }

  logState(): LogState {
    return this.#member?.logState() ?? this.#log
  }

  /** What was restored is durable again. */
  resume(): void {
    if (this.#identity !== null) this.#takePart(this.#identity)
  }

  #takePart(identity: Identity): void {
    const { options, store, listener } = this.#init
    this.#heardAt = this.#now
    this.#member = new Replica({ identity, log: this.#log, options, store, listener })
  }

  enter(cluster: Cluster): void {
    const { node, options, listener } = this.#init
    this.#leave()
    this.#becomes({ cluster, self: nodeIdOf(node.id, options.platform.mint()) }, () => listener.moved())
  }

  #found(): void {
    const { node, options, listener } = this.#init
    const self = nodeIdOf(node.id, options.platform.mint())
    listener.log(`no cluster has taken ${node.id} in: it founds one`)
    this.#becomes(
      { cluster: { id: options.platform.mint(), founders: [self], byMembers: false }, self },
      () => {
        this.#member!.campaign()
      },
    )
  }

  /** Nothing else is begun until that is durable: there is an identity, and no member. */
  #becomes(identity: Identity, then: () => void): void {
    this.#identity = identity
    this.#init.store.request(true, () => {
      if (this.#stopped) return
      this.#takePart(identity)
      then()
    })
  }

  #leave(): void {
    this.#member?.stop()
    this.#member = null
    this.#identity = null
    this.#log = emptyLog
    this.#waitingSince = this.#now
    this.#init.listener.left()
  }

  /** The cluster gave itself up, and everybody in it may go. */
  leaveDissolved(id: string): void {
    const { listener, store } = this.#init
    this.#dissolved = [...new Set([...this.#dissolved, id])].slice(-32)
    listener.log('this cluster gives itself up for another one')
    this.#leave()
    store.request(true, () => listener.moved())
  }

  /** It was heard. */
  heard(): void {
    this.#heardAt = this.#now
  }

  /** At regular times, and when others were heard: begins or founds a cluster where none has taken this node in. */
  look(): void {
    const { node, options, peers, listener } = this.#init
    if (this.#identity !== null || node.time === 0) return
    const times = {
      now: this.#now,
      waitingSince: this.#waitingSince,
      wait: options.foundingWait,
      fresh: this.#patience,
    }
    const own = String(node.id)
    if (options.members === null) {
      if (mayBootstrap(own, peers.present, times)) this.#found()
    } else if (mayBootstrapAsFounder(own, options.members, peers.present, times)) {
      this.#becomes({ cluster: this.awaited!, self: nodeIdOf(own, '') }, () => listener.moved())
    } else if (!this.#toldToWait && this.#now - this.#waitingSince > 2 * this.#patience) {
      this.#toldToWait = true
      const all = options.members.join(', ')
      listener.log(`${own} waits for a majority of ${all}`)
    }
  }

  get #patience(): number {
    const { foundingWait, minimumElectionTime } = this.#init.options
    return Math.max(foundingWait, fewTicks * minimumElectionTime)
  }

  /** At regular times: looks elsewhere where it asked to be taken in, and nobody is there any more who could. */
  lookElsewhere(): void {
    const { store, listener } = this.#init
    const silent = this.#now - this.#heardAt > 2 * this.#patience
    if (!silent || this.#identity?.cluster.byMembers !== false) return
    if (!this.#member?.pristine || this.isMember) return
    this.#leave()
    store.request(true, () => listener.moved())
  }

  stop(): void {
    this.#stopped = true
    this.#member?.stop()
  }
}
