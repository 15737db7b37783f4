// etcd: three servers on this machine. The load generator uses etcd's own client in Go.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { register } from '../processes.ts'
import type { LoadResult } from '../protocol.ts'
import type { Contender } from './contender.ts'
import { EtcdServers, generators } from './etcd-servers.ts'

const generator = join(generators, 'etcdload')

const installed = (): EtcdServers | null => (existsSync(generator) ? EtcdServers.find() : null)

/** What the load generator calls an operation: a write, a linearizable read, and a serializable one. */
type Operation = 'put' | 'get' | 'sget'

async function load(
  { endpoints }: EtcdServers,
  operation: Operation,
  concurrency: number,
  seconds: number,
): Promise<LoadResult> {
  const options = { endpoints, op: operation, c: concurrency, secs: seconds }
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)])
  const running = promisify(execFile)(generator, args)
  register(running.child)
  const { tput, p50, p99 } = JSON.parse((await running).stdout) as {
    tput: number
    p50: number
    p99: number
  }
  return { throughput: tput, p50, p99 }
}

/** Null if etcd or the load generator is not installed. */
export function etcd(): Contender | null {
  const servers = installed()
  if (servers === null) return null
  return {
    name: 'etcd',
    start: () => servers.start(),
    run: (concurrency, seconds) => load(servers, 'put', concurrency, seconds),
    stop: () => servers.stop(),
  }
}

/** Its linearizable and its serializable reads of 1,000 keys with values of 100 bytes. Null as above. */
export function etcdReads(): readonly Contender[] | null {
  const servers = installed()
  if (servers === null) return null
  let filled: Promise<unknown> | null = null
  const contender = (name: string, operation: Operation): Contender => ({
    name,
    async start() {
      await servers.start()
      filled ??= load(servers, 'put', 64, 2)
      await filled
    },
    run: (concurrency, seconds) => load(servers, operation, concurrency, seconds),
    stop: () => servers.stop(),
  })
  return [contender('etcd, linearizable', 'get'), contender('etcd, serializable', 'sget')]
}
