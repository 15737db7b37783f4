// What an instance needs of Redis to take part: a bus, and to know whether Redis is there; the registry is in
// cluster/registry.ts.
import type { NodeId } from '@oarlock/core'
import type { Transport } from 'oarlock'

export interface Bus {
  /** Raft's messages of one cluster. */
  transport(cluster: string): Transport
  /** To all instances of the prefix. Rejects while Redis is away. */
  announce(body: Uint8Array): Promise<void>
  onAnnouncement(listener: (from: NodeId, body: Uint8Array) => void): () => void
  /** How many listen on that instance's channel: 0, it is gone. */
  subscribers(id: NodeId): Promise<number>
  channelOf(id: NodeId): string
  close(): Promise<void>
}

export interface BrokerConnection {
  readonly isUp: boolean
  onChange(listener: (isUp: boolean) => void): () => void
  close(): Promise<void>
}
