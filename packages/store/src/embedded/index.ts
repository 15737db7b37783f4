export { EmbeddedBackend } from './embedded-backend.ts'
export { ReplicatedStore } from './replicated-store.ts'
