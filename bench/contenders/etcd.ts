// etcd: three servers on this machine. The load generator uses etcd's own client in Go.
import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataFolder, register, removeFolder } from '../processes.ts'
import type { LoadResult } from '../protocol.ts'
import { sharedPerf } from '../shared.ts'
import type { Contender } from './contender.ts'

interface EtcdCluster {
  readonly procs: ChildProcess[]
  start(): Promise<number>
  stop(): Promise<void>
  endpoints(): string
}

export const etcdIsInstalled = (): boolean => spawnSync('etcd', ['--version']).status === 0

interface Installation {
  readonly module: string
  readonly generator: string
}

function installation(): Installation | null {
  const module = sharedPerf('etcd', 'cluster.cjs')
  const generator = join(process.env.SCRATCH ?? tmpdir(), 'perf', 'etcdload')
  return module === null || !existsSync(generator) || !etcdIsInstalled() ? null : { module, generator }
}

/** What the load generator calls an operation: a write, a linearizable read, and a serializable one. */
type Operation = 'put' | 'get' | 'sget'

/** Three servers, used by all contenders that were made of them. */
class Servers {
  readonly #generator: string
  readonly #folder = dataFolder()
  readonly #cluster: EtcdCluster
  #started: Promise<void> | null = null
  #stopped: Promise<void> | null = null

  constructor({ module, generator }: Installation) {
    const { Etcd } = createRequire(import.meta.url)(module) as {
      Etcd: new (options: { dir: string }) => EtcdCluster
    }
    this.#generator = generator
    this.#cluster = new Etcd({ dir: join(this.#folder, 'etcd') })
  }

  start(): Promise<void> {
    this.#started ??= (async () => {
      const started = this.#cluster.start()
      for (const server of this.#cluster.procs) register(server)
      await started
    })()
    return this.#started
  }

  async load(operation: Operation, concurrency: number, seconds: number): Promise<LoadResult> {
    const options = { endpoints: this.#cluster.endpoints(), op: operation, c: concurrency, secs: seconds }
    const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])
    const running = promisify(execFile)(this.#generator, args)
    register(running.child)
    const { tput, p50, p99 } = JSON.parse((await running).stdout) as {
      tput: number
      p50: number
      p99: number
    }
    return { throughput: tput, p50, p99 }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#cluster.stop().then(() => removeFolder(this.#folder))
    return this.#stopped
  }
}

/** Null if etcd or the load generator is not installed. */
export function etcd(): Contender | null {
  const installed = installation()
  if (installed === null) return null
  const servers = new Servers(installed)
  return {
    name: 'etcd',
    start: () => servers.start(),
    run: (concurrency, seconds) => servers.load('put', concurrency, seconds),
    stop: () => servers.stop(),
  }
}

/** Its linearizable and its serializable reads of 1,000 keys with values of 100 bytes. Null as above. */
export function etcdReads(): readonly Contender[] | null {
  const installed = installation()
  if (installed === null) return null
  const servers = new Servers(installed)
  let filled: Promise<unknown> | null = null
  const contender = (name: string, operation: Operation): Contender => ({
    name,
    async start() {
      await servers.start()
      filled ??= servers.load('put', 64, 2)
      await filled
    },
    run: (concurrency, seconds) => servers.load(operation, concurrency, seconds),
    stop: () => servers.stop(),
  })
  return [contender('etcd, linearizable', 'get'), contender('etcd, serializable', 'sget')]
}
