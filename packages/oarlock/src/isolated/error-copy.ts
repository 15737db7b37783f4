// Errors on their way from thread to thread. A structured clone forgets their class and their fields.
import { OarlockError, type Outcome } from '@oarlock/runtime'

export interface ErrorCopy {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Plain data. */
  readonly fields: { readonly code?: unknown; readonly [name: string]: unknown }
  readonly cause?: { readonly error: ErrorCopy } | { readonly value: unknown }
}

/** An error of ours from another thread. `instanceof` goes by its code, so it is one of its class. */
class CopiedError extends OarlockError {
  override readonly name: string
  declare readonly code: OarlockError['code']
  declare readonly outcome: Outcome

  constructor({ name, message, stack, fields }: ErrorCopy) {
    super(message)
    this.name = name
    if (stack !== undefined) this.stack = stack
    Object.assign(this, fields)
  }
}

/** What structured clone takes, or else a text. */
export function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return String(value)
  }
}

export function copyOf(error: unknown): ErrorCopy {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), stack: undefined, fields: {} }
  const { name, message, stack, cause, ...fields } = { ...error, ...namedFields(error) }
  const copied = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, cloneable(value)]))
  const copy = { name, message, stack, fields: copied }
  if (cause === undefined) return copy
  return { ...copy, cause: cause instanceof Error ? { error: copyOf(cause) } : { value: cloneable(cause) } }
}

const namedFields = ({ name, message, stack, cause }: Error) => ({ name, message, stack, cause })

export function errorFrom(copy: ErrorCopy): Error {
  const { name, message, stack, fields, cause } = copy
  const isOurs = String(fields.code).startsWith('OARLOCK_')
  const error = isOurs ? new CopiedError(copy) : Object.assign(new Error(message), fields, { name, stack })
  if (cause === undefined) return error
  return Object.assign(error, { cause: 'error' in cause ? errorFrom(cause.error) : cause.value })
}
