// A cluster of real members in one process, over a network and disks in memory, for tests. Tests wait for
// events, never for a time. The clock is real, except that the first election begins at once. The timeouts
// are short, but longer than the stalls of a busy machine.
import { HurriedClock } from '@oarlock/test-support/hurried-clock'
import {
  type CommonOptions,
  type Coordinator,
  type FounderOptions,
  join,
  type Leadership,
  type Member,
  MemoryLogStore,
  MemoryNetwork,
} from '../src/index.ts'

/** A member as `join` returns it. */
export type Joined<Command, Result, Query = never, Answer = never> = Member<Command, Result, Query, Answer> &
  Coordinator

export interface Leading<Command, Result, Query = never, Answer = never> {
  readonly member: Joined<Command, Result, Query, Answer>
  readonly leadership: Leadership
}

const electionTimeout = 250

type Overrides<Command, Result, Query, Answer> = Partial<
  CommonOptions<Command, Result, Query, Answer> & FounderOptions
>

export class Cluster<Command, Result, Query = never, Answer = never> implements AsyncDisposable {
  readonly network: MemoryNetwork = new MemoryNetwork()
  readonly ids: readonly string[]
  readonly #options: (id: string) => Overrides<Command, Result, Query, Answer>
  readonly #disks = new Map<string, MemoryLogStore>()
  readonly #members = new Map<string, Joined<Command, Result, Query, Answer>>()
  readonly #clock = new HurriedClock()
  #running = 0

  constructor(size: number, options: (id: string) => Overrides<Command, Result, Query, Answer> = () => ({})) {
    this.ids = Array.from({ length: size }, (_, at) => String.fromCharCode(97 + at))
    this.#options = options
  }

  get members(): Joined<Command, Result, Query, Answer>[] {
    return [...this.#members.values()]
  }

  async start(...ids: string[]): Promise<this> {
    const starting = ids.length > 0 ? ids : this.ids
    const fresh = this.#running === 0
    const timeouts = await Promise.all(starting.map((id) => this.#start(id)))
    // Timers are set at the end of the first turn. Then exactly the earliest one is due.
    await new Promise((resolve) => setImmediate(resolve))
    if (fresh) this.#clock.hurry(Math.min(...timeouts) + 1)
    return this
  }

  /** Returns the member's election timeout. */
  async #start(id: string): Promise<number> {
    const options = this.#options(id)
    const disk = this.#disks.get(id) ?? new MemoryLogStore()
    this.#disks.set(id, disk)
    const member = await join<Command, Result, Query, Answer>({
      id,
      peers: Object.fromEntries(this.ids.map((peer) => [peer, `${peer}:1`])),
      electionTimeout,
      // Far enough apart to avoid split votes.
      random: () => this.ids.indexOf(id) / this.ids.length,
      logStore: disk,
      transport: this.network.transport(id),
      shutdownSignals: [],
      clock: this.#clock,
      ...options,
    })
    this.#members.set(id, member)
    this.#running++
    const stopped = () => {
      this.#running--
    }
    member.closed.then(stopped, stopped)
    return options.electionTimeout ?? electionTimeout
  }

  member(id: string): Joined<Command, Result, Query, Answer> {
    return this.#members.get(id)!
  }

  others(than: Joined<Command, Result, Query, Answer>): Joined<Command, Result, Query, Answer>[] {
    return this.members.filter((member) => member !== than)
  }

  /** Resolves with the first of these members, by default of all, that leads. */
  async leading(
    of: readonly Joined<Command, Result, Query, Answer>[] = this.members,
  ): Promise<Leading<Command, Result, Query, Answer>> {
    const enough = new AbortController()
    const { signal } = enough
    const runs = of.map((member) =>
      member
        // The member's own leadership: the one that the task gets ends with `signal` too.
        .lead(async () => ({ member, leadership: member.leadership! }), { signal })
        .then((leading) => leading ?? Promise.reject(new Error('the member was closed'))),
    )
    try {
      return await Promise.any(runs)
    } finally {
      enough.abort()
      await Promise.allSettled(runs)
    }
  }

  /** Cuts `member` off from all others. */
  isolate(member: Joined<Command, Result, Query, Answer>): void {
    for (const { id } of this.others(member)) this.network.cut(member.id, id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.network.heal()
    await Promise.all(this.members.map((member) => member.close()))
  }
}

/** Resolves with the first observed value for which `wanted` is true. */
export async function seen<T>(values: AsyncIterable<T>, wanted: (value: T) => boolean): Promise<T> {
  for await (const value of values) if (wanted(value)) return value
  throw new Error('the observation ended')
}
