// The package's error. Each has a `code` that never changes (docs/errors.md) and an `outcome`, which says
// what became of the write.

/**
 * `not-applied`: the write has not taken effect and never will. `unknown`: it may have taken effect, or may
 * still do so. `not-a-write`: the call was not a write.
 */
export type Outcome = 'not-applied' | 'unknown' | 'not-a-write'

export class RaftqError extends Error {
  override readonly name = 'RaftqError'
  readonly code: `OARLOCK_${Uppercase<string>}`
  readonly outcome: Outcome

  constructor(code: `OARLOCK_${Uppercase<string>}`, outcome: Outcome, message: string) {
    super(message)
    this.code = code
    this.outcome = outcome
  }
}

export const invalidOptions = (message: string): RaftqError =>
  new RaftqError('OARLOCK_INVALID_OPTIONS', 'not-a-write', message)

/** The thrown value as text for the log. */
export const describeCause = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)
