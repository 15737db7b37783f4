export { type CallOptions, needsLeader } from './call-options.ts'
export { type Ask, Connection } from './connection.ts'
export type { Endpoint, Endpoints } from './endpoints.ts'
export { failureOf, Refusal, refusalOf } from './failure.ts'
