// Committed entries on their way through the state machine to whoever waits for the result.
import type { Entry } from '@oarlock/core'
import { StateMachineError } from '../errors.ts'
import { commandOf } from './command.ts'
import type { Codec, StateMachine } from './ports.ts'
import type { Proposals } from './proposals.ts'

export class Applier<Command, Result> {
  readonly #machine: StateMachine<Command, Result> | undefined
  readonly #codec: Codec<Command>
  readonly #proposals: Proposals<Result>

  constructor(
    machine: StateMachine<Command, Result> | undefined,
    codec: Codec<Command>,
    proposals: Proposals<Result>,
  ) {
    this.#machine = machine
    this.#codec = codec
    this.#proposals = proposals
  }

  /** Throws StateMachineError when the command cannot be decoded or the machine throws. */
  apply(entry: Entry): void {
    this.#proposals.applying(entry)
    // No-ops and memberships are the core's business.
    if (entry.type !== 'normal' || entry.data.length === 0) return
    this.#proposals.applied(entry.data, this.#run(entry))
  }

  #run({ data, index, term }: Entry): Result {
    try {
      const command = commandOf(data)
      if (this.#machine === undefined) return undefined as Result
      return this.#machine.apply(this.#codec.decode(command), { index, term })
    } catch (cause) {
      throw new StateMachineError(`the command at index ${index} could not be applied`, { cause })
    }
  }
}
