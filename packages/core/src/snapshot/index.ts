// Snapshots: how far to compact, and the transfer of the bytes (paper §7).
export type { SnapshotChunk, SnapshotOffer, SnapshotProgress, SnapshotTransferMessage } from './chunk.ts'
export { compactableIndex, mostEntriesAwaited } from './compaction.ts'
export { type PartialSnapshot, SnapshotReceiver } from './receiver.ts'
export { SnapshotSender, type SnapshotSenderInit, type ToSend } from './sender.ts'
