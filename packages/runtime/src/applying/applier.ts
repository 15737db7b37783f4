// Applies committed entries to the state machine and to the table of sessions, and returns each result to its
// proposer.
import type { Entry } from '@oarlock/core'
import { StateMachineError } from '../errors.ts'
import type { ApplyContext, StoreMachine } from '../ports/index.ts'
import {
  bytesOf,
  isForStore,
  kindOf,
  type LeaderTime,
  type Proposals,
  plainCommand,
  sessionClosing,
  sessionCommand,
  sessionOpening,
  storeCommand,
  timeOf,
} from '../proposals/index.ts'
import {
  decodeNumber,
  decodeSessionCommand,
  type SessionOutcome,
  type SessionTable,
} from '../sessions/index.ts'

/** A state machine under its codec. */
export type ApplyCommand<Result> = (command: Uint8Array, context: ApplyContext) => Result
/** Encodes a result that is not undefined, to be kept in the table of sessions. It may throw. */
export type EncodeResult<Result> = (result: Result) => Uint8Array

export interface ApplierInit<Result> {
  readonly applyCommand: ApplyCommand<Result>
  readonly encodeResult: EncodeResult<Result>
  readonly proposals: Proposals<unknown>
  readonly leaderTime: LeaderTime
  readonly sessions: SessionTable
  /** Null: this member keeps no state, as a witness. */
  readonly store: Pick<StoreMachine, 'apply'> | null
}

export class Applier<Result> {
  readonly #init: ApplierInit<Result>

  constructor(init: ApplierInit<Result>) {
    this.#init = init
  }

  /** Throws StateMachineError when the command cannot be decoded, or the machine throws or returns a promise. */
  apply(entry: Entry): void {
    const { proposals } = this.#init
    proposals.applying(entry)
    // Only the core uses no-ops and configurations.
    if (entry.type !== 'normal' || entry.data.length === 0) return
    let result: unknown
    try {
      result = this.#run(entry)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const whose = isForStore(entry.data) ? 'the store' : 'the state machine or its codec'
      throw new StateMachineError(`${whose} failed at the command with index ${entry.index}: ${why}`, {
        cause,
      })
    }
    proposals.applied(entry.data, result)
  }

  #run({ data, index: at, term }: Entry): unknown {
    const { applyCommand, encodeResult, leaderTime, sessions, store } = this.#init
    const kind = kindOf(data)
    const bytes = bytesOf(data)
    const now = leaderTime.advance(timeOf(data))
    const context: ApplyContext = { index: at, term, leaderTime: now }
    if (kind === plainCommand) return applyCommand(bytes, context)
    if (kind === sessionOpening) return sessions.open(at, decodeNumber(bytes), now) ? at : null
    if (kind === sessionClosing) return sessions.close(decodeNumber(bytes))
    if (kind === storeCommand) return store?.apply(bytes, context)
    if (kind === sessionCommand)
      return this.#once(bytes, context, (command) => outcomeOf(applyCommand(command, context), encodeResult))
    return this.#once(bytes, context, (command) => ({
      answer: store?.apply(command, context) ?? 'nothing',
      repeated: false,
    }))
  }

  #once(bytes: Uint8Array, context: ApplyContext, apply: (command: Uint8Array) => Applied): SessionOutcome {
    const { sessions } = this.#init
    const { command, ...place } = decodeSessionCommand(bytes)
    const verdict = sessions.begin(place, context.leaderTime)
    if (verdict !== 'apply') return 'answer' in verdict ? { ...verdict, repeated: true } : verdict
    const outcome = apply(command)
    sessions.keep(place, outcome.answer)
    return outcome
  }
}

type Applied = Extract<SessionOutcome, { readonly repeated: boolean }>

function outcomeOf<Result>(result: Result, encode: EncodeResult<Result>): Applied {
  if (result === undefined) return { answer: 'nothing', repeated: false }
  try {
    return { answer: encode(result), repeated: false }
  } catch (cause) {
    return { answer: 'invalid', repeated: false, cause }
  }
}
