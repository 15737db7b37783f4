export type { StoreBackend, WatchFeed } from './backend.ts'
export {
  AnswerTooLongError,
  NotTextError,
  type StoreRefusal,
  StoreRefusedError,
  TooManyRequestsError,
} from './errors.ts'
export { storeOver } from './kv.ts'
export type * from './store.ts'
