// Thrown by `simulate` for a state machine that cannot be run at all, so that there is no verdict on it.

export class MachineError extends TypeError {
  override readonly name = 'MachineError'
  /** The method or option that is missing or wrong. */
  readonly method: string

  constructor(method: string, message: string) {
    super(message)
    this.method = method
  }
}

/** Returns the value. Throws a MachineError for a promise, whose work a simulated run cannot wait for. */
export function assertSynchronous<Value>(method: string, value: Value): Value {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') return value
  // Its rejection must not end the process.
  void Promise.resolve(value).catch(() => {})
  throw new MachineError(
    method,
    `${method}() returns a promise, which a simulated run cannot wait for: make it synchronous`,
  )
}
