// @oarlock/store: the replicated store of keys, with etcd's data model. It uses no Node API.
export * from './api/index.ts'
export {
  Calls,
  type ClientRequest,
  ClientService,
  encodeClientAnswer,
  encodeClientRequest,
  RemoteBackend,
} from './client/index.ts'
export { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, encodeState } from './codec/index.ts'
export {
  EmbeddedBackend,
  ReplicatedStore,
  type StoreOptions,
  type StoreSettings,
  storeSchema,
  storeSettings,
} from './embedded/index.ts'
export { type HeldLease, LeaseHolder, type LeaseHolderInit, MemberLeases } from './leases/index.ts'
export type { Lease as GrantedLease } from './model/leases.ts'
export type {
  Change,
  ChangeResult,
  Compare,
  CompareOperator,
  Failure,
  KeyValue,
  LeaseId,
  Operation,
  OperationResult,
  OwnerId,
  RangeRequest,
  RangeResult,
  Revision,
  SortTarget,
  StoreLimits,
} from './model/requests.ts'
export type { KeyRange } from './model/sorted-map.ts'
export type { Answer } from './model/store-state.ts'
export { StoreState } from './model/store-state.ts'
export { contradictionIn } from './model/transaction.ts'
export type { Taken, Watch, WatchBatch as StoreWatchBatch, WatchRequest } from './model/watches.ts'
