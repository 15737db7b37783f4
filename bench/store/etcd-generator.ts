// The load generator on etcd's own client in Go, which is built here when it is needed.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { EtcdServers, generators } from '../contenders/etcd-servers.ts'
import { kill, register } from '../processes.ts'
import type { LoadResult } from '../protocol.ts'
import type { StoreOperation } from './protocol.ts'

/** Where Debian's golang-etcd-server-dev has the client. */
const sources = '/usr/share/gocode'
const program = join(generators, 'oarlock-etcd-load')

/** Null: Go, the client or etcd is not installed. */
export function etcdWithGenerator(): EtcdServers | null {
  mkdirSync(generators, { recursive: true })
  const { status } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'etcd-load'),
    env: { ...process.env, GO111MODULE: 'off', GOPATH: sources },
  })
  return status === 0 ? EtcdServers.find() : null
}

const flagsOf = (flags: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)])

export async function etcdLoad(
  { endpoints }: EtcdServers,
  op: StoreOperation,
  c: number,
  seconds: number,
  warmUp: number,
): Promise<LoadResult> {
  const flags = { endpoints, op, c, seconds, 'warm-up': warmUp / 1000 }
  const running = promisify(execFile)(program, flagsOf(flags))
  register(running.child)
  return JSON.parse((await running).stdout) as LoadResult
}

export interface Held {
  /** Of the first lease. */
  readonly first: number
  readonly leases: number
  /** Of each lease. */
  readonly keys: number
  /** In s. */
  readonly ttl: number
}

/** A process that holds leases of etcd, until it is killed. */
export class EtcdHolder {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child
    this.#lines = lines[Symbol.asyncIterator]()
  }

  static async start({ endpoints }: EtcdServers, held: Held): Promise<EtcdHolder> {
    const child = register(
      spawn(program, flagsOf({ endpoints, op: 'hold', ...held }), { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const holder = new EtcdHolder(child, createInterface({ input: child.stdout }))
    await holder.#next('connected')
    return holder
  }

  async grant(): Promise<void> {
    this.#child.stdin!.write('\n')
    await this.#next('granted')
  }

  async putKeys(): Promise<void> {
    this.#child.stdin!.write('\n')
    await this.#next('put')
  }

  async #next(type: string): Promise<void> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`a holder of leases of etcd has ended before it was ${type}`)
    if ((JSON.parse(value) as { readonly type: string }).type !== type)
      throw new Error(`a holder of leases of etcd reported ${value}`)
  }

  kill(): Promise<void> {
    return kill(this.#child)
  }
}
