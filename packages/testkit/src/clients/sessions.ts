// Clients whose writes must take effect once (thesis §6.3). Each has a session with one open command,
// and asks again, at any member, until it is answered. It does not know whether an unanswered request took
// effect.
import type { Index } from '@oarlock/core'
import { canonical, difference } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import { Call, type Random, Violation, type World } from '../world/index.ts'
import { nameOf, type Operation } from './operation.ts'
import type { Write } from './write.ts'

export interface SessionProfile {
  /** The number of clients with a session, at most 255. */
  readonly count: number
  /** The share of writes that they make. The others are never repeated. */
  readonly share: number
  /** The time after which they repeat a request, in ms. */
  readonly patience: number
}

/**
 * After a request that is known to have failed, the next one follows after this share of the client's
 * patience.
 */
const SOON = 0.2

class Client {
  /** The last operation. */
  operation: Operation | null = null
  /** The request whose answer it waits for. */
  #write: Write | null = null
  #asked = 0
  readonly #session: number
  readonly #clients: Sessions

  constructor(session: number, clients: Sessions) {
    this.#session = session
    this.#clients = clients
  }

  get idle(): boolean {
    return this.operation === null || this.operation.answered
  }

  begin(command: Uint8Array, called: Index, at: SimNode): void {
    const sequence = (this.operation?.place.sequence ?? 0) + 1
    this.operation = {
      place: { session: this.#session, sequence },
      command,
      called,
      effect: null,
      asked: 0,
      answered: false,
      result: undefined,
    }
    this.ask(at)
  }

  ask(at: SimNode): void {
    const operation = this.operation!
    if (this.#clients.held) {
      // An earlier request may be answered before then.
      this.#clients.after(0.5, () => {
        if (this.operation === operation && !operation.answered) this.ask(at)
      })
      return
    }
    operation.asked++
    const number = ++this.#asked
    this.#write = this.#clients.propose(at, operation)
    // A client knows at once if the node is down.
    this.#clients.after(this.#write === null ? SOON : 1, () => {
      if (!operation.answered && this.#asked === number) this.ask(this.#clients.leaderBy(at))
    })
  }

  /** The runtime has given up this request, which took no effect or may have. */
  failed(write: Write): void {
    // Ignores earlier requests. The last one may fail before `propose` returns, and then has a larger id.
    if (write.operation !== this.operation || write.id < (this.#write?.id ?? 0)) return
    const number = ++this.#asked
    this.#clients.after(SOON, () => {
      if (!this.idle && this.#asked === number) this.ask(this.#clients.leaderBy(write.node))
    })
  }
}

/** Takes the requests of clients. */
interface Asks {
  /** Null if the node is down. */
  ask(node: SimNode, operation: Operation): Write | null
}

export class Sessions {
  /** While true, no client asks. */
  held = false
  readonly #world: World
  readonly #random: Random
  readonly #profile: SessionProfile
  readonly #nodes: readonly SimNode[]
  readonly #asks: Asks
  readonly #clients: Client[]

  constructor(world: World, random: Random, profile: SessionProfile, nodes: readonly SimNode[], asks: Asks) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#nodes = nodes
    this.#asks = asks
    this.#clients = Array.from({ length: profile.count }, (_, at) => new Client(at + 1, this))
  }

  /** The operations that wait for an answer. */
  get pending(): readonly Operation[] {
    return this.#clients.filter((client) => !client.idle).map((client) => client.operation!)
  }

  /** A request of the operation has this result. False if it was answered before, with the same result. */
  answered(operation: Operation, result: unknown): boolean {
    if (!operation.answered) {
      operation.answered = true
      operation.result = result
      return true
    }
    // The table of sessions keeps only the answer to the client's last operation.
    const isLast = this.#clients[operation.place.session - 1]!.operation === operation
    if (isLast && operation.result !== result) {
      const [first, again] = [canonical(operation.result), canonical(result)]
      if (first !== again)
        throw new Violation(
          'ONCE',
          `${nameOf(operation)} has another answer when it is repeated: ${difference(first, again)}`,
        )
    }
    return false
  }

  /** Lets an idle client make this write, with the probability `share`. False if none does. */
  begin(command: () => Uint8Array, called: Index, at: SimNode): boolean {
    if (this.#clients.length === 0 || !this.#random.chance(this.#profile.share)) return false
    const idle = this.#clients.filter((client) => client.idle)
    if (idle.length === 0) return false
    this.#random.pick(idle).begin(command(), called, at)
    return true
  }

  propose(node: SimNode, operation: Operation): Write | null {
    return this.#asks.ask(node, operation)
  }

  failed(write: Write): void {
    this.#clients[write.operation!.place.session - 1]!.failed(write)
  }

  /** The node that this one believes to lead, or any node. */
  leaderBy(node: SimNode): SimNode {
    const told = node.up && node.raft.leader !== null && this.#random.chance(0.7)
    return (told && this.#nodes.find(({ id }) => id === node.raft.leader)) || this.anyNode()
  }

  anyNode(): SimNode {
    return this.#random.pick(this.#nodes)
  }

  /** Calls back after about this multiple of the client's patience. */
  after(times: number, what: () => void): void {
    const { patience } = this.#profile
    this.#world.schedule(new Call(what), this.#world.now + times * patience * this.#random.between(0.8, 1.2))
  }
}
