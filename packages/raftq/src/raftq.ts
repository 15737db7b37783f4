// raftq's class: an event bus in front of a participant.
import type { WireEvent } from './channel.ts'
import { bodyOf, received } from './channel.ts'
import { emptyLog, type NodeState, readDocument } from './document.ts'
import { RaftqError, wordsOf } from './errors.ts'
import { EventBus } from './event-bus.ts'
import { nameOf } from './identity.ts'
import { type CompleteOptions, completeOptions, isNodeId, type RaftqOptions } from './options.ts'
import { readPacket } from './packet.ts'
import { Participant } from './participant.ts'
import { Peers } from './peers.ts'
import { type RaftMessageType, type RaftNode, type RaftNodeId, RaftRole } from './types.ts'
import type { Json } from './wire-message.ts'

const incoming: ReadonlyMap<string, WireEvent> = new Map(
  (Object.keys(received) as WireEvent[]).map((event) => [received[event], event]),
)

interface Waiter {
  readonly holds: () => boolean
  readonly resolve: () => void
}

export class Raftq extends EventBus<RaftMessageType> {
  readonly #options: CompleteOptions
  readonly #peers: Peers = new Peers()
  #node: RaftNode | null = null
  #starting: Promise<void> | null = null
  #participant: Participant | null = null
  #destroyed: Promise<void> | null = null
  #role: RaftRole = RaftRole.FOLLOWER
  #waiters: Waiter[] = []
  /** Writes from before the start. */
  readonly #early: { readonly hand: () => void; readonly close: () => void }[] = []
  readonly #refused: Set<string> = new Set()

  /** Throws a RaftqError for options that cannot work. */
  constructor(options: RaftqOptions) {
    super()
    this.#options = completeOptions(options)
  }

