// Checks what callers hand in. Throws InvalidOptionsError.
import {
  abortSignal,
  checkOptions,
  flag,
  group,
  InvalidOptionsError,
  mustBe,
  needed,
  number,
  oneOf,
  type Rule,
  type Schema,
  shown,
} from '@oarlock/runtime'
import { ttlRange } from '../model/request-limits.ts'
import type {
  Condition,
  DeleteOptions,
  PlainOperation,
  PutOptions,
  RangeOptions,
  ReadStoreOptions,
  WatchOptions,
} from './store.ts'

const revision = number({ least: 1, whole: true })
const isRevision = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1
const names: readonly unknown[] = ['linearizable', 'lease', 'local']

const consistency = mustBe(
  "'linearizable', 'lease', 'local' or { atLeast: revision }",
  (value) =>
    names.includes(value) ||
    (typeof value === 'object' &&
      value !== null &&
      Object.keys(value).length === 1 &&
      isRevision((value as { readonly atLeast?: unknown }).atLeast)),
)

const sort = group<NonNullable<RangeOptions['sort']>>({
  by: needed(oneOf('key', 'version', 'create', 'mod', 'value')),
  order: oneOf('ascending', 'descending'),
})

const lease: Rule = mustBe(
  "a lease, its id, null or 'keep'",
  (value) =>
    value === null ||
    value === 'keep' ||
    isRevision(value) ||
    (typeof value === 'object' && 'id' in value && isRevision(value.id)),
)

const ttl = number({ of: 'ms', ...ttlRange })

export function checkTtl(value: unknown): void {
  const complaint = ttl(value, 'ttl')
  if (complaint !== null) throw new InvalidOptionsError(`lease: ${complaint}`)
}

const inRange = {
  revision,
  limit: number({ least: 1, whole: true }),
  sort,
  keysOnly: flag,
  countOnly: flag,
}

export const getSchema: Schema<ReadStoreOptions> = { consistency, revision, signal: abortSignal }
export const rangeSchema: Schema<RangeOptions> = { consistency, ...inRange, signal: abortSignal }
export const putSchema: Schema<PutOptions> = { lease, previous: flag, signal: abortSignal }
export const deleteSchema: Schema<DeleteOptions> = { previous: flag, signal: abortSignal }
export const watchSchema: Schema<WatchOptions> = {
  from: revision,
  previous: flag,
  only: oneOf('put', 'delete'),
  signal: abortSignal,
}

export function checkRevision(value: unknown): void {
  if (!isRevision(value))
    throw new InvalidOptionsError(`a revision must be a whole number, 1 or above, got ${shown(value)}`)
}

const anything: Rule = () => null

const operations: Readonly<Record<string, Schema<never>>> = {
  get: { get: anything, ...inRange } as Schema<never>,
  put: { put: anything, value: anything, lease, previous: flag } as Schema<never>,
  delete: { delete: anything, previous: flag } as Schema<never>,
}

export function checkOperation(operation: unknown): asserts operation is PlainOperation {
  const kinds = Object.keys(operations)
  const given = typeof operation === 'object' && operation !== null ? operation : {}
  const [kind, ...more] = kinds.filter((name) => Object.hasOwn(given, name))
  if (kind === undefined || more.length > 0)
    throw new InvalidOptionsError(
      `an operation of a transaction must be another transaction, or have one of ${kinds.join(', ')}; got ${kind === undefined ? shown(operation) : [kind, ...more].join(' and ')}`,
    )
  if (kind === 'put' && !Object.hasOwn(given, 'value'))
    throw new InvalidOptionsError("the operation 'put' needs a value")
  checkOptions(operation, operations[kind]!, `the operation '${kind}'`)
}

const targets: readonly unknown[] = ['version', 'create', 'mod', 'lease', 'value']
const operators: readonly unknown[] = ['=', '!=', '<', '>']

export function checkCondition(condition: Condition): void {
  const refuse = (what: string, value: unknown): never => {
    throw new InvalidOptionsError(`when: ${what}, got ${shown(value)}`)
  }
  if (!Array.isArray(condition) || condition.length !== 4)
    refuse('a condition is a key or range, what of it, an operator and a value', condition)
  const [, target, operator, operand] = condition
  if (!targets.includes(target)) refuse(`what is compared must be one of ${targets.join(', ')}`, target)
  if (!operators.includes(operator)) refuse(`the operator must be one of ${operators.join(' ')}`, operator)
  if (target !== 'value' && !(Number.isSafeInteger(operand) && (operand as number) >= 0))
    refuse(`${target} is compared with a whole number, 0 or above`, operand)
}
