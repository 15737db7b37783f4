// The rules of linearizable reads (thesis §6.4).
export { hasCommittedInOwnTerm, isAlone, roundConfirmed } from './read-index.ts'
export { type PendingRead, ReadQueue } from './read-queue.ts'
