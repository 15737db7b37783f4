// The clients that read, at leaders and followers, by either policy. A read is served when its node has
// applied the index that the core names (thesis §6.4).
import type { Entry, Index, ReadOutcome, ReadPolicy, RequestId } from '@oarlock/core'
import type { Application } from '../machine/index.ts'
import { LocalEvent, type SimNode, type Watcher } from '../member/index.ts'
import { type Agenda, Call, type Random, type World } from '../world/index.ts'
import type { History } from './history.ts'

export interface ReadProfile {
  /** The mean time between two reads, in ms. Infinity: there are no reads. */
  readonly gap: number
  /** The share of reads at a node that leads or believes so. The rest goes to any node. */
  readonly toLeader: number
  /** The share of reads that rely on a lease, if there are leases. */
  readonly byLease: number
}

export interface Read {
  readonly id: RequestId
  readonly policy: ReadPolicy
  readonly called: Index
  /** The index that must be applied first, once known. */
  index: Index | null
  /** Called with true when the read is served, with false when it is refused. */
  readonly then: ((served: boolean) => void) | null
}

export class Reads implements Watcher {
  /** The number of reads served. */
  served = 0
  /** The number of clients that ask until they are served. */
  retrying = 0
  readonly #world: World
  readonly #random: Random
  readonly #profile: ReadProfile
  readonly #nodes: readonly SimNode[]
  readonly #history: History
  readonly #agenda: Agenda
  readonly #application: Application | null
  /** Per node: the reads that were not served yet. */
  readonly #pending: Map<RequestId, Read>[]
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
    this.#profile = profile
    this.#nodes = nodes
    this.#history = history
    this.#agenda = agenda
    this.#application = application
    this.#pending = nodes.map(() => new Map())
  }

  /** Reads at random times until {@link stop}. */
  start(): void {
    const { gap, toLeader, byLease } = this.#profile
    if (gap === Number.POSITIVE_INFINITY) return
    const next = (): void => {
      if (!this.#open) return
      const leaders = this.#random.chance(toLeader)
        ? this.#nodes.filter(({ up, raft }) => up && raft.role === 'leader')
        : []
      const policy = this.#random.chance(byLease) ? 'lease' : 'quorum'
      const from = this.#random.pick(leaders.length > 0 ? leaders : this.#nodes)
      if (this.#agenda.next('read') !== null) this.read(from, policy)
      this.#world.schedule(new Call(next), this.#world.now + this.#random.exponential(gap))
    }
    this.#world.schedule(new Call(next), this.#world.now + this.#random.exponential(gap))
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
      this.read(node, asked % 2 === 0 ? 'lease' : 'quorum', (served) => {
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

  /** The reads that this node has not served. */
  waiting(node: SimNode): readonly Read[] {
    return [...this.#pending[node.place]!.values()]
  }

  read(node: SimNode, policy: ReadPolicy, then: Read['then'] = null): void {
    if (!node.up) return
    const id = ++this.#count
    this.#pending[node.place]!.set(id, { id, policy, called: this.#history.called(), index: null, then })
    node.arrive(new LocalEvent({ type: 'read', request: id, policy }))
  }

  started(node: SimNode): void {
    this.#pending[node.place]!.clear()
  }

  readable(node: SimNode, { request, index }: ReadOutcome): void {
    const pending = this.#pending[node.place]!
    const read = pending.get(request)
    // It was answered before, by a copy of the message, or the node has restarted.
    if (read === undefined || read.index !== null) return
    if (index === null) {
      pending.delete(request)
      read.then?.(false)
      return
    }
    read.index = index
    this.#serve(node, read)
  }

  applied(node: SimNode, _entry: Entry): void {
    this.installed(node)
  }

  installed(node: SimNode): void {
    const pending = this.#pending[node.place]!
    if (pending.size > 0) for (const read of pending.values()) this.#serve(node, read)
  }

  #serve(node: SimNode, read: Read): void {
    const at = node.machine.index
    if (read.index === null || at < read.index) return
    this.#pending[node.place]!.delete(read.id)
    this.served++
    const queries = this.#application?.queries
    if (queries !== undefined) node.machine.ask(queries(this.#random))
    this.#history.read(`read #${read.id} on ${node.id}, by ${read.policy},`, read.called, at)
    read.then?.(true)
  }
}
