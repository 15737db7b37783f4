// A member of a cluster: join() and what it takes and gives.
export { processClock } from './clock.ts'
export type * from './election.ts'
export { join } from './join.ts'
export { jsonCodec } from './json-codec.ts'
export type * from './member.ts'
export type * from './ports.ts'
