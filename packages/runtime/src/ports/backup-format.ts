// How a backup becomes bytes and files.
import type { NodeId } from '@oarlock/core'

/** A member of the cluster that was backed up. */
export interface BackupMember {
  readonly id: NodeId
  readonly kind: 'voter' | 'learner' | 'witness'
  readonly address: string | null
}

/** What a backup says of itself. */
export interface BackupInfo {
  readonly cluster: string
  /** The member that wrote it. */
  readonly id: NodeId
  /** The last entry that is applied in it. */
  readonly index: number
  /** The term of that entry. */
  readonly entryTerm: number
  /** The greatest term that the member knew: every fence before is at most this. */
  readonly term: number
  /** How often the cluster was recovered or restored. */
  readonly generation: number
  /** The leader's time then, in ms. */
  readonly leaderTime: number
  /** For people. A new cluster has its own. */
  readonly members: readonly BackupMember[]
  /** `snapshots.format` of the state machine. 0: there is none, only the store. */
  readonly machineFormat: number
  /** The bytes of the state, and their SHA-256 in hex. */
  readonly size: number
  readonly digest: string
}

/** How a backup becomes bytes and files, which the runtime leaves to its host. */
export interface BackupFormat {
  encode(info: BackupInfo, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Resolves when the file is durable. Until then an older one of that name stays. */
  save(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
}
