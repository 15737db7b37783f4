export {
  type Application,
  type ApplyContext,
  applicationOf,
  type CommandCodec,
  type CommandOf,
  type QueryOf,
  type SimulatedMachine,
} from './application.ts'
export { canonical, difference, Incomparable } from './canonical.ts'
export type { MachineFactory } from './entry-machine.ts'
export { json } from './hosted.ts'
export { Machine, machinesFor } from './machine.ts'
export { MachineError } from './machine-error.ts'
export type { MachineState } from './machine-state.ts'
export {
  isCommand,
  isInSession,
  payloadOf,
  placeInSession,
  proposalOf,
  proposedIn,
  sameBytes,
  writeOf,
} from './payload.ts'
export { StateBytes } from './state-bytes.ts'
