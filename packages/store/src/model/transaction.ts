// A transaction before it is carried out: which of its branches are taken, and whether they contradict themselves.
import { compareBytes } from './bytes.ts'
import type {
  Compare,
  DeleteRequest,
  Failure,
  Operation,
  PutRequest,
  RangeRequest,
  TransactionRequest,
} from './requests.ts'
import type { KeyRange } from './sorted-map.ts'

/** What will be carried out: transactions are replaced by the branch that they take. */
export type Decided =
  | RangeRequest
  | PutRequest
  | DeleteRequest
  | { readonly type: 'transaction'; readonly succeeded: boolean; readonly operations: readonly Decided[] }

/** Everything is compared before anything is changed, as in etcd. */
export function decide(operation: Operation, holds: (compare: Compare) => boolean): Decided {
  if (operation.type !== 'transaction') return operation
  const succeeded = operation.when.every(holds)
  const branch = succeeded ? operation.success : operation.failure
  return { type: 'transaction', succeeded, operations: branch.map((inner) => decide(inner, holds)) }
}

/** All that it consists of, in order. */
export function* operationsOf(decided: Decided): Generator<RangeRequest | PutRequest | DeleteRequest> {
  if (decided.type !== 'transaction') yield decided
  else for (const operation of decided.operations) yield* operationsOf(operation)
}

interface Written {
  readonly puts: readonly Uint8Array[]
  readonly deletions: readonly KeyRange[]
}

/** Null: no key is put twice, or put and deleted, whichever branches are taken. */
export function contradictionIn({ success, failure }: TransactionRequest): Failure | null {
  const found = [success, failure].map(writtenBy)
  return found.find((written): written is Failure => 'reason' in written) ?? null
}

function writtenBy(operations: readonly Operation[]): Written | Failure {
  const deletions: KeyRange[] = operations.flatMap((one) => (one.type === 'delete' ? [one.range] : []))
  const puts: Uint8Array[] = []
  /** Adds the keys that one operation puts, and returns the first one that something else writes. */
  const add = (keys: readonly Uint8Array[]): Uint8Array | undefined => {
    const twice = keys.find((key) => puts.some(isSame(key)) || deletions.some((range) => isIn(range, key)))
    puts.push(...keys)
    return twice
  }
  for (const operation of operations) {
    if (operation.type !== 'transaction') continue
    const branches = [operation.success, operation.failure].map(writtenBy)
    for (const branch of branches) if ('reason' in branch) return branch
    const [first, second] = branches as Written[]
    // Only one of the two branches is taken.
    const others = second!.puts.filter((key) => !first!.puts.some(isSame(key)))
    const twice = add([...first!.puts, ...others])
    if (twice !== undefined) return { reason: 'duplicate-key', key: twice }
    deletions.push(...first!.deletions, ...second!.deletions)
  }
  for (const operation of operations) {
    if (operation.type !== 'put') continue
    const twice = add([operation.key])
    if (twice !== undefined) return { reason: 'duplicate-key', key: twice }
  }
  return { puts, deletions }
}

const isSame =
  (key: Uint8Array) =>
  (other: Uint8Array): boolean =>
    compareBytes(key, other) === 0

const isIn = ({ from, before }: KeyRange, key: Uint8Array): boolean =>
  compareBytes(key, from) >= 0 && (before === null || compareBytes(key, before) < 0)
