// The log: its parts, and the rules of matching (paper §5.3).
export { findEntry, isCommand, isConfiguration } from './command.ts'
export { bytesOf, RaftLog } from './log.ts'
export {
  commitToTell,
  conflictFreeSuffix,
  followerCommit,
  holds,
  isBehindCommit,
  isNewerThanCommitted,
  lastPlaceOfTermAtMost,
  mayCommitAt,
  placeMadeDurable,
  placeToProbe,
} from './match.ts'
export { MemoryLog } from './memory-log.ts'
export type { LogReader } from './reader.ts'
