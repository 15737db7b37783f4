// The ports: what a replica is driven by, and what it drives. Each has this one definition, and a suite in
// `@oarlock/testkit/conformance` where there is more than one implementation.
export type * from './clock.ts'
export type * from './codec.ts'
export type * from './event-loop.ts'
export type * from './log-store.ts'
export type * from './logger.ts'
export type * from './state-machine.ts'
export type * from './transport.ts'
