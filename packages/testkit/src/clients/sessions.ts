// Clients that want each of their writes to take effect once (thesis §6.3): each has a session, one command under way in it, and
// asks again, at any member, until it is answered. It does not know whether a request that was not answered took effect.
import type { Index } from '@oarlock/core'
import { canonical, difference } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import { Call, type Random, Violation, type World } from '../world/index.ts'
import { nameOf, type Operation } from './operation.ts'
import type { Write } from './write.ts'

export interface SessionProfile {
  /** How many clients have one, 255 at most. */
  readonly count: number
  /** The share of writes that they make; the rest nobody repeats. */
  readonly share: number
  /** How long they wait for an answer before they ask again, in ms. */
  readonly patience: number
}

/** Where it is known that nothing came of a request, the next one goes out after so much of a client's patience. */
const SOON = 0.2

class Client {
  /** The last one. */
  operation: Operation | null = null
  /** The request that it waits for. */
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
      // An earlier request may be answered meanwhile.
      this.#clients.after(0.5, () => {
        if (this.operation === operation && !operation.answered) this.ask(at)
      })
      return
    }
    operation.asked++
    const number = ++this.#asked
    this.#write = this.#clients.propose(at, operation)
    // Where nobody is there at all a client knows at once.
    this.#clients.after(this.#write === null ? SOON : 1, () => {
      if (!operation.answered && this.#asked === number) this.ask(this.#clients.leaderBy(at))
    })
  }

  /** The runtime has given this request up: it took no effect, or may have. */
  failed(write: Write): void {
    // Of an earlier one. It may fail before `propose` returns, and is the last one then.
    if (write.operation !== this.operation || write.id < (this.#write?.id ?? 0)) return
    const number = ++this.#asked
    this.#clients.after(SOON, () => {
      if (!this.idle && this.#asked === number) this.ask(this.#clients.leaderBy(write.node))
    })
  }
}

/** Takes the clients' requests. */
interface Asks {
  /** Null: nobody is there to ask. */
  ask(node: SimNode, operation: Operation): Write | null
}

export class Sessions {
  /** Nobody asks for now. */
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

  /** What is called and not answered. */
  get pending(): readonly Operation[] {
    return this.#clients.filter((client) => !client.idle).map((client) => client.operation!)
  }

  /** One of its requests has this result. False: it was answered before, and must have been the same then. */
  answered(operation: Operation, result: unknown): boolean {
    if (!operation.answered) {
      operation.answered = true
      operation.result = result
      return true
    }
    // A client that has gone on does not ask for it any more: its answer is kept no longer.
    const isLast = this.#clients[operation.place.session - 1]!.operation === operation
    if (isLast && operation.result !== result) {
      const [first, again] = [canonical(operation.result), canonical(result)]
      if (first !== again)
        throw new Violation(
          'ONCE',
          `${nameOf(operation)} is answered otherwise when it is repeated: ${difference(first, again)}`,
        )
    }
    return false
  }

  /** Has a client that waits for nothing make this write, if chance and they will. */
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

  /** Whom this node believes to lead, or anybody. */
  leaderBy(node: SimNode): SimNode {
    const told = node.up && node.raft.leader !== null && this.#random.chance(0.7)
    return (told && this.#nodes.find(({ id }) => id === node.raft.leader)) || this.anybody()
  }

  anybody(): SimNode {
    return this.#random.pick(this.#nodes)
  }

  /** So many times the client's patience, about. */
  after(times: number, what: () => void): void {
    const { patience } = this.#profile
    this.#world.schedule(new Call(what), this.#world.now + times * patience * this.#random.between(0.8, 1.2))
  }
}
