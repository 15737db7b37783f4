// Sessions: a command that is retried is applied once (thesis §6.3).
export type { Answer, SessionOutcome, SessionRefusal } from './answer.ts'
export { NoSessionError, ResultLostError, SessionExpiredError } from './errors.ts'
export { OwnSession } from './own-session.ts'
export {
  type EncodedResult,
  ReplicaSession,
  type SessionCommandKind,
  type SessionProposals,
} from './replica-session.ts'
export { sessionsSection } from './section.ts'
export {
  decodeNumber,
  decodeSessionCommand,
  encodeNumber,
  encodeSessionCommand,
  type SessionPlace,
  sessionPlaceBytes,
} from './session-command.ts'
export { SessionTable } from './table.ts'
