// Three member processes on this machine, which the benchmark starts, directs, kills and starts again.
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { MemberArguments } from './member.ts'
import { dataFolder, freePorts, kill, register, removeFolder } from './processes.ts'
import type { LoadResult, Order, Report } from './protocol.ts'

export interface ClusterOptions {
  readonly electionTimeout: number
  readonly heartbeatInterval: number
  /** Where to write CPU profiles, or null. */
  readonly profile: string | null
  /** What each member runs. Default: member.ts. */
  readonly program?: string
}

type Of<Type extends Report['type']> = Extract<Report, { type: Type }>
type Told = (from: string, report: Report) => void

/** How long to wait for any report, in ms. */
const patience = 20_000

export class Cluster {
  readonly #options: ClusterOptions
  readonly #folder: string = dataFolder()
  readonly #peers: Readonly<Record<string, string>>
  readonly #children = new Map<string, ChildProcess>()
  readonly #listeners = new Set<Told>()
  #leader: { readonly id: string; readonly fence: number } | null = null

  private constructor(peers: Readonly<Record<string, string>>, options: ClusterOptions) {
    this.#peers = peers
    this.#options = options
    this.#listeners.add((id, report) => {
      if (report.type === 'leading' && report.fence > (this.#leader?.fence ?? 0)) {
        this.#leader = { id, fence: report.fence }
      }
    })
  }

  /** Resolves when one of the three leads and has committed a write. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const ports = await freePorts(3)
    const peers = Object.fromEntries(ports.map((port, at) => [`m${at + 1}`, `127.0.0.1:${port}`]))
    const cluster = new Cluster(peers, options)
    const committed = cluster.next('committed')
    await Promise.all([committed, ...Object.keys(peers).map((id) => cluster.startMember(id))])
    return cluster
  }

  /** The member of the newest leadership. */
  get leader(): { readonly id: string; readonly fence: number } {
    if (this.#leader === null) throw new Error('the cluster has no leader')
    return this.#leader
  }

  get ids(): readonly string[] {
    return Object.keys(this.#peers)
  }

  address(id: string): string {
    return this.#peers[id]!
  }

  /** The data directory of a member. */
  data(id: string): string {
    return join(this.#folder, id)
  }

  async startMember(id: string): Promise<void> {
    const args: MemberArguments = {
      id,
      peers: this.#peers,
      data: this.data(id),
      electionTimeout: this.#options.electionTimeout,
      heartbeatInterval: this.#options.heartbeatInterval,
    }
    const { profile } = this.#options
    const profiling = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const child = register(
      fork(this.#options.program ?? join(import.meta.dirname, 'member.ts'), [JSON.stringify(args)], {
        execArgv: ['--conditions=@oarlock/source', ...profiling],
      }),
    )
    this.#children.set(id, child)
    child.on('message', (report: Report) => {
      for (const listener of this.#listeners) listener(id, report)
    })
    child.once('exit', (code) => {
      if (code === null || code === 0) return // the benchmark killed or closed it
      for (const listener of this.#listeners)
        listener(id, { type: 'failed', error: `ended with exit code ${code}` })
    })
    await this.next('joined', (_report, from) => from === id)
  }

  /** The pid of a member. A caller that kills it directly knows exactly when. */
  pid(id: string): number {
    const pid = this.#children.get(id)?.pid
    if (pid === undefined) throw new Error(`${id} does not run`)
    return pid
  }

  async kill(id: string): Promise<void> {
    const child = this.#children.get(id)
    if (child) await kill(child)
  }

  /** Lets `concurrency` proposers in the leader's process write. */
  async load(concurrency: number, seconds: number): Promise<LoadResult> {
    const order = { type: 'load', concurrency, seconds } as const
    return (await this.ask(this.leader.id, order, 'loaded', seconds * 1000 + patience)).result
  }

  /** Lets `concurrency` readers read in the process of the leader, or of a follower. */
  async read(
    where: 'leader' | 'follower',
    { consistency, concurrency, seconds }: Omit<Extract<Order, { type: 'read' }>, 'type'>,
  ): Promise<LoadResult> {
    const order = { type: 'read', consistency, concurrency, seconds } as const
    return (await this.ask(this.memberThatIs(where), order, 'loaded', seconds * 1000 + patience)).result
  }

  /** The leader, or a follower. */
  memberThatIs(where: 'leader' | 'follower'): string {
    const { id } = this.leader
    return where === 'leader' ? id : this.ids.find((other) => other !== id)!
  }

  /** Resolves when a member has applied everything that the cluster had committed at the call. */
  async caughtUp(id: string): Promise<void> {
    const { index } = await this.ask(this.leader.id, { type: 'mark' }, 'marked')
    await this.ask(id, { type: 'catchUp', index }, 'caughtUp')
  }

  /**
   * The next report of this type that `accepts` returns true for. Rejects if a member fails, or at the
   * timeout.
   */
  next<Type extends Report['type']>(
    type: Type,
    accepts: (report: Of<Type>, from: string) => boolean = () => true,
    timeout: number = patience,
  ): Promise<Of<Type>> {
    return new Promise((resolve, reject) => {
      const end = (conclude: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
        conclude()
      }
      const timer = setTimeout(
        () => end(() => reject(new Error(`no '${type}' within ${timeout} ms`))),
        timeout,
      )
      const listener: Told = (from, report) => {
        if (report.type === 'failed') end(() => reject(new Error(`${from}: ${report.error}`)))
        else if (report.type === type && accepts(report as Of<Type>, from))
          end(() => resolve(report as Of<Type>))
      }
      this.#listeners.add(listener)
    })
  }

  /** Calls the listener for every report of every member until the cluster stops. */
  listen(listener: Told): void {
    this.#listeners.add(listener)
  }

  async stop(): Promise<void> {
    this.#listeners.clear()
    await Promise.all(
      [...this.#children.values()].map((child) => (this.#options.profile ? this.#close(child) : kill(child))),
    )
    removeFolder(this.#folder)
  }

  /** Lets a process end by itself, so that it writes its CPU profile. */
  #close(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.send({ type: 'close' } satisfies Order)
    })
  }

  /** Sends the order to a member. Resolves with its next report of this type. */
  ask<Type extends Report['type']>(
    id: string,
    order: Order,
    type: Type,
    timeout: number = patience,
  ): Promise<Of<Type>> {
    const report = this.next(type, (_report, from) => from === id, timeout)
    this.#children.get(id)?.send(order)
    return report
  }
}
