// A member of a cluster: join(), and its options.
export { join } from './join.ts'
export { jsonCodec } from './json-codec.ts'
export type { MemberOptions } from './member-options.ts'
