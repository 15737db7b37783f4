// A user's state machine on one replica. It gets a copy of each command, decoded from the log. An exception
// is a violation, and so is an answer that does not follow from the state in its snapshot.
import type { Entry, Millis } from '@oarlock/core'
import { Violation } from '../world/index.ts'
import type { Application, CommandCodec, SimulatedMachine } from './application.ts'
import { canonical, difference, Incomparable } from './canonical.ts'
import type { EntryMachine } from './entry-machine.ts'
import { assertSynchronous, MachineError } from './machine-error.ts'
import { commandIn, isCommand } from './payload.ts'

export const json: CommandCodec<unknown> = {
  encode: (command) => new TextEncoder().encode(JSON.stringify(command)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
}

const needed = ['apply', 'snapshot', 'restore'] as const

/** Throws a MachineError that names the method which the machine lacks. */
function complete(machine: SimulatedMachine | null | undefined): SimulatedMachine {
  for (const method of needed)
    if (typeof machine?.[method] !== 'function')
      throw new MachineError(method, `what machine() returns has no method ${method}()`)
  return machine!
}

/** Calls the user's code; `method` is its name. */
function hosted<Result>(method: string, what: string, work: () => Result): Result {
  try {
    return assertSynchronous(method, work())
  } catch (error) {
    if (error instanceof Violation || error instanceof MachineError) throw error
    throw new Violation('MACHINE', `${what}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}

export class HostedMachine implements EntryMachine {
  readonly #application: Application
  readonly #codec: CommandCodec<unknown>
  readonly #machine: SimulatedMachine

  constructor(application: Application) {
    this.#application = application
    this.#codec = application.codec ?? json
    this.#machine = complete(hosted('machine', 'machine() throws', () => application.machine()))
  }

  apply(entry: Entry, leaderTime: Millis): unknown {
    if (!isCommand(entry)) return undefined
    const { index, term } = entry
    const command = hosted('decode', `the codec throws at the command at ${index}`, () =>
      this.#codec.decode(commandIn(entry)),
    )
    const result = hosted('apply', `apply() throws at the command at ${index}`, () =>
      this.#machine.apply(command, { index, term, leaderTime }),
    )
    const { check } = this.#application
    if (check !== undefined)
      hosted('check', `check() fails after the command at ${index}`, () => check(this.#machine))
    return result
  }

  /**
   * The answer may depend on the state alone, and the query must not change it. So a second machine with this
   * state answers too.
   */
  ask(query: unknown): unknown {
    const machine = this.#machine
    if (machine.query === undefined) return undefined
    const before = this.digest()
    const other = new HostedMachine(this.#application)
    other.restore(this.snapshot())
    const restored = other.digest()
    if (restored !== before)
      throw new Violation(
        'SMS',
        `a machine restored from its snapshot has another state: ${difference(restored, before)}`,
      )
    const ask = (asked: SimulatedMachine): unknown =>
      hosted('query', 'query() throws', () => asked.query!(query))
    const answer = ask(machine)
    if (this.digest() !== before)
      throw new Violation('MODEL', `the query ${canonical(query)} changes the state`)
    const [one, two] = [canonical(answer), canonical(ask(other.#machine))]
    if (one !== two)
      throw new Violation(
        'MODEL',
        `the query ${canonical(query)} has another answer after a restore of the same state: ${difference(one, two)}`,
      )
    return answer
  }

  snapshot(): unknown {
    return hosted('snapshot', 'snapshot() throws', () => this.#machine.snapshot())
  }

  restore(state: unknown): void {
    hosted('restore', 'restore() throws', () => this.#machine.restore(state))
  }

  digest(): string {
    const { digest } = this.#application
    if (digest !== undefined) return hosted('digest', 'digest() throws', () => digest(this.#machine))
    const state = this.snapshot()
    try {
      return canonical(state)
    } catch (error) {
      if (!(error instanceof Incomparable)) throw error
      throw new Violation(
        'MACHINE',
        `snapshot() holds ${error.what}, which cannot be compared: return plain data, or give digest(machine)`,
        { cause: error },
      )
    }
  }
}
