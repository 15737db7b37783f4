export { EmbeddedBackend } from './embedded-backend.ts'
export { type StoreOptions, storeSchema, storeSettings } from './options.ts'
export { ReplicatedStore, type StoreSettings } from './replicated-store.ts'
