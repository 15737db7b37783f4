// The processes of one package that elect one leader. The fleet starts, watches, kills and replaces them.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { kill } from '../processes.ts'
import { machineTime } from './clock.ts'
import type { Contender } from './contender.ts'
import type { LeadershipPeriod } from './leadership-periods.ts'
import type { CatchUpRequest, InstanceView, Report } from './protocol.ts'
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

export interface FleetProcess {
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
  readonly #processes = new Set<FleetProcess>()
  readonly #views = new Map<string, InstanceView>()
  readonly #listeners = new Set<() => void>()
  readonly #signalled = new Set<FleetProcess>()
  /** The last request that each process has answered. */
  readonly #answered = new Map<FleetProcess, number>()
  #requests = 0
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
    const missing = Array.from({ length: processes - this.#processes.size }, (_, at) =>
      this.startProcess(Math.ceil((instances - at) / processes)),
    )
    await Promise.all(missing)
  }

  async startProcess(instances = 1): Promise<FleetProcess> {
    const { contender, port, proxied = false } = this.#options
    const proxy = proxied ? await TcpProxy.start(port) : null
    const child = contender.launch({ port: proxy?.port ?? port, prefix: this.#prefix, instances })
    const started: FleetProcess = { child, proxy, ids: [], exited: exitOf(child) }
    this.#processes.add(started)
    child.on('message', (report: Report) => this.#received(started, report))
    void started.exited.then((at) => this.#exited(started, at))
    if (!(await this.until(() => started.ids.length > 0)))
      throw new Error(`a process of ${contender.name} did not start`)
    return started
  }

  /** Whether all running processes know the same leader and one another before the limit. */
  agrees(limit: number = patience): Promise<boolean> {
    return this.until(() => {
      const ids = [...this.#processes].flatMap(({ ids }) => ids)
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
  get leader(): FleetProcess | null {
    const [first, second] = this.leading
    return first === undefined || second !== undefined ? null : this.#processOf(first.id)
  }

  /** The leaderships that have not ended. */
  get leading(): readonly LeadershipPeriod[] {
    return this.periods.filter(({ until }) => until === Number.POSITIVE_INFINITY)
  }

  /** The first leadership of another process, held at `at` or later. Null: none before the limit. */
  async successor(of: FleetProcess, at: number, limit: number = patience): Promise<LeadershipPeriod | null> {
    await this.until(() => this.#successors(of, at).length > 0, limit)
    return this.knownSuccessor(of, at)
  }

  /** As `successor`, but only among the leaderships known now. */
  knownSuccessor(of: FleetProcess, at: number): LeadershipPeriod | null {
    return this.#successors(of, at).toSorted((a, b) => a.from - b.from)[0] ?? null
  }

  #successors(of: FleetProcess, at: number): LeadershipPeriod[] {
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

  /** Resolves when every process has reported what has happened until now, or has exited. */
  async catchUp(): Promise<void> {
    const request = ++this.#requests
    const asked = [...this.#processes]
    for (const { child } of asked) child.send({ request } satisfies CatchUpRequest)
    const isDone = (one: FleetProcess): boolean =>
      !this.#processes.has(one) || (this.#answered.get(one) ?? 0) >= request
    if (!(await this.until(() => asked.every(isDone))))
      throw new Error(`a process of ${this.contender.name} does not report any more`)
  }

  /** Sends a signal that ends the process. Returns the machine's time of the signal. */
  end(one: FleetProcess, signal: NodeJS.Signals): number {
    this.#signalled.add(one)
    const at = machineTime()
    process.kill(one.child.pid!, signal)
    return at
  }

  async stop(): Promise<void> {
    const running = [...this.#processes]
    for (const one of running) this.#signalled.add(one)
    await Promise.all(running.map(({ child }) => kill(child)))
  }

  #processOf(id: string): FleetProcess | null {
    return [...this.#processes].find(({ ids }) => ids.includes(id)) ?? null
  }

  #received(one: FleetProcess, report: Report): void {
    if (report.type === 'ready') one.ids = report.ids
    else if (report.type === 'view') this.#views.set(report.id, report)
    else if (report.type === 'caughtUp') this.#answered.set(one, report.request)
    else if (report.type === 'ended') this.#periodEnds(report.id, report.at)
    else this.periods.push({ id: report.id, from: report.at, until: Number.POSITIVE_INFINITY })
    this.#changed()
  }

  #periodEnds(id: string, at: number): void {
    const period = this.periods.findLast((one) => one.id === id)
    if (period) period.until = Math.min(period.until, at)
  }

  #exited(one: FleetProcess, at: number): void {
    this.#processes.delete(one)
    one.proxy?.stop()
    for (const id of one.ids) {
      this.#periodEnds(id, at)
      this.#views.delete(id)
    }
    if (!this.#signalled.has(one)) {
      const { exitCode, signalCode } = one.child
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
