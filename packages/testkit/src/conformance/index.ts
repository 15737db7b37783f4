// The suites that every transport and every log store must pass, ours and yours
// (`@oarlock/testkit/conformance`):
//
//   import { transportConformance } from '@oarlock/testkit/conformance'
//   import { describe, test } from 'vitest'
//
//   transportConformance('MyTransport', { describe, test }, async () => ({
//     transport: (id) => new MyTransport(id),
//   }))
export type { LogStore, OpenedLog, Transport, TransportReceiver } from '@oarlock/runtime'
export { entriesFrom, hardStateOf, persistOf } from './log-specimens.ts'
export { type LogStoreUnderTest, logStoreConformance } from './log-store.ts'
export { specimens } from './specimens.ts'
export { identityOf, link, numbered, numbersFrom, Station, to } from './station.ts'
export type { TestRunner } from './test-runner.ts'
export { type ConformanceNetwork, type TransportTraits, transportConformance } from './transport.ts'
