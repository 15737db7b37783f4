// The transfer of a snapshot's bytes (paper §7, figure 13: InstallSnapshot with offset, data and done).
//
// The core offers a snapshot by its meta data (`snapshot` messages). The runtime moves the bytes with these
// messages: an offer, chunks, and how far the receiver has got. They are no messages of Raft, and none of
// them reaches Raft.step. When all bytes are there and match the digest, the runtime hands the `snapshot`
// message to the receiver's core, and reports to the sender's (`snapshotReported`).
import type { EntryId, SnapshotMeta, Term } from '../types.ts'

/** Sender to receiver: announces a snapshot. The answer says at which byte to begin. */
export interface SnapshotOffer {
  readonly type: 'snapshotOffer'
  /** Of the leader that offers. */
  readonly term: Term
  readonly snapshot: SnapshotMeta
  /** In bytes. */
  readonly size: number
  /** Of all the bytes. Each member makes its own snapshots, so two of one place may differ in their bytes. */
  readonly digest: string
  /** Counts the offers of one sender. Progress of an earlier one is void. */
  readonly attempt: number
}

/** Sender to receiver: the snapshot's bytes from `offset` on. */
export interface SnapshotChunk {
  readonly type: 'snapshotChunk'
  readonly snapshot: EntryId
  /** As in the offer. Bytes of the same snapshot are good, however late and whichever member sent them. */
  readonly digest: string
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Receiver to sender: it has every byte before `received`. */
export interface SnapshotProgress {
  readonly type: 'snapshotProgress'
  /** As in the offer that it answers. */
  readonly term: Term
  readonly snapshot: EntryId
  /** 0 answers none: the receiver asks for a snapshot that reaches as far as this one, or further. */
  readonly attempt: number
  readonly received: number
}

export type SnapshotTransferMessage = SnapshotOffer | SnapshotChunk | SnapshotProgress
