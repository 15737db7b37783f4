// @oarlock/store: the replicated store of keys, with etcd's data model. It uses no Node API.
export * from './api/index.ts'
export { EmbeddedBackend, ReplicatedStore } from './embedded/index.ts'
export type { Lease as GrantedLease } from './model/leases.ts'
export type {
  Change,
  ChangeResult,
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
} from './model/requests.ts'
export type { KeyRange } from './model/sorted-map.ts'
export type { Answer } from './model/store-state.ts'
export type { Taken, WatchRequest } from './model/watches.ts'
