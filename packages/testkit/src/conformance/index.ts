// The suites that every transport, log store and store must pass, ours and yours
// (`@oarlock/testkit/conformance`):
//
//   import { transportConformance } from '@oarlock/testkit/conformance'
//   import { describe, test } from 'vitest'
//
//   transportConformance('MyTransport', { describe, test }, async () => ({
//     transport: (id) => new MyTransport(id),
//   }))
export type { LogStore, OpenedLog, Transport, TransportReceiver } from '@oarlock/runtime'
export { bytesOf, entriesFrom, hardStateOf, metaOf, offerOf, persistOf } from './log-specimens.ts'
export { logStoreConformance } from './log-store.ts'
export type { LogStoreTraits, LogStoreUnderTest } from './log-store-under-test.ts'
export {
  type ClosableCoordinator,
  type CoordinatorsUnderTest,
  recipesConformance,
} from './recipes.ts'
export { specimens } from './specimens.ts'
export { identityOf, link, numbered, numbersFrom, Station, to } from './station.ts'
export { type StoreUnderTest, storeConformance } from './store.ts'
export type { TestRunner } from './test-runner.ts'
export { type ConformanceNetwork, type TransportTraits, transportConformance } from './transport.ts'
