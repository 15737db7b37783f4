// Reads of the state machine (thesis §6.4).
export type { Consistency } from './consistency.ts'
export { NotReadableError, QueryError, ReadAbortedError, ReadTimeoutError } from './errors.ts'
export type { ReadCompletion } from './read.ts'
export { type ConsistencyName, Reads, type ReadsInit } from './reads.ts'
