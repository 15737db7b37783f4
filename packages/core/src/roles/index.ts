// What each role does with each message (paper §5.1).

export type { RoleMessage } from './handlers.ts'
export { handlersOf } from './handlers-of.ts'
export { stepDownWithoutQuorum } from './leader.ts'
