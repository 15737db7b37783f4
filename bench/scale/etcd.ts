// etcd: three servers, and processes with its client in Go that hold the leases. Each lease is renewed by itself.
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { EtcdServers } from '../contenders/etcd-servers.ts'
import { dataFolder, removeFolder } from '../processes.ts'
import { EtcdHolder, etcdLoad } from '../store/etcd-generator.ts'
import type { Memory } from '../store/protocol.ts'
import { warmUp } from '../store/warm-up.ts'
import type { Contender } from './contender.ts'
import type { Sizes } from './flags.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const group = { key: base64('group/'), range_end: base64('group0'), count_only: true }

/** The sum of all values of a metric in the text of Prometheus. */
function metric(text: string, name: string): number {
  const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

const residentOf = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])

export class Etcd implements Contender {
  readonly name = 'etcd'
  readonly #servers: EtcdServers
  readonly #sizes: Sizes
  #holders: readonly EtcdHolder[] = []

  constructor(servers: EtcdServers, sizes: Sizes) {
    this.#servers = servers
    this.#sizes = sizes
  }

  get #endpoints(): readonly string[] {
    return this.#servers.endpoints.split(',')
  }

  async start(): Promise<void> {
    await this.#servers.start()
    const { leases: all, keysOfEach: keys, holders, ttl } = this.#sizes
    const leases = all / holders
    this.#holders = await Promise.all(
      Array.from({ length: holders }, (_, n) =>
        EtcdHolder.start(this.#servers, { first: n * leases, leases, keys, ttl }),
      ),
    )
  }

  async grant(): Promise<void> {
    await Promise.all(this.#holders.map((holder) => holder.grant()))
  }

  async putKeys(): Promise<void> {
    await Promise.all(this.#holders.map((holder) => holder.putKeys()))
  }

  keys(): Promise<number> {
    return this.#keysAt(this.#endpoints[0]!)
  }

  async #keysAt(endpoint: string, serializable = false): Promise<number> {
    const body = JSON.stringify({ ...group, serializable })
    const answer = await fetch(`http://${endpoint}/v3/kv/range`, { method: 'POST', body })
    return Number(((await answer.json()) as { readonly count?: string }).count ?? 0)
  }

  async memory(): Promise<readonly Memory[]> {
    return this.#servers.pids.map((pid) => ({ used: Number.NaN, resident: residentOf(pid) }))
  }

  async traffic() {
    const texts = await Promise.all(
      this.#endpoints.map(async (endpoint) => (await fetch(`http://${endpoint}/metrics`)).text()),
    )
    const sum = (name: string) => texts.reduce((all, text) => all + metric(text, name), 0)
    return {
      members: { messages: Number.NaN, bytes: sum('etcd_network_peer_sent_bytes_total') },
      clients: {
        messages: sum('grpc_server_msg_received_total'),
        bytes: sum('etcd_network_client_grpc_received_bytes_total'),
      },
    }
  }

  async snapshot() {
    const folder = dataFolder()
    const file = join(folder, 'snapshot')
    const began = performance.now()
    await promisify(execFile)('etcdctl', [`--endpoints=${this.#endpoints[0]}`, 'snapshot', 'save', file], {
      env: { ...process.env, ETCDCTL_API: '3' },
    })
    const took = performance.now() - began
    const bytes = statSync(file).size
    removeFolder(folder)
    return { took, bytes }
  }

  async restart(): Promise<number> {
    const keys = await this.keys()
    const at = (1 + (await this.#servers.leader())) % 3
    await this.#servers.kill(at)
    const began = performance.now()
    this.#servers.startAgain(at)
    while ((await this.#keysAt(this.#endpoints[at]!, true).catch(() => null)) !== keys) await wait(5)
    return performance.now() - began
  }

  watch() {
    const { watchers, watchSeconds } = this.#sizes
    return etcdLoad(this.#servers, 'watch', watchers, watchSeconds, warmUp)
  }

  async killHolders(): Promise<void> {
    await Promise.all(this.#holders.map((holder) => holder.kill()))
  }

  async keysAreGone(): Promise<void> {
    while ((await this.keys()) > 0) await wait(20)
  }

  async stop(): Promise<void> {
    await this.killHolders()
    await this.#servers.stop()
  }
}
