// A snapshot's bytes on their way (paper §7, figure 13: InstallSnapshot with offset, data and done).
//
// The core offers a snapshot by its meta data (`snapshot` messages); its bytes are the runtime's to move, and these messages are how:
// an offer, chunks, and how far the receiver has got. Nothing here is a message of Raft: none of them reaches Raft.step. When all
// bytes are there and match the digest, the runtime hands the `snapshot` message to the receiver's core, and tells the sender's
// (`snapshotReported`).
import type { EntryId, SnapshotMeta, Term } from '../types.ts'

/** Sender to receiver: what is coming. The answer says from where on it is wanted. */
export interface SnapshotOffer {
  readonly type: 'snapshotOffer'
  /** Of the leader that offers. */
  readonly term: Term
  readonly snapshot: SnapshotMeta
  /** Bytes. */
  readonly size: number
  /** Of all the bytes: two snapshots of one place need not be the same bytes, for each member makes its own. */
  readonly digest: string
  /** Counts the offers of one sender: what is said of an earlier one is void. */
  readonly attempt: number
}

/** Sender to receiver: bytes of the snapshot, from `offset` on. */
export interface SnapshotChunk {
  readonly type: 'snapshotChunk'
  readonly snapshot: EntryId
  /** As in the offer: bytes of the same snapshot are good, however late and whoever sent them. */
  readonly digest: string
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Receiver to sender: every byte before `received` is there. */
export interface SnapshotProgress {
  readonly type: 'snapshotProgress'
  /** As in the offer that it answers. */
  readonly term: Term
  readonly snapshot: EntryId
  readonly attempt: number
  readonly received: number
}

export type SnapshotTransferMessage = SnapshotOffer | SnapshotChunk | SnapshotProgress
