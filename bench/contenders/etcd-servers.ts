// Three servers of etcd on this machine, used by all contenders that were made of them.
import { type ChildProcess, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder, register, removeFolder } from '../processes.ts'
import { sharedPerf } from '../shared.ts'

interface Cluster {
  readonly procs: ChildProcess[]
  start(): Promise<number>
  stop(): Promise<void>
  endpoints(): string
  leader(): Promise<number>
  kill(at: number): Promise<void>
  start1(at: number, state: 'new' | 'existing'): void
}

export const etcdIsInstalled = (): boolean => spawnSync('etcd', ['--version']).status === 0

/** Where load generators of etcd are, which are no part of the repository or were built from it. */
export const generators: string = join(process.env.SCRATCH ?? tmpdir(), 'perf')

export class EtcdServers {
  readonly #folder = dataFolder()
  readonly #cluster: Cluster
  #started: Promise<void> | null = null
  #stopped: Promise<void> | null = null

  private constructor(module: string) {
    const { Etcd } = createRequire(import.meta.url)(module) as {
      Etcd: new (options: { dir: string }) => Cluster
    }
    this.#cluster = new Etcd({ dir: join(this.#folder, 'etcd') })
  }

  /** Null if etcd is not installed. */
  static find(): EtcdServers | null {
    const module = sharedPerf('etcd', 'cluster.cjs')
    return module === null || !etcdIsInstalled() ? null : new EtcdServers(module)
  }

  start(): Promise<void> {
    this.#started ??= (async () => {
      const started = this.#cluster.start()
      for (const server of this.#cluster.procs) register(server)
      await started
    })()
    return this.#started
  }

  /** 'host:port' of each, with commas. */
  get endpoints(): string {
    return this.#cluster.endpoints()
  }

  get pids(): readonly number[] {
    return this.#cluster.procs.map(({ pid }) => pid!)
  }

  /** The place of the leader among them. -1: there is none. */
  leader(): Promise<number> {
    return this.#cluster.leader()
  }

  kill(at: number): Promise<void> {
    return this.#cluster.kill(at)
  }

  /** Starts one that was killed. */
  startAgain(at: number): void {
    this.#cluster.start1(at, 'existing')
    register(this.#cluster.procs[at]!)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#cluster.stop().then(() => removeFolder(this.#folder))
    return this.#stopped
  }
}
