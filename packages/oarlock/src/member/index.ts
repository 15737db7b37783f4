// A member of a cluster in the thread of the caller, and the options of join().
export { join as joinHere } from './join.ts'
export { jsonCodec } from './json-codec.ts'
export type { CommonOptions, FounderOptions, JoinerOptions, MemberOptions } from './member-options.ts'
export { memberSchema } from './schema.ts'
