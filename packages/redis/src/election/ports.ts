// The broker, as an election uses it: a bus and the state of its connection. The registry is in
// cluster/registry.ts.
import type { NodeId } from '@oarlock/core'
import type { Transport } from '@oarlock/runtime'
import type { RedisProblem } from '../connection/index.ts'

export interface Bus {
  /** Carries Raft's messages of one cluster. */
  transport(cluster: string): Transport
  /** Sends to all instances of the prefix. Rejects while Redis is away. */
  announce(body: Uint8Array): Promise<void>
  onAnnouncement(listener: (from: NodeId, body: Uint8Array) => void): () => void
  /** The number of subscribers of that instance's channel. 0: the instance is gone. */
  subscribers(id: NodeId): Promise<number>
  channelOf(id: NodeId): string
  close(): Promise<void>
}

export interface BrokerConnection {
  readonly isUp: boolean
  /** Why it is not up. */
  readonly problems: readonly RedisProblem[]
  onChange(listener: (isUp: boolean) => void): () => void
  close(): Promise<void>
}
