// A transaction while it is put together, and its answer.
import { type AbortOptions, InvalidOptionsError, type Outcome } from '@oarlock/runtime'
import { deepestTransaction, mostOperations } from '../model/request-limits.ts'
import type {
  Compare,
  Operation,
  OperationResult,
  TransactionRequest,
  TransactionResult,
} from '../model/requests.ts'
import { checkCondition, checkOperation } from './checks.ts'
import { rangeOf, type Shown, valueBytes } from './data.ts'
import { deleteRequest, putRequest, rangeRequest } from './requests.ts'
import type {
  Condition,
  Data,
  OperationAnswer,
  Transaction,
  TransactionAnswer,
  TransactionOperation,
} from './store.ts'

type Commit<D extends Data> = (
  request: TransactionRequest,
  options: AbortOptions,
) => Promise<TransactionAnswer<D>>

export class TransactionBuilder<D extends Data> implements Transaction<D> {
  readonly #commit: Commit<D>
  readonly #when: Condition[] = []
  readonly #then: TransactionOperation[] = []
  readonly #else: TransactionOperation[] = []

  constructor(commit: Commit<D>) {
    this.#commit = commit
  }

  when(...condition: Condition): this {
    this.#when.push(condition)
    return this
  }

  // biome-ignore lint/suspicious/noThenProperty: the word that everybody uses, and `await` gets an error
  then(...operations: TransactionOperation[]): this {
    if (typeof operations[0] === 'function') {
      // As `await` calls it.
      const reject = operations[1] as unknown
      const error = new InvalidOptionsError('a transaction is no promise: call its method commit')
      if (typeof reject !== 'function') throw error
      reject(error)
      return this
    }
    this.#then.push(...operations)
    return this
  }

  else(...operations: TransactionOperation[]): this {
    this.#else.push(...operations)
    return this
  }

  async commit(options: AbortOptions = {}): Promise<TransactionAnswer<D>> {
    return this.#commit(this.request(new Allowance(), deepestTransaction), options)
  }

  /** As the store has it. Throws InvalidOptionsError. */
  request(allowance: Allowance, depth: number): TransactionRequest {
    if (depth === 0) throw new InvalidOptionsError(`a transaction is more than ${deepestTransaction} deep`)
    const branch = (operations: readonly TransactionOperation[]): Operation[] =>
      operations.map((operation) => operationOf(operation, allowance, depth - 1))
    for (const _ of this.#when) allowance.use()
    return {
      type: 'transaction',
      when: this.#when.map(compareOf),
      success: branch(this.#then),
      failure: branch(this.#else),
    }
  }
}

/** Of conditions and operations, in one transaction. */
class Allowance {
  #left = mostOperations

  use(): void {
    if (this.#left-- === 0)
      throw new InvalidOptionsError(`a transaction has more than ${mostOperations} conditions and operations`)
  }
}

function operationOf(operation: TransactionOperation, allowance: Allowance, depth: number): Operation {
  allowance.use()
  if (operation instanceof TransactionBuilder) return operation.request(allowance, depth)
  checkOperation(operation)
  if ('get' in operation) return rangeRequest(rangeOf(operation.get), operation)
  if ('put' in operation) return putRequest(operation.put, operation.value, operation)
  return deleteRequest(operation.delete, operation)
}

function compareOf(condition: Condition): Compare {
  checkCondition(condition)
  const [keyOrRange, target, operator, operand] = condition
  const range = rangeOf(keyOrRange)
  return target === 'value'
    ? { range, operator, target, value: valueBytes(operand) }
    : { range, operator, target, number: operand }
}

/** What the caller gets of a result. */
export function transactionAnswer<D extends Data>(
  { succeeded, results }: TransactionResult,
  shownAs: Shown<D>,
  outcome: Outcome,
): Omit<TransactionAnswer<D>, 'revision'> {
  return { succeeded, results: results.map((result) => operationAnswer(result, shownAs, outcome)) }
}

function operationAnswer<D extends Data>(
  result: OperationResult,
  shownAs: Shown<D>,
  outcome: Outcome,
): OperationAnswer<D> {
  switch (result.type) {
    case 'range':
      return {
        type: 'get',
        count: result.count,
        items: result.items.map((item) => shownAs.item(item, outcome)),
      }
    case 'put':
      return { type: 'put', previous: result.previous && shownAs.item(result.previous, outcome) }
    case 'delete':
      return {
        type: 'delete',
        deleted: result.deleted,
        previous: result.previous.map((item) => shownAs.item(item, outcome)),
      }
    case 'transaction':
      return { type: 'transaction', ...transactionAnswer(result, shownAs, outcome) }
  }
}
