// The processes of one contender that elect one leader: started, watched, killed, and started again.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { kill } from '../processes.ts'
import { Cable } from './cable.ts'
import { machineTime } from './clock.ts'
import type { Contender } from './contender.ts'
import type { Holding } from './holdings.ts'
import type { Report, Sight } from './protocol.ts'

export interface FleetOptions {
  readonly contender: Contender
  /** Of Redis. */
  readonly port: number
  readonly processes?: number
  /** Over all processes. Default: one each. */
  readonly instances?: number
  /** Every process has a way to Redis of its own, which can be cut. */
  readonly cabled?: boolean
}

export interface Member {
  readonly child: ChildProcess
  readonly cable: Cable | null
  /** Of its instances. */
  ids: readonly string[]
  /** Resolves with when it was gone, in the machine's time, after its last words were heard. */
  readonly gone: Promise<number>
}

/** In ms: how long anything that is waited for may take. */
export const patience = 30_000

let fleets = 0

export class Fleet {
  readonly contender: Contender
  /** All that began so far, in the order in which they were heard of. */
  readonly holdings: Holding[] = []
  readonly #options: FleetOptions
  readonly #prefix = `fleet-${++fleets}`
  readonly #members = new Set<Member>()
  readonly #sights = new Map<string, Sight>()
  readonly #listeners = new Set<() => void>()
  readonly #toldToEnd = new Set<Member>()
  #failure: Error | null = null

  private constructor(options: FleetOptions) {
    this.#options = options
    this.contender = options.contender
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options)
    await fleet.complete()
    return fleet
  }

  /** Starts processes in place of those that are gone. */
  async complete(): Promise<void> {
    const { processes = 3, instances = processes } = this.#options
    const missing = Array.from({ length: processes - this.#members.size }, (_, at) =>
      this.startMember(Math.ceil((instances - at) / processes)),
    )
    await Promise.all(missing)
  }

  async startMember(instances = 1): Promise<Member> {
    const { contender, port, cabled = false } = this.#options
    const cable = cabled ? await Cable.start(port) : null
    const child = contender.launch({ port: cable?.port ?? port, prefix: this.#prefix, instances })
    const member: Member = { child, cable, ids: [], gone: departure(child) }
    this.#members.add(member)
    child.on('message', (report: Report) => this.#heard(member, report))
    void member.gone.then((at) => this.#ended(member, at))
    if (!(await this.until(() => member.ids.length > 0)))
      throw new Error(`a process of ${contender.name} did not start`)
    return member
  }

  /** Whether, in time, all that live see the same leader and one another. */
  settled(limit: number = patience): Promise<boolean> {
    return this.until(() => {
      const ids = [...this.#members].flatMap((member) => member.ids)
      const leader = this.leader
      return (
        leader !== null &&
        ids.every((id) => {
          const sight = this.#sights.get(id)
          return (
            sight !== undefined &&
            leader.ids.includes(sight.leader ?? '') &&
            sight.members === ids.length &&
            sight.voters === this.contender.voters(ids.length)
          )
        })
      )
    }, limit)
  }

  /** The process of the one instance that leads; null: none does, or more than one. */
  get leader(): Member | null {
    const [first, second] = this.leading
    return first === undefined || second !== undefined ? null : this.#memberOf(first.id)
  }

  /** What is held now. */
  get leading(): readonly Holding[] {
    return this.holdings.filter(({ until }) => until === Number.POSITIVE_INFINITY)
  }

  /** The first leadership of another process that was held at `at`, or later, if there is one in time. */
  async successor(of: Member, at: number, limit: number = patience): Promise<Holding | null> {
    await this.until(() => this.#heirs(of, at).length > 0, limit)
    return this.heir(of, at)
  }

  /** As `successor`, of those that are known already. */
  heir(of: Member, at: number): Holding | null {
    return this.#heirs(of, at).toSorted((a, b) => a.from - b.from)[0] ?? null
  }

  #heirs(of: Member, at: number): Holding[] {
    return this.holdings.filter(({ id, until }) => !of.ids.includes(id) && until > at)
  }

  /** Resolves with true when it is so, with false if it is not in time. Rejects when a process of ours has failed. */
  until(isSo: () => boolean, limit: number = patience): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        settle()
      }
      const look = () => {
        if (this.#failure !== null) end(() => reject(this.#failure))
        else if (isSo()) end(() => resolve(true))
      }
      const timer = setTimeout(() => end(() => resolve(false)), limit)
      this.#listeners.add(look)
      look()
    })
  }

  /** Sends a signal that ends it. Returns when that was, in the machine's time. */
  end(member: Member, signal: NodeJS.Signals): number {
    this.#toldToEnd.add(member)
    const at = machineTime()
    process.kill(member.child.pid!, signal)
    return at
  }

  async stop(): Promise<void> {
    const members = [...this.#members]
    for (const member of members) this.#toldToEnd.add(member)
    await Promise.all(members.map(({ child }) => kill(child)))
  }

  #memberOf(id: string): Member | null {
    return [...this.#members].find(({ ids }) => ids.includes(id)) ?? null
  }

  #heard(member: Member, report: Report): void {
    if (report.type === 'ready') member.ids = report.ids
    else if (report.type === 'sees') this.#sights.set(report.id, report)
    else if (report.type === 'ended') this.#holdingEnds(report.id, report.at)
    else this.holdings.push({ id: report.id, from: report.at, until: Number.POSITIVE_INFINITY })
    this.#changed()
  }

  #holdingEnds(id: string, at: number): void {
    const holding = this.holdings.findLast((one) => one.id === id)
    if (holding) holding.until = Math.min(holding.until, at)
  }

  #ended(member: Member, at: number): void {
    this.#members.delete(member)
    member.cable?.stop()
    for (const id of member.ids) {
      this.#holdingEnds(id, at)
      this.#sights.delete(id)
    }
    if (!this.#toldToEnd.has(member)) {
      const { exitCode, signalCode } = member.child
      const error = new Error(
        `a process of ${this.contender.name} ended by itself (${signalCode ?? `exit code ${exitCode}`})`,
      )
      if (this.contender.isOurs) this.#failure = error
      else process.stderr.write(`${error.message}\n`)
    }
    this.#changed()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Of a process, and of all that it has said: the channel may be read to its end only later. */
async function departure(child: ChildProcess): Promise<number> {
  const silent = once(child, 'disconnect')
  await once(child, 'exit')
  const at = machineTime()
  await silent
  return at
}
