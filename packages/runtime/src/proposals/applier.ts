// Applies committed entries to the state machine, and returns each result to its proposer.
import type { Entry } from '@oarlock/core'
import { StateMachineError } from '../errors.ts'
import type { ApplyContext } from '../ports/index.ts'
import { commandOf } from './command.ts'
import type { Proposals } from './proposals.ts'

/** A state machine under its codec. */
export type ApplyCommand<Result> = (command: Uint8Array, context: ApplyContext) => Result

export class Applier<Result> {
  readonly #applyCommand: ApplyCommand<Result>
  readonly #proposals: Proposals<Result>

  constructor(applyCommand: ApplyCommand<Result>, proposals: Proposals<Result>) {
    this.#applyCommand = applyCommand
    this.#proposals = proposals
  }

  /** Throws StateMachineError when the command cannot be decoded, or the machine throws or returns a promise. */
  apply(entry: Entry): void {
    this.#proposals.applying(entry)
    // Only the core uses no-ops and configurations.
    if (entry.type !== 'normal' || entry.data.length === 0) return
    this.#proposals.applied(entry.data, this.#run(entry))
  }

  #run({ data, index, term }: Entry): Result {
    try {
      return this.#applyCommand(commandOf(data), { index, term })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new StateMachineError(
        `the state machine or its codec failed at the command with index ${index}: ${why}`,
        { cause },
      )
    }
  }
}
