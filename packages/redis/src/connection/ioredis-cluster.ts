// Clients of a Redis Cluster, over ioredis: plain connections to the node that holds the keys. All instances
// subscribe there, because PUBLISH counts only the receivers that are connected to the same node.
import { type ClientFactory, type ClientListener, connectTimeout, type RedisClient } from './client.ts'
import { type Ioredis, IoredisClient, ioredisSettings } from './ioredis-client.ts'

/** The part of ioredis's `Cluster` that this package uses. */
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

/** This client only tracks which nodes exist. Commands and channels use the connections of NodeClient. */
const directorySettings = {
  lazyConnect: false,
  enableOfflineQueue: false,
  slotsRefreshInterval: 1000,
  clusterRetryStrategy: () => 500,
  redisOptions: { connectTimeout, disconnectTimeout: 100, commandTimeout: connectTimeout },
}

export class ClusterClientFactory implements ClientFactory {
  readonly probe: readonly string[]
  readonly #directory: IoredisCluster
  readonly #clients = new Set<NodeClient>()
  /** The node that holds the key, as 'host:port'. Null: not known yet. */
  #owner: string | null = null
  /** While the owner is unknown, the nodes are tried in turn. */
  #turn = 0

  constructor(cluster: IoredisCluster, key: string) {
    this.probe = ['EXISTS', key]
    this.#directory = cluster.duplicate([], directorySettings)
    // Emitted for each node that it cannot reach. It tries again by itself.
    this.#directory.on('error', () => {})
  }

  make(listener: ClientListener): RedisClient {
    const nodes = this.#directory.nodes('master')
    if (nodes.length === 0) return unknownNode
    const node =
      nodes.find((master) => addressOf(master) === this.#owner) ?? nodes[this.#turn++ % nodes.length]!
    const client: NodeClient = new NodeClient({
      address: addressOf(node),
      redis: node.duplicate(ioredisSettings),
      listener,
      probe: this.probe,
      foundOwner: () => {
        this.#owner = client.address
      },
      ownerMoved: (owner) => this.#ownerMoved(owner),
      destroyed: () => this.#clients.delete(client),
    })
    this.#clients.add(client)
    return client
  }

  close(): void {
    this.#directory.disconnect()
  }

  #ownerMoved(owner: string): void {
    this.#owner = owner
    for (const client of [...this.#clients])
      if (client.address !== owner) client.leave(`the keys moved to ${owner}`)
  }
}

interface NodeClientInit {
  readonly address: string
  readonly redis: Ioredis
  readonly listener: ClientListener
  readonly probe: readonly string[]
  /** This node holds the key. */
  readonly foundOwner: () => void
  /** Another node, `owner`, holds the key. */
  readonly ownerMoved: (owner: string) => void
  readonly destroyed: () => void
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
    this.#init.foundOwner()
  }

  override async send(args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await super.send(args)
    } catch (error) {
      const owner = /^MOVED \d+ (\S+)/.exec((error as Error).message)?.[1]
      if (owner !== undefined) this.#init.ownerMoved(owner)
      throw error
    }
  }

  leave(why: string): void {
    this.#init.listener.lost(new Error(why))
  }

  override destroy(): void {
    this.#init.destroyed()
    super.destroy()
  }
}

const addressOf = ({ options }: IoredisNode): string => `${options.host}:${options.port}`

const unknown = (): Promise<never> =>
  Promise.reject(new Error('no node of the Redis Cluster has been found yet'))

/** Stands in until the nodes are found. */
const unknownNode: RedisClient = {
  database: 0,
  open: unknown,
  send: unknown,
  subscribe: unknown,
  unsubscribe: unknown,
  isReply: () => false,
  destroy() {},
}
