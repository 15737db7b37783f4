// The processes of one package that elect one leader. The fleet starts, watches, kills and replaces them.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { kill } from '../processes.ts'
import { machineTime } from './clock.ts'
import type { Contender } from './contender.ts'
import type { LeadershipPeriod } from './leadership-periods.ts'
import type { InstanceView, Report } from './protocol.ts'
import { TcpProxy } from './proxy.ts'

export interface FleetOptions {
  readonly contender: Contender
  /** The port of Redis. */
  readonly port: number
  readonly processes?: number
  /** The number over all processes. Default: one each. */
  readonly instances?: number
  /** Each process connects to Redis through a proxy of its own. */
  readonly proxied?: boolean
}

export interface Member {
  readonly child: ChildProcess
  readonly proxy: TcpProxy | null
  /** The ids of its instances. */
  ids: readonly string[]
  /** Resolves after its last report, with the machine's time of its exit. */
  readonly exited: Promise<number>
}

/** The longest that the benchmark waits for anything, in ms. */
export const patience = 30_000

let fleets = 0

export class Fleet {
  readonly contender: Contender
  /** All that have begun, in the order of their reports. */
  readonly periods: LeadershipPeriod[] = []
  readonly #options: FleetOptions
  readonly #prefix = `fleet-${++fleets}`
  readonly #members = new Set<Member>()
  readonly #views = new Map<string, InstanceView>()
  readonly #listeners = new Set<() => void>()
  readonly #signalled = new Set<Member>()
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

  /** Replaces the processes that have exited. */
  async complete(): Promise<void> {
    const { processes = 3, instances = processes } = this.#options
    const missing = Array.from({ length: processes - this.#members.size }, (_, at) =>
      this.startMember(Math.ceil((instances - at) / processes)),
    )
    await Promise.all(missing)
  }

  async startMember(instances = 1): Promise<Member> {
    const { contender, port, proxied = false } = this.#options
    const proxy = proxied ? await TcpProxy.start(port) : null
    const child = contender.launch({ port: proxy?.port ?? port, prefix: this.#prefix, instances })
    const member: Member = { child, proxy, ids: [], exited: exitOf(child) }
    this.#members.add(member)
    child.on('message', (report: Report) => this.#received(member, report))
    void member.exited.then((at) => this.#exited(member, at))
    if (!(await this.until(() => member.ids.length > 0)))
      throw new Error(`a process of ${contender.name} did not start`)
    return member
  }

  /** Whether all running processes know the same leader and one another before the limit. */
  agrees(limit: number = patience): Promise<boolean> {
    return this.until(() => {
      const ids = [...this.#members].flatMap((member) => member.ids)
      const leader = this.leader
      return (
        leader !== null &&
        ids.every((id) => {
          const view = this.#views.get(id)
          return (
            view !== undefined &&
            leader.ids.includes(view.leader ?? '') &&
            view.members === ids.length &&
            view.voters === this.contender.voters(ids.length)
          )
        })
      )
    }, limit)
  }

  /** The process of the leader. Null: there is none, or more than one. */
  get leader(): Member | null {
    const [first, second] = this.leading
    return first === undefined || second !== undefined ? null : this.#memberOf(first.id)
  }

  /** The leaderships that have not ended. */
  get leading(): readonly LeadershipPeriod[] {
    return this.periods.filter(({ until }) => until === Number.POSITIVE_INFINITY)
  }

  /** The first leadership of another process, held at `at` or later. Null: none before the limit. */
  async successor(of: Member, at: number, limit: number = patience): Promise<LeadershipPeriod | null> {
    await this.until(() => this.#successors(of, at).length > 0, limit)
    return this.knownSuccessor(of, at)
  }

  /** As `successor`, but only among the leaderships known now. */
  knownSuccessor(of: Member, at: number): LeadershipPeriod | null {
    return this.#successors(of, at).toSorted((a, b) => a.from - b.from)[0] ?? null
  }

  #successors(of: Member, at: number): LeadershipPeriod[] {
    return this.periods.filter(({ id, until }) => !of.ids.includes(id) && until > at)
  }

  /** Whether the condition holds before the limit. Rejects if a process of our package has failed. */
  until(condition: () => boolean, limit: number = patience): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (outcome: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        outcome()
      }
      const look = () => {
        if (this.#failure !== null) end(() => reject(this.#failure))
        else if (condition()) end(() => resolve(true))
      }
      const timer = setTimeout(() => end(() => resolve(false)), limit)
      this.#listeners.add(look)
      look()
    })
  }

  /** Sends a signal that ends the process. Returns the machine's time of the signal. */
  end(member: Member, signal: NodeJS.Signals): number {
    this.#signalled.add(member)
    const at = machineTime()
    process.kill(member.child.pid!, signal)
    return at
  }

  async stop(): Promise<void> {
    const members = [...this.#members]
    for (const member of members) this.#signalled.add(member)
    await Promise.all(members.map(({ child }) => kill(child)))
  }

  #memberOf(id: string): Member | null {
    return [...this.#members].find(({ ids }) => ids.includes(id)) ?? null
  }

  #received(member: Member, report: Report): void {
    if (report.type === 'ready') member.ids = report.ids
    else if (report.type === 'view') this.#views.set(report.id, report)
    else if (report.type === 'ended') this.#periodEnds(report.id, report.at)
    else this.periods.push({ id: report.id, from: report.at, until: Number.POSITIVE_INFINITY })
    this.#changed()
  }

  #periodEnds(id: string, at: number): void {
    const period = this.periods.findLast((one) => one.id === id)
    if (period) period.until = Math.min(period.until, at)
  }

  #exited(member: Member, at: number): void {
    this.#members.delete(member)
    member.proxy?.stop()
    for (const id of member.ids) {
      this.#periodEnds(id, at)
      this.#views.delete(id)
    }
    if (!this.#signalled.has(member)) {
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

/** The time at which a process exited. Waits until its channel is read to the end, which may be later. */
async function exitOf(child: ChildProcess): Promise<number> {
  const disconnected = once(child, 'disconnect')
  await once(child, 'exit')
  const at = machineTime()
  await disconnected
  return at
}
