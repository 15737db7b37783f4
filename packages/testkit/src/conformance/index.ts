// The suites that every transport and every log store has to pass, ours and yours (`@oarlock/testkit/conformance`):
//
//   import { transportConformance } from '@oarlock/testkit/conformance'
//   import { describe, test } from 'vitest'
//
//   transportConformance('MyTransport', { describe, test }, async () => ({ transport: (id) => new MyTransport(id) }))
export { type LogStoreUnderTest, logStoreConformance } from './log-store.ts'
export type { LogStore, OpenedLog, TestRunner, Transport, TransportReceiver } from './ports.ts'
export { specimens } from './specimens.ts'
export { link, numbered, numbersFrom, Station, to } from './station.ts'
export { type ConformanceNetwork, type TransportTraits, transportConformance } from './transport.ts'
