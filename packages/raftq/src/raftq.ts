// raftq's class: an event bus in front of a started.
import { Peers } from './cluster/index.ts'
import { EventBus } from './event-bus.ts'
import { shutDownGracefully, Waiters } from './graceful-shutdown.ts'
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
import {
  bodyOf,
  isNodeId,
  type RaftNode,
  type RaftNodeId,
  readPacket,
  received,
  type WireEvent,
  wireEventOf,
} from './wire/index.ts'

export class Raftq extends EventBus<RaftMessageType> {
  readonly #options: CompleteOptions
  readonly #peers: Peers = new Peers()
  #node: RaftNode | null = null
  #starting: Promise<void> | null = null
  #started: StartedNode | null = null
  #destroyed: Promise<void> | null = null
  #role: RaftRole = RaftRole.FOLLOWER
  #left = false
  readonly #waiters: Waiters
  /** Writes from before the start. */
  readonly #early: (() => void)[] = []
  readonly #refused: Set<string> = new Set()

  /** Throws a RaftqError for options that cannot work. */
  constructor(options: RaftqOptions) {
    super()
    this.#options = completeOptions(options)
    this.#waiters = new Waiters(this.#options.platform)
  }

  /** Who leads, as far as this node knows. */
  getLeader(): RaftNodeId | null {
    const leader = this.#started?.member?.leader ?? null
    if (leader === null) return null
    const name = nameOf(leader)
    return name === String(this.#node?.id) ? this.#node!.id : (this.#peers.get(name)?.node.id ?? name)
  }

  /** LEADER: nobody else leads now, and `getData()` holds all that was ever committed. Looked at anew with every call. */
  getRole(): RaftRole {
    const member = this.#started?.member
    if (member?.leads) return RaftRole.LEADER
    return member?.isCandidate ? RaftRole.CANDIDATE : RaftRole.FOLLOWER
  }

  /** This node, as it was started. */
  getNode(): RaftNode {
    if (this.#node === null)
      throw new RaftqError('OARLOCK_NOT_STARTED', 'not-a-write', 'dispatch serviceStarted first')
    return this.#node
  }

  /** Every other node that is known and has not left. */
  getFollowers(): RaftNode[] {
    return this.#peers.present.map(({ node }) => node)
  }

  /** The value that was committed last, as far as this node knows; `{}` before the first. A copy: change it as you like. */
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  getData(): any {
    const member = this.#started?.member
    return member ? copyOf(member.machine.value) : {}
  }

  /**
   * Tells this node, and everybody who listens. Resolves when that is done; of `replicateData`, when the value is committed: it rejects
   * with a RaftqError, whose `outcome` says what became of the value.
   */
  override dispatch<Type extends keyof RaftMessageType>(
    type: Type,
    message: RaftMessageType[Type],
  ): Promise<void> {
    const own = this.#take(type, message)
    const told = super.dispatch(type, message)
    const done = Promise.all([own, told]).then(() => {})
    // Whoever does not wait for it is told by the log, and its process does not end.
    done.catch(() => {})
    return done
  }

  protected override listenerFailed(type: keyof RaftMessageType, cause: unknown): void {
    if (type !== 'log') this.#log(`a listener of ${type} failed: ${describeCause(cause)}`)
  }

  #log(message: string): void {
    super.dispatch('log', { message })
  }

  async #take(type: keyof RaftMessageType, message: unknown): Promise<void> {
    if (this.#destroyed !== null) {
      if (type === 'replicateData') throw destroyed()
      return
    }
    const event = wireEventOf(type)
    if (event !== undefined) return this.#receive(event, message)
    switch (type) {
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
      this.#log(`serviceStarted again (${node?.id}): it is started as ${this.#node?.id}`)
      return this.#starting
    }
    const { members } = this.#options
    const refuse = (why: string): Promise<never> => Promise.reject(invalidOptions(why))
    if (!isNodeId(node?.id)) return refuse('serviceStarted needs a node with an id')
    if (members !== null && !members.includes(String(node.id)))
      return refuse(`${node.id} is not among members: ${members.join(', ')}`)
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
      this.#started?.stop('this node cannot start')
      this.#started = null
      this.#starting = null
      this.#log(`${node.id} cannot start: ${describeCause(cause)}`)
      throw cause
    }
    this.#handEarly()
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
        post: (event, addressed) => void super.dispatch(event, bodyOf(event, addressed)),
      },
    })
  }

  #changed(): void {
    const role = this.getRole()
    if (role !== this.#role) {
      this.#role = role
      this.#log(`${this.#node?.id} is ${RaftRole[role].toLowerCase()} now`)
      super.dispatch('roleChanged', role)
    }
    if (this.#started?.leftForGood && !this.#left) {
      this.#left = true
      this.#log(`${this.#node?.id} left, and is a member no more`)
      super.dispatch('serviceLeft', { node: this.getNode() })
    }
    this.#waiters.changed()
  }

  #receive(event: WireEvent, body: unknown): void {
    if (this.#started === null) return
    try {
      this.#started.receive(readPacket(body), event === 'voteRequest')
    } catch (cause) {
      // Once for each reason: a pipe that damages messages damages many.
      const why = `a message (${received[event]}) is refused: ${describeCause(cause)}`
      if (this.#refused.has(why) || this.#refused.size > 100) return
      this.#refused.add(why)
      this.#log(why)
    }
  }

  #acknowledge(message: unknown): void {
    const node = message as RaftNode | null
    if (!isNodeId(node?.id)) return this.#log('ackNode needs a node with an id')
    const left = node.time === 0
    if (String(node.id) === this.#peers.own) return
    const isNew = left ? this.#peers.depart(node) : this.#peers.acknowledge(node)
    if (isNew) this.#log(left ? `${node.id} left` : `${node.id} is there`)
    if (isNew) this.#started?.peersChanged()
  }

  #replicate(value: unknown): Promise<void> {
    const copy = copyOf(value)
    if (copy === undefined)
      return Promise.reject(new RaftqError('OARLOCK_INVALID_COMMAND', 'not-applied', 'the value is no JSON'))
    const write = (): Promise<void> => this.#started?.replicate(copy) ?? Promise.reject(destroyed())
    if (this.#started !== null) return this.#report(write())
    return this.#report(new Promise((resolve) => this.#early.push(() => resolve(write()))))
  }

  #handEarly(): void {
    for (const write of this.#early.splice(0)) write()
  }

  async #report(done: Promise<void>): Promise<void> {
    try {
      await done
    } catch (cause) {
      this.#log(`replicateData failed: ${describeCause(cause)}`)
      throw cause
    }
  }

  async #crashed(reason: unknown): Promise<void> {
    this.#log(`serviceCrashed: ${describeCause(reason)}`)
    if (this.#started === null) return
    await shutDownGracefully(this.#started, this.#waiters, this.#options.maximumElectionTime)
  }

  /** Stops for good, when all that was done is durable. No timer is left, and no listener. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#stop()
    return this.#destroyed
  }

  async #stop(): Promise<void> {
    const started = this.#started
    if (started !== null) await this.#waiters.flushed(started, this.#options.maximumElectionTime)
    started?.stop('this node was destroyed')
    this.#handEarly()
    this.#changed()
    this.#log('destroyed')
    await null
    this.clear()
  }
}

const destroyed = (): RaftqError => closedError('not-applied', 'this node was destroyed')
