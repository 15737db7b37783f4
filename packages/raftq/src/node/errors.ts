// Every error says what happened to the write it was about (`outcome`), under a `code` that never changes: the codes of docs/errors.md.

/** `not-applied`: it did not and will not take effect. `unknown`: it may have, or may still. `not-a-write`: nothing was to change. */
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

/** What was thrown, in words. */
export const describeCause = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)
