// What `simulate` throws where it was given no state machine that can be run at all: there is no verdict on it then.
import type { SimulatedMachine } from './application.ts'

export class MachineError extends TypeError {
  override readonly name = 'MachineError'
  /** Of the state machine, or among the options beside it: what is missing, or is not as it has to be. */
  readonly method: string

  constructor(method: string, message: string) {
    super(message)
    this.method = method
  }
}

const needed = ['apply', 'snapshot', 'restore'] as const

/** The state machine, if it is one. Throws a MachineError that names what it lacks. */
export function complete(machine: SimulatedMachine | null | undefined): SimulatedMachine {
  for (const method of needed)
    if (typeof machine?.[method] !== 'function')
      throw new MachineError(method, `what machine() returns has no method ${method}()`)
  return machine!
}

/** Throws a MachineError for a promise: nobody waits for it, so its work would be done at some other time or never. */
export function settled<Value>(method: string, value: Value): Value {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') return value
  // What becomes of it is nothing to the process.
  void Promise.resolve(value).catch(() => {})
  throw new MachineError(
    method,
    `${method}() returns a promise: in a simulated run everything is synchronous, and nobody waits for it`,
  )
}