  /** Who leads, as far as this node knows. */
  getLeader(): RaftNodeId | null {
    const leader = this.#participant?.member?.leader ?? null
    if (leader === null) return null
    const name = nameOf(leader)
    return name === String(this.#node?.id) ? this.#node!.id : (this.#peers.get(name)?.node.id ?? name)
  }

  /** LEADER: nobody else leads now, and `getData()` holds all that was ever committed. Looked at anew with every call. */
  getRole(): RaftRole {
    const member = this.#participant?.member
    if (member?.leads) return RaftRole.LEADER
    return member?.isCandidate ? RaftRole.CANDIDATE : RaftRole.FOLLOWER
  }

  /** This node, as it was started. */
  getNode(): RaftNode {
    if (this.#node === null)
      throw new RaftqError('OARLOCK_NOT_STARTED', 'not-a-write', 'not started yet: dispatch serviceStarted')
    return this.#node
  }

  /** Every other node that is known and has not left. */
  getFollowers(): RaftNode[] {
    return this.#peers.present.map(({ node }) => node)
  }

  /** The value that was committed last, as far as this node knows; `{}` before the first. */
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  getData(): any {
    return this.#participant?.member?.machine.value ?? {}
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
    if (type !== 'log') this.#log(`a listener of ${type} failed: ${wordsOf(cause)}`)
  }

  #log(message: string): void {
    super.dispatch('log', { message })
  }

  async #take(type: keyof RaftMessageType, message: unknown): Promise<void> {
    if (this.#destroyed !== null) {
      if (type === 'replicateData') throw destroyed()
      return
    }
    const event = incoming.get(type)
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
      this.#log('serviceStarted again: it is started')
      return this.#starting
    }
    if (!isNodeId(node?.id))
      return Promise.reject(
        new RaftqError(
          'OARLOCK_INVALID_OPTIONS',
          'not-a-write',
          'serviceStarted needs a node with an id, a string or a number',
        ),
      )
    const { members } = this.#options
    if (members !== null && !members.includes(String(node.id)))
      return Promise.reject(
        new RaftqError(
          'OARLOCK_INVALID_OPTIONS',
          'not-a-write',
          `${node.id} is not among members: ${members.join(', ')}`,
        ),
      )
    this.#node = node
    this.#peers.own = String(node.id)
    this.#starting = this.#restoreAndStart(node)
    return this.#starting
  }

  async #restoreAndStart(node: RaftNode): Promise<void> {
    const { platform, persistAgent } = this.#options
    let state: NodeState
    let legacy: Json | undefined
    try {
      const document = await persistAgent.restore(node)
      const found = readDocument(document)
      legacy = found === null ? (document?.data as Json | undefined) : undefined
      state = found ?? {
        incarnation: platform.mint(),
        start: 0,
        identity: null,
        dissolved: [],
        nodes: [],
        log: emptyLog,
      }
    } catch (cause) {
      this.#starting = null
      this.#log(`what was persisted cannot be restored: ${wordsOf(cause)}`)
      throw cause
    }
    if (this.#destroyed !== null) return
    for (const known of state.nodes) this.#peers.hearOf(known)
    this.#participant = new Participant({
      options: this.#options,
      node,
      peers: this.#peers,
      state: { ...state, start: state.start + 1 },
      legacy,
      listener: {
        log: (message) => this.#log(message),
        conflict: (body) => void super.dispatch('clusterConflict', body),
        changed: () => this.#changed(),
        post: (event, addressed) => void super.dispatch(event, bodyOf(event, addressed)),
      },
    })
    await this.#participant.start()
    for (const { hand } of this.#early.splice(0)) hand()
    this.#log(`${node.id} started`)
  }

  #changed(): void {
    const role = this.getRole()
    if (role !== this.#role) {
      this.#role = role
      const names = { 1: 'candidate', 2: 'follower', 3: 'leader' }
      this.#log(`${this.#node?.id} is ${names[role]} now`)
      super.dispatch('roleChanged', role)
    }
    const due = this.#waiters.filter(({ holds }) => holds())
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter))
    for (const { resolve } of due) resolve()
  }

  #receive(event: WireEvent, body: unknown): void {
    if (this.#participant === null) return
    try {
      this.#participant.receive(readPacket(body), event === 'voteRequest')
    } catch (cause) {
      // Once for each reason: a pipe that damages messages damages many.
      const why = `a message (${received[event]}) is refused: ${wordsOf(cause)}`
      if (this.#refused.has(why) || this.#refused.size > 100) return
      this.#refused.add(why)
      this.#log(why)
    }
  }

  #acknowledge(message: unknown): void {
    const node = message as RaftNode | null
    if (!isNodeId(node?.id)) return this.#log('ackNode without a node id is ignored')
    const left = node.time === 0
    if (String(node.id) === this.#peers.own) return
    const isNew = left ? this.#peers.depart(node) : this.#peers.acknowledge(node)
    if (isNew) this.#log(left ? `${node.id} left` : `${node.id} is there`)
    if (isNew) this.#participant?.peersChanged()
  }

  #replicate(value: unknown): Promise<void> {
    const text = asJson(value)
    if (text === undefined)
      return Promise.reject(
        new RaftqError('OARLOCK_INVALID_COMMAND', 'not-applied', 'the value cannot be written as JSON'),
      )
    // A copy: what the application does to its object later is another value.
    const copy = JSON.parse(text) as Json
    if (this.#participant !== null) return this.#report(this.#participant.replicate(copy))
    return this.#report(
      new Promise((resolve, reject) => {
        this.#early.push({
          hand: () => this.#participant!.replicate(copy).then(resolve, reject),
          close: () => reject(destroyed()),
        })
      }),
    )
  }

  async #report(done: Promise<void>): Promise<void> {
    try {
      await done
    } catch (cause) {
      this.#log(`a value was not replicated: ${wordsOf(cause)}`)
      throw cause
    }
  }

  /** Leads no more where another one can, and, where this node left (its time is 0), waits until it is no member. */
  async #crashed(reason: unknown): Promise<void> {
    this.#log(`service crashed: ${wordsOf(reason)}`)
    const participant = this.#participant
    if (participant === null) return
    const { maximumElectionTime } = this.#options
    if (participant.mustHandOver) {
      participant.handOver()
      await this.#until(() => !participant.mustHandOver, maximumElectionTime)
    }
    if (participant.node.time === 0 && participant.hasOthers) {
      participant.peersChanged()
      await this.#until(() => participant.leftForGood, maximumElectionTime)
    }
    await this.#atMost(participant.flush(), maximumElectionTime)
  }

  #until(holds: () => boolean, ms: number): Promise<void> {
    return holds()
      ? Promise.resolve()
      : this.#atMost(new Promise((resolve) => this.#waiters.push({ holds, resolve })), ms)
  }

  #atMost(done: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.platform.setTimer(resolve, ms)
      done.then(() => {
        cancel()
        resolve()
      })
    })
  }

  /** Stops for good, when all that was done is durable. No timer is left, and no listener. */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#stop()
    return this.#destroyed
  }

  async #stop(): Promise<void> {
    const participant = this.#participant
    if (participant !== null) await this.#atMost(participant.flush(), this.#options.maximumElectionTime)
    participant?.stop('this node was destroyed')
    for (const { close } of this.#early.splice(0)) close()
    this.#changed()
    this.#log('destroyed')
    await null
    this.clear()
  }
}

const destroyed = (): RaftqError =>
  new RaftqError('OARLOCK_MEMBER_CLOSED', 'not-applied', 'this node was destroyed')

function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
