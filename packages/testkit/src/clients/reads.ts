// The clients that read, at any member, with each consistency (thesis §6.4). They ask the member's runtime,
// which calls back when its state machine may be queried.
import { type Index, index } from '@oarlock/core'
import type { Consistency, ReadCompletion } from '@oarlock/runtime'
import type { Application } from '../machine/index.ts'
import type { SimNode } from '../member/index.ts'
import { type Agenda, Call, type Random, Violation, type World } from '../world/index.ts'
import type { History } from './history.ts'

export interface ReadProfile {
  /** The mean time between two reads, in ms. Infinity: there are no reads. */
  readonly gap: number
  /** The share of reads at a node that leads or believes so. The rest goes to any node. */
  readonly toLeader: number
  /** The share of reads that rely on a lease, if there are leases. */
  readonly byLease: number
  /** The share of reads that may miss something: local ones, and those that name an index. */
  readonly weaker: number
}

/** A read that was not served yet. */
interface PendingRead {
  readonly what: string
  readonly node: SimNode
  readonly life: number
  /** The node's clock when the runtime received it. Null: it waits for the node's next turn. */
  since: number | null
}

export const inWords = (consistency: Consistency): string =>
  typeof consistency === 'string' ? consistency : `at least ${consistency.atLeast}`

export class Reads {
  /** The number of reads served. */
  served = 0
  /** The number of clients that ask until they are served. */
  retrying = 0
  /** Called when a read was served, for the narrator. */
  onServed: (node: SimNode, consistency: Consistency) => void = () => {}
  readonly #world: World
  readonly #random: Random
  /** Of the weaker reads. */
  readonly #weaker: Random
  readonly #profile: ReadProfile
  readonly #nodes: readonly SimNode[]
  readonly #history: History
  readonly #agenda: Agenda
  readonly #application: Application | null
  readonly #pending: Set<PendingRead> = new Set()
  /** Per node: the last state that a read saw, and the process that served it. */
  readonly #seen: { life: number; at: number }[]
  #count = 0
  #open = true

  constructor(
    world: World,
    random: Random,
    profile: ReadProfile,
    nodes: readonly SimNode[],
    history: History,
    agenda: Agenda,
    application: Application | null = null,
  ) {
    this.#world = world
    this.#random = random
    this.#weaker = random.split('weaker')
    this.#profile = profile
    this.#nodes = nodes
    this.#history = history
    this.#agenda = agenda
    this.#application = application
    this.#seen = nodes.map(() => ({ life: 0, at: 0 }))
  }

  /** Reads at random times until {@link stop}. */
  start(): void {
    const { gap, toLeader } = this.#profile
    if (gap === Number.POSITIVE_INFINITY) return
    const next = (): void => {
      if (!this.#open) return
      const leaders = this.#random.chance(toLeader)
        ? this.#nodes.filter(({ up, raft }) => up && raft.role === 'leader')
        : []
      const consistency = this.#draw()
      const from = this.#random.pick(leaders.length > 0 ? leaders : this.#nodes)
      if (this.#agenda.next('read') !== null) this.read(from, consistency)
      this.#world.schedule(new Call(next), this.#world.now + this.#random.exponential(gap))
    }
    this.#world.schedule(new Call(next), this.#world.now + this.#random.exponential(gap))
  }

  #draw(): Consistency {
    const strong = this.#random.chance(this.#profile.byLease) ? 'lease' : 'linearizable'
    if (!this.#weaker.chance(this.#profile.weaker)) return strong
    if (this.#weaker.chance(0.4)) return 'local'
    // What some client has seen, or a little more.
    return { atLeast: this.#history.called() + this.#weaker.pick([0, 0, 1, 3]) }
  }

  stop(): void {
    this.#open = false
  }

  /** Asks this node repeatedly, until the read is served or no longer wanted. */
  readUntilServed(node: SimNode, patience: number, wanted: () => boolean): void {
    this.retrying++
    let asked = 0
    let open = true
    const ask = (): void => {
      if (!open) return
      const number = ++asked
      if (!node.up || !wanted()) {
        open = false
        this.retrying--
        return
      }
      this.read(node, asked % 2 === 0 ? 'lease' : 'linearizable', (served) => {
        if (served && open) {
          open = false
          this.retrying--
        } else if (asked === number) this.#world.schedule(new Call(ask), this.#world.now + patience / 4)
      })
      const again = (): void => {
        if (asked === number) ask()
      }
      this.#world.schedule(new Call(again), this.#world.now + patience)
    }
    ask()
  }

  /** The reads whose runtime has not reported an outcome. */
  get pending(): Iterable<PendingRead> {
    return this.#pending
  }

  /** Calls `then` with true when the read is served, with false when it is refused or has timed out. */
  read(node: SimNode, consistency: Consistency, then: (served: boolean) => void = () => {}): void {
    if (!node.up) return
    const what = `read #${++this.#count} on ${node.id}, ${inWords(consistency)},`
    const called = this.#history.called()
    const read: PendingRead = { what, node, life: node.life, since: null }
    this.#pending.add(read)
    const taken = (): void => {
      read.since = node.loop.now()
    }
    const completion: ReadCompletion = {
      serve: () => {
        this.#end(read)
        this.#check(() => this.#saw(read, consistency, called, node.machine.index))
        this.served++
        this.onServed(node, consistency)
        then(true)
      },
      reject: () => {
        this.#end(read)
        then(false)
      },
    }
    node.request(taken, (replica) => replica.read(consistency, undefined, completion))
  }

  #end(read: PendingRead): void {
    this.#check(() => {
      if (!this.#pending.delete(read)) throw new Violation('OUTCOME', `${read.what} has two outcomes`)
    })
  }

  /** The runtime must not hide a violation that is thrown into it. */
  #check(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#world.failure ??= { error }
      throw error
    }
  }

  #saw({ what, node, life }: PendingRead, consistency: Consistency, called: Index, at: Index): void {
    const queries = this.#application?.queries
    if (queries !== undefined) node.machine.ask(queries(this.#random))
    const last = this.#seen[node.place]!
    if (last.life === life && at < last.at)
      throw new Violation('READ', `${what} sees the state at ${at}, and an earlier one saw ${last.at}`)
    this.#seen[node.place] = { life, at }
    if (typeof consistency !== 'string') {
      if (at < consistency.atLeast) throw new Violation('READ', `${what} sees the state at ${at}`)
    } else if (consistency !== 'local') this.#history.read(what, called, index(at))
  }
}
