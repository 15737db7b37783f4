// The job's replicated state: how many records are claimed, by which leader, and the place of each claim's
// line in the output. Every member has the same copy, and only log entries change it. The fence is checked
// here.
import type { Fence, MachineSnapshots, StateMachine } from 'oarlock'

/**
 * A claim of one record: everything that is needed to write its line again, with the same bytes at the same
 * place.
 */
export interface Claim {
  readonly kind: 'claim'
  /** The number of the record, from 1. */
  readonly record: number
  readonly fence: Fence
  readonly by: string
  /** The byte range of its line in the input. */
  readonly start: number
  readonly end: number
  /** The byte range of its line in the output. */
  readonly offset: number
  readonly length: number
}

/** A new leader's first command. After it the state machine accepts only claims with this fence. */
export interface TakeOver {
  readonly kind: 'takeOver'
  readonly fence: Fence
  readonly by: string
}

export type Command = TakeOver | Claim

/** Where the job continues. */
export interface Progress {
  /** How many records are claimed. */
  readonly position: number
  /** The greatest fence that has taken over. 0 before the first. */
  readonly fence: Fence
  /** The last claim. It is the only one whose line may be missing in the output. */
  readonly last: Claim | null
}

export type Answer =
  | { readonly accepted: true; readonly progress: Progress }
  | { readonly accepted: false; readonly why: 'stale fence' | 'not the next record' | 'not the next bytes' }

/** A rejection is a result, not an exception: an exception would stop the member. */
export class Claims implements StateMachine<Command, Answer> {
  #progress: Progress = { position: 0, fence: 0, last: null }

  get progress(): Progress {
    return this.#progress
  }

  /** The state is small and never changed in place, so the view is the value itself. */
  readonly snapshots: MachineSnapshots = {
    format: 1,
    take: () => asBytes(this.#progress),
    restore: async (chunks) => {
      this.#progress = JSON.parse(await textOf(chunks))
    },
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

async function* asBytes(progress: Progress): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(progress))
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

/** The position in the input after the last claimed record. */
export const inputEnd = (last: Claim | null): number => last?.end ?? 0

/** The position in the output after the last claimed line. */
export const outputEnd = (last: Claim | null): number => (last === null ? 0 : last.offset + last.length)
