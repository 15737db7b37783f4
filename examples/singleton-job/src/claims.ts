// The job's replicated state: how far the input is claimed, by whom, and which bytes of the output that claim stands for.
// Every member holds the same copy; only what is in the log changes it. This is where the fence is checked.
import type { Fence, StateMachine } from 'oarlock'

/** "Record `record` becomes these bytes of the output": all that is needed to write them again, exactly the same. */
export interface Claim {
  readonly kind: 'claim'
  /** Counted from 1. */
  readonly record: number
  readonly fence: Fence
  readonly by: string
  /** Its line in the input, in bytes. */
  readonly start: number
  readonly end: number
  /** Its line in the output, in bytes. */
  readonly offset: number
  readonly length: number
}

/** The first thing a leader says. From then on the machine takes claims of this fence only. */
export interface TakeOver {
  readonly kind: 'takeOver'
  readonly fence: Fence
  readonly by: string
}

export type Command = TakeOver | Claim

/** Where a job goes on. */
export interface Progress {
  /** How many records are claimed. */
  readonly position: number
  /** The greatest fence that took over; 0 before the first. */
  readonly fence: Fence
  /** The claim of the record at `position`: the only one that may not be in the output yet. */
  readonly last: Claim | null
}

export type Answer =
  | { readonly accepted: true; readonly progress: Progress }
  | { readonly accepted: false; readonly why: 'stale fence' | 'not the next record' | 'not the next bytes' }

/** A refusal is a result like any other: an exception would stop the member. */
export class Claims implements StateMachine<Command, Answer> {
  #progress: Progress = { position: 0, fence: 0, last: null }

  get progress(): Progress {
    return this.#progress
  }

  apply(command: Command): Answer {
    return command.kind === 'takeOver' ? this.#takeOver(command) : this.#claim(command)
  }

  #takeOver({ fence }: TakeOver): Answer {
    if (fence < this.#progress.fence) return { accepted: false, why: 'stale fence' }
    return this.#accept({ ...this.#progress, fence })
  }

  #claim(claim: Claim): Answer {
    const { position, fence, last } = this.#progress
    if (claim.fence !== fence) return { accepted: false, why: 'stale fence' }
    if (claim.record !== position + 1) return { accepted: false, why: 'not the next record' }
    if (claim.offset !== outputEnd(last) || claim.start < inputEnd(last))
      return { accepted: false, why: 'not the next bytes' }
    return this.#accept({ position: claim.record, fence, last: claim })
  }

  #accept(progress: Progress): Answer {
    this.#progress = progress
    return { accepted: true, progress }
  }
}

/** Where the next record is searched from. */
export const inputEnd = (last: Claim | null): number => last?.end ?? 0

/** Where the next line of output goes. */
export const outputEnd = (last: Claim | null): number => (last === null ? 0 : last.offset + last.length)
