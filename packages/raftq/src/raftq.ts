// raftq's class: an event bus in front of a started node.
import { Peers } from './cluster/index.ts'
import { ConditionWaiter } from './condition-waiter.ts'
import { EventBus } from './event-bus.ts'
import { shutDownGracefully } from './graceful-shutdown.ts'
import { copyOf } from './json/index.ts'
import {
  type CompleteOptions,
  closedError,
  completeOptions,
  describeCause,
  invalidOptions,
  type NodeState,
  nameOf,
  RaftqError,
  type RaftqOptions,
  restore,
} from './node/index.ts'
import { StartedNode } from './started-node.ts'
import { type RaftMessageType, RaftRole } from './types.ts'
import { bodyOf, isNodeId, type RaftNode, type RaftNodeId, readPacket } from './wire/index.ts'

export class Raftq extends EventBus<RaftMessageType> {
  readonly #options: CompleteOptions
  readonly #peers: Peers = new Peers()
  #node: RaftNode | null = null
  #starting: Promise<void> | null = null
  #started: StartedNode | null = null
  #destroyed: Promise<void> | null = null
  #role: RaftRole = RaftRole.FOLLOWER
  #reportedRemoval = false
  readonly #waiter: ConditionWaiter
  #startedOrDestroyed: () => void = () => {}
  /** Writes that are dispatched before the start wait for it. */
  readonly #untilStarted: Promise<void> = new Promise((resolve) => {
    this.#startedOrDestroyed = resolve
  })
  /** The log lines about refused messages. */
  readonly #refusals: Set<string> = new Set()

  /** Throws a RaftqError for options that cannot work. */
  constructor(options: RaftqOptions) {
    super()
    this.#options = completeOptions(options)
    this.#waiter = new ConditionWaiter(this.#options.platform)
  }

  /** The leader's id, as far as this node knows. */
  getLeader(): RaftNodeId | null {
    const leader = this.#started?.replica?.leader ?? null
    if (leader === null) return null
    const name = nameOf(leader)
    return name === String(this.#node?.id) ? this.#node!.id : (this.#peers.get(name)?.node.id ?? name)
  }

  /**
   * LEADER means that no other node leads now, and that `getData()` reflects every committed write. Each call
   * checks the lease again.
   */
  getRole(): RaftRole {
    const role = this.#started?.replica?.role
    if (role === 'leader') return RaftRole.LEADER
    return role === 'candidate' ? RaftRole.CANDIDATE : RaftRole.FOLLOWER
  }

  /** The node that serviceStarted was dispatched with. Throws a RaftqError before that. */
  getNode(): RaftNode {
    if (this.#node === null)
      throw new RaftqError('OARLOCK_NOT_STARTED', 'not-a-write', 'dispatch serviceStarted before getNode')
    return this.#node
  }

  /** All other known nodes that have not left. */
  getFollowers(): RaftNode[] {
    return this.#peers.present.map(({ node }) => node)
  }

  /** A copy of the last committed value that this node knows, or `{}` before the first. */
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  getData(): any {
    const replica = this.#started?.replica
    return replica ? copyOf(replica.machine.value) : {}
  }

  /**
   * Hands the event to this node and to all subscribers, and resolves when they are done. `replicateData`
   * resolves when the value is committed, or rejects with a RaftqError, whose `outcome` says what became of
   * the value.
   */
  override dispatch<Type extends keyof RaftMessageType>(
    type: Type,
    message: RaftMessageType[Type],
  ): Promise<void> {
    const handled = this.#handle(type, message)
    const subscribers = super.dispatch(type, message)
    const done = Promise.all([handled, subscribers]).then(() => {})
    // A caller that does not await it finds the error in the log. Its process must not end.
    done.catch(() => {})
    return done
  }

  protected override listenerFailed(type: keyof RaftMessageType, cause: unknown): void {
    if (type !== 'log') this.#log(`a listener of ${type} threw: ${describeCause(cause)}`)
  }

  #log(message: string): void {
    super.dispatch('log', { message })
  }

  async #handle(type: keyof RaftMessageType, message: unknown): Promise<void> {
    if (this.#destroyed !== null) {
      if (type === 'replicateData') throw destroyed()
      return
    }
    switch (type) {
      case 'voteRequestReceived':
      case 'voteResponseReceived':
      case 'dataReceived':
      case 'dataResponseReceived':
        return this.#receive(type, message)
      case 'serviceStarted':
        return this.#start((message as RaftMessageType['serviceStarted'] | undefined)?.node)
      case 'serviceCrashed':
        return this.#crashed((message as RaftMessageType['serviceCrashed'] | undefined)?.reason)
      case 'ackNode':
        return this.#acknowledge(message)
      case 'replicateData':
        return this.#replicate(message)
    }
  }

  #start(node: RaftNode | undefined): Promise<void> {
    if (this.#starting !== null) {
      this.#log(`serviceStarted is ignored: this node is ${this.#node?.id} already`)
      return this.#starting
    }
    const { members } = this.#options
    if (!isNodeId(node?.id)) throw invalidOptions('serviceStarted needs a node with an id')
    if (members !== null && !members.includes(String(node.id)))
      throw invalidOptions(`${node.id} is not one of members: ${members.join(', ')}`)
    this.#node = node
    this.#peers.own = String(node.id)
    this.#starting = this.#restoreAndStart(node)
    return this.#starting
  }

  async #restoreAndStart(node: RaftNode): Promise<void> {
    try {
      const state = await restore(node, this.#options)
      if (this.#destroyed !== null) return
      this.#started = this.#newStartedNode(node, state)
      await this.#started.start()
    } catch (cause) {
      this.#started?.stop('this node could not start')
      this.#started = null
      this.#starting = null
      this.#log(`${node.id} could not start: ${describeCause(cause)}`)
      throw cause
    }
    this.#startedOrDestroyed()
    this.#log(`${node.id} started`)
  }

  #newStartedNode(node: RaftNode, state: NodeState): StartedNode {
    for (const known of state.nodes) this.#peers.hearOf(known)
    this.#peers.expect(this.#options.members ?? [])
    return new StartedNode({
      options: this.#options,
      node,
      peers: this.#peers,
      state,
      listener: {
        log: (message) => this.#log(message),
        conflict: (body) => void super.dispatch('clusterConflict', body),
        changed: () => this.#changed(),
        send: (event, addressed) => void super.dispatch(event, bodyOf(event, addressed)),
      },
    })
  }

  #changed(): void {
    const role = this.getRole()
    if (role !== this.#role) {
      this.#role = role
      this.#log(`${this.#node?.id} is now ${RaftRole[role].toLowerCase()}`)
      super.dispatch('roleChanged', role)
    }
    if (this.#started?.removed && !this.#reportedRemoval) {
      this.#reportedRemoval = true
      this.#log(`${this.#node?.id} has left and is no longer a member`)
      super.dispatch('serviceLeft', { node: this.getNode() })
    }
    this.#waiter.changed()
  }

  #receive(type: string, body: unknown): void {
    if (this.#started === null) return
    try {
      this.#started.receive(readPacket(body), type === 'voteRequestReceived')
    } catch (cause) {
      // Each reason is logged once: a pipe that damages messages damages many.
      const why = `a message (${type}) was refused: ${describeCause(cause)}`
      if (this.#refusals.has(why) || this.#refusals.size > 100) return
      this.#refusals.add(why)
      this.#log(why)
    }
  }

  #acknowledge(message: unknown): void {
    const node = message as RaftNode | null
    if (!isNodeId(node?.id)) return this.#log('ackNode needs a node with an id')
    const left = node.time === 0
    if (String(node.id) === this.#peers.own) return
    const isNew = left ? this.#peers.depart(node) : this.#peers.announce(node)
    if (!isNew) return
    this.#log(`${node.id} ${left ? 'has left' : 'is announced'}`)
    this.#started?.peersChanged()
  }

  async #replicate(value: unknown): Promise<void> {
    const copy = copyOf(value)
    if (copy === undefined)
      throw new RaftqError('OARLOCK_INVALID_COMMAND', 'not-applied', 'the value is not JSON')
    try {
      await this.#untilStarted
      if (this.#started === null) throw destroyed()
      await this.#started.replicate(copy)
    } catch (cause) {
      this.#log(`replicateData failed: ${describeCause(cause)}`)
      throw cause
    }
  }

  async #crashed(reason: unknown): Promise<void> {
    this.#log(`serviceCrashed: ${describeCause(reason)}`)
    if (this.#started === null) return
    await shutDownGracefully(this.#started, this.#waiter, this.#options.maximumElectionTime)
  }

  /** Stops for good once everything up to now is durable. It leaves no timer and no subscriber. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#stop()
    return this.#destroyed
  }

  async #stop(): Promise<void> {
    const started = this.#started
    if (started !== null) await this.#waiter.fulfilled(started.flush(), this.#options.maximumElectionTime)
    started?.stop('this node was destroyed')
    this.#startedOrDestroyed()
    this.#changed()
    this.#log('destroyed')
    await null
    this.clear()
  }
}

const destroyed = (): RaftqError => closedError('not-applied', 'this node was destroyed')
