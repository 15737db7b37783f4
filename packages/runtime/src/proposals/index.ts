export {
  bytesOf,
  type CommandKind,
  commandHeaderBytes,
  encodeCommands,
  isForStore,
  kindOf,
  newFirstRequest,
  newOrigin,
  type Origin,
  plainCommand,
  sessionClosing,
  sessionCommand,
  sessionOpening,
  setUint48,
  storeCommand,
  storeSessionCommand,
  timeOf,
  uint48At,
  withTime,
} from './command.ts'
export { LeaderTime } from './leader-time.ts'
export type { Completion, Proposal } from './proposal.ts'
export { Proposals, type ProposalsInit } from './proposals.ts'
