// Answers of etcd, as the store has them.
import type { Failure, KeyValue, OperationResult, RangeResult, Revision, Taken } from '@oarlock/store'
import type {
  IDeleteRangeResponse,
  IKeyValue,
  IPutResponse,
  IRangeResponse,
  IResponseOp,
  ITxnResponse,
  IWatchResponse,
} from 'etcd3'

export const revisionOf = ({ header }: { readonly header: { readonly revision: string } }): Revision =>
  Number(header.revision)

/** Copies, as the bytes of etcd are a part of the whole answer. */
const bytesOf = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer)

/**
 * The id of a lease that another program was granted may have 64 bits. It becomes a number that no request
 * may have.
 */
export const leaseIdOf = (id: string): number => Number(id)

const itemOf = (kv: IKeyValue): KeyValue => ({
  key: bytesOf(kv.key),
  value: bytesOf(kv.value),
  createRevision: Number(kv.create_revision),
  modRevision: Number(kv.mod_revision),
  version: Number(kv.version),
  lease: leaseIdOf(kv.lease),
})

/** etcd leaves out what is not there, although the types say otherwise. */
const itemOrNull = (kv: IKeyValue | null): KeyValue | null => (kv === null ? null : itemOf(kv))

export const rangeResult = ({ kvs, count }: IRangeResponse): RangeResult => ({
  type: 'range',
  items: kvs.map(itemOf),
  count: Number(count),
})

export const putResult = ({ prev_kv }: IPutResponse): Extract<OperationResult, { type: 'put' }> => ({
  type: 'put',
  previous: itemOrNull(prev_kv),
})

export const deleteResult = ({
  deleted,
  prev_kvs,
}: IDeleteRangeResponse): Extract<OperationResult, { type: 'delete' }> => ({
  type: 'delete',
  deleted: Number(deleted),
  previous: prev_kvs.map(itemOf),
})

export const transactionResult = ({
  succeeded,
  responses,
}: ITxnResponse): Extract<OperationResult, { type: 'transaction' }> => ({
  type: 'transaction',
  succeeded,
  results: responses.map(resultOf),
})

function resultOf(response: IResponseOp): OperationResult {
  if (response.response_range) return rangeResult(response.response_range)
  if (response.response_put) return putResult(response.response_put)
  if (response.response_delete_range) return deleteResult(response.response_delete_range)
  return transactionResult(response.response_txn)
}

export type WatchBatches = Exclude<NonNullable<Taken>, { readonly failure: Failure }>
type Batch = WatchBatches[number]

/** The changes of the answer after this revision, by revision. */
export function batchesOf({ events }: IWatchResponse, seen: Revision): WatchBatches {
  const batches: { readonly revision: Revision; readonly events: Batch['events'][number][] }[] = []
  for (const { type, kv, prev_kv } of events) {
    const revision = Number(kv.mod_revision)
    if (revision <= seen) continue
    if (batches.at(-1)?.revision !== revision) batches.push({ revision, events: [] })
    batches.at(-1)!.events.push({
      type: type === 'Put' ? 'put' : 'delete',
      item: itemOf(kv),
      previous: itemOrNull(prev_kv),
    })
  }
  return batches
}
