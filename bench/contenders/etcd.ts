// etcd: three servers on this machine. The load generator uses etcd's own client in Go.
import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataFolder, register, removeFolder } from '../processes.ts'
import { sharedPerf } from '../shared.ts'
import type { Contender } from './contender.ts'

interface EtcdCluster {
  readonly procs: ChildProcess[]
  start(): Promise<number>
  stop(): Promise<void>
  endpoints(): string
}

export const etcdIsInstalled = (): boolean => spawnSync('etcd', ['--version']).status === 0

/** Null if etcd or the load generator is not installed. */
export function etcd(): Contender | null {
  const module = sharedPerf('etcd', 'cluster.cjs')
  const generator = join(process.env.SCRATCH ?? tmpdir(), 'perf', 'etcdload')
  if (module === null || !existsSync(generator) || !etcdIsInstalled()) return null
  const { Etcd } = createRequire(import.meta.url)(module) as {
    Etcd: new (options: { dir: string }) => EtcdCluster
  }
  const folder = dataFolder()
  const cluster = new Etcd({ dir: join(folder, 'etcd') })
  return {
    name: 'etcd',
    async start() {
      const started = cluster.start()
      for (const server of cluster.procs) register(server)
      await started
    },
    async run(concurrency, seconds) {
      const args = [
        '-endpoints',
        cluster.endpoints(),
        '-op',
        'put',
        '-c',
        String(concurrency),
        '-secs',
        String(seconds),
      ]
      const running = promisify(execFile)(generator, args)
      register(running.child)
      const { tput, p50, p99 } = JSON.parse((await running).stdout) as {
        tput: number
        p50: number
        p99: number
      }
      return { throughput: tput, p50, p99 }
    },
    async stop() {
      await cluster.stop()
      removeFolder(folder)
    },
  }
}
