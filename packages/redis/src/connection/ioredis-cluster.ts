// Clients of a Redis Cluster, over ioredis: plain connections to one of its nodes, the one that holds the keys. There every
// instance is subscribed, so that Redis can say whether somebody has received a message; it counts those of one node only.
import { type ClientListener, type Clients, connectTimeout, type RedisClient } from './client.ts'
import { type Ioredis, IoredisClient, ioredisSettings } from './ioredis-client.ts'

/** As much of ioredis's `Cluster` as is used here. */
export interface IoredisCluster {
  nodes(role: 'master'): readonly IoredisNode[]
  duplicate(startupNodes: [], options: object): IoredisCluster
  disconnect(): void
  on(event: 'error', listener: () => void): unknown
}

interface IoredisNode {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
  duplicate(overrides: object): Ioredis
}

/** Finds the nodes, and goes on finding them as they change. Its own connections carry nothing else. */
const directorySettings = {
  lazyConnect: false,
  enableOfflineQueue: false,
  slotsRefreshInterval: 1000,
  clusterRetryStrategy: () => 500,
  redisOptions: { connectTimeout, disconnectTimeout: 100, commandTimeout: connectTimeout },
}

export class ClusterClients implements Clients {
  readonly probe: readonly string[]
  readonly #directory: IoredisCluster
  readonly #clients = new Set<NodeClient>()
  /** The node that holds the key, as it is known so far: 'host:port'. */
  #home: string | null = null
  /** Where it is not known, one after another is tried. */
  #turn = 0

  constructor(cluster: IoredisCluster, key: string) {
    this.probe = ['EXISTS', key]
    this.#directory = cluster.duplicate([], directorySettings)
    // It says so of every node that it does not reach, and tries again.
    this.#directory.on('error', () => {})
  }

  make(listener: ClientListener): RedisClient {
    const nodes = this.#directory.nodes('master')
    if (nodes.length === 0) return unknownNode
    const node =
      nodes.find((candidate) => addressOf(candidate) === this.#home) ?? nodes[this.#turn++ % nodes.length]!
    const client: NodeClient = new NodeClient({
      address: addressOf(node),
      redis: node.duplicate(ioredisSettings),
      listener,
      probe: this.probe,
      answered: () => {
        this.#home = client.address
      },
      moved: (home) => this.#moved(home),
      gone: () => this.#clients.delete(client),
    })
    this.#clients.add(client)
    return client
  }

  close(): void {
    this.#directory.disconnect()
  }

  #moved(home: string): void {
    this.#home = home
    for (const client of [...this.#clients])
      if (client.address !== home) client.leave(`the keys moved to ${home}`)
  }
}

interface NodeClientInit {
  readonly address: string
  readonly redis: Ioredis
  readonly listener: ClientListener
  readonly probe: readonly string[]
  /** This is the node. */
  readonly answered: () => void
  /** It is another one. */
  readonly moved: (home: string) => void
  readonly gone: () => void
}

class NodeClient extends IoredisClient {
  readonly address: string
  readonly #init: NodeClientInit

  constructor(init: NodeClientInit) {
    super(init.redis, init.listener)
    this.address = init.address
    this.#init = init
  }

  override async open(): Promise<void> {
    await super.open()
    await this.send(this.#init.probe)
    this.#init.answered()
  }

  override async send(args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await super.send(args)
    } catch (error) {
      const home = /^MOVED \d+ (\S+)/.exec((error as Error).message)?.[1]
      if (home !== undefined) this.#init.moved(home)
      throw error
    }
  }

  leave(why: string): void {
    this.#init.listener.lost(new Error(why))
  }

  override destroy(): void {
    this.#init.gone()
    super.destroy()
  }
}

const addressOf = ({ options }: IoredisNode): string => `${options.host}:${options.port}`

const unknown = (): Promise<never> => Promise.reject(new Error('no node of the cluster is known yet'))

/** Until the nodes are found. */
const unknownNode: RedisClient = {
  database: 0,
  open: unknown,
  send: unknown,
  subscribe: unknown,
  unsubscribe: unknown,
  isReply: () => false,
  destroy() {},
}
