// What an instance needs of Redis to take part: a bus, a record, and to know whether Redis is there.
import type { NodeId } from '@oarlock/core'
import type { Transport } from 'oarlock'
import type { Registry } from './record.ts'

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

export type Records = Pick<Registry, 'read' | 'renew' | 'claim' | 'end'>

export interface Link {
  readonly isUp: boolean
  onChange(listener: (isUp: boolean) => void): () => void
  close(): Promise<void>
}
