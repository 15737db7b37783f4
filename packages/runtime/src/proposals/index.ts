export { Applier, type ApplyCommand } from './applier.ts'
export {
  commandHeaderBytes,
  commandOf,
  encodeCommands,
  newFirstRequest,
  newOrigin,
  type Origin,
} from './command.ts'
export type { Completion } from './proposal.ts'
export { Proposals, type ProposalsInit } from './proposals.ts'
