// The ports of a replica. Each is defined only here. `@oarlock/testkit/conformance` has a suite for log
// stores and one for transports.
export type { BackupFormat, BackupInfo, BackupMember } from './backup-format.ts'
export type * from './clock.ts'
export type * from './codec.ts'
export type * from './event-loop.ts'
export type * from './histogram-snapshot.ts'
export { type Lane, laneOf, lanes } from './lane.ts'
export type * from './log-event.ts'
export type * from './log-store.ts'
export type * from './log-store-stats.ts'
export type * from './logger.ts'
export type * from './member-events.ts'
export {
  isTransferMessage,
  type PeerEnvelope,
  type PeerMessage,
  raftMessages,
  type StoreMessage,
} from './peer-message.ts'
export type * from './snapshot-files.ts'
export type * from './snapshot-store.ts'
export type * from './state-machine.ts'
export type * from './store-machine.ts'
export type * from './transport.ts'
