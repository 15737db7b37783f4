// A session of this process (thesis §6.3). It numbers its commands, and says with each one which answers it
// has. Its commands are submitted again while their outcome is unknown (proposals.ts): the table of sessions
// applies each of them once.
import { ProposalAbortedError } from '../errors.ts'
import {
  type CommandKind,
  type Completion,
  sessionClosing,
  sessionCommand,
  type storeSessionCommand,
} from '../proposals/index.ts'
import type { Answer, SessionOutcome } from './answer.ts'
import { ResultLostError, SessionExpiredError } from './errors.ts'
import { encodeNumber, encodeSessionCommand } from './session-command.ts'
import { mostOpenCommands } from './table.ts'

/** Where a session's commands go: the proposals of a member, or a connection to one. */
export interface SessionProposals {
  /** Null: it was rejected at once. */
  add(
    command: Uint8Array,
    signal: AbortSignal | undefined,
    completion: Completion<unknown>,
    kind: CommandKind,
  ): { readonly mayBeInLog: boolean } | null
}

/** The result of a command, as it is encoded; null: undefined. */
export type EncodedResult = Uint8Array | null

/** Whose command it is: the application's, or the store's. */
export type SessionCommandKind = typeof sessionCommand | typeof storeSessionCommand

interface Waiting {
  readonly command: Uint8Array
  readonly kind: SessionCommandKind
  readonly signal: AbortSignal | undefined
  readonly completion: Completion<EncodedResult>
  readonly onAbort: () => void
}

export class ReplicaSession {
  /** The index of the entry that opened it. */
  readonly id: number
  readonly #proposals: SessionProposals
  #next = 1
  /** The numbers of commands without an outcome, in ascending order. */
  readonly #open: Set<number> = new Set()
  /** Commands that wait for a number, because too many are open. */
  readonly #waiting: Set<Waiting> = new Set()
  #isSubmitting = false
  #onIdle: (() => void) | null = null

  constructor(id: number, proposals: SessionProposals) {
    this.id = id
    this.#proposals = proposals
  }

  /** Completes when the command is applied, or has failed. */
  propose(
    command: Uint8Array,
    signal: AbortSignal | undefined,
    completion: Completion<EncodedResult>,
    kind: SessionCommandKind = sessionCommand,
  ): void {
    if (this.#waiting.size === 0 && this.#hasRoom) return this.#submit(command, signal, completion, kind)
    const waiting: Waiting = {
      command,
      kind,
      signal,
      completion,
      onAbort: () => {
        this.#waiting.delete(waiting)
        const message = 'aborted by the caller: the command was not applied and will not be'
        completion.reject(new ProposalAbortedError(message, 'not-applied', { cause: signal!.reason }))
      },
    }
    this.#waiting.add(waiting)
    signal?.addEventListener('abort', waiting.onAbort, { once: true })
  }

  /**
   * Closes the session when its last command has an outcome. It takes no command any more. If the closing is
   * lost, the session expires.
   */
  close(done: () => void): void {
    const close = (): void => {
      this.#onIdle = null
      this.#proposals.add(encodeNumber(this.id), undefined, { resolve: done, reject: done }, sessionClosing)
    }
    if (this.#open.size === 0 && this.#waiting.size === 0) close()
    else this.#onIdle = close
  }

  get #acknowledged(): number {
    for (const first of this.#open) return first
    return this.#next
  }

  get #hasRoom(): boolean {
    return this.#next < this.#acknowledged + mostOpenCommands
  }

  #submit(
    command: Uint8Array,
    signal: AbortSignal | undefined,
    completion: Completion<EncodedResult>,
    kind: SessionCommandKind,
  ): void {
    const number = this.#next++
    this.#open.add(number)
    const place = { session: this.id, number, acknowledged: this.#acknowledged }
    let proposal: { readonly mayBeInLog: boolean } | null = null
    proposal = this.#proposals.add(
      encodeSessionCommand(place, command),
      signal,
      {
        resolve: (outcome) => {
          this.#end(number)
          settle(outcome as SessionOutcome, proposal?.mayBeInLog ?? false, completion)
        },
        reject: (error) => {
          this.#end(number)
          completion.reject(error)
        },
      },
      kind,
    )
  }

  #end(number: number): void {
    this.#open.delete(number)
    // A command that is rejected at once ends within the loop below.
    if (this.#isSubmitting) return
    this.#isSubmitting = true
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom) break
      this.#waiting.delete(waiting)
      waiting.signal?.removeEventListener('abort', waiting.onAbort)
      this.#submit(waiting.command, waiting.signal, waiting.completion, waiting.kind)
    }
    this.#isSubmitting = false
    if (this.#open.size === 0 && this.#waiting.size === 0) this.#onIdle?.()
  }
}

/** `retried`: an earlier attempt may have been applied as well. */
function settle(outcome: SessionOutcome, retried: boolean, completion: Completion<EncodedResult>): void {
  if ('answer' in outcome) {
    const { answer, cause } = outcome
    if (answer instanceof Uint8Array) completion.resolve(answer)
    else if (answer === 'nothing') completion.resolve(null)
    else completion.reject(new ResultLostError(whyLost(answer, cause), cause === undefined ? {} : { cause }))
    return
  }
  completion.reject(
    retried
      ? new SessionExpiredError(
          'the session has expired between two attempts: the command may have been applied by the first one',
          'unknown',
        )
      : new SessionExpiredError(
          'the session has expired, or was closed: the command was not applied; open another session',
          'not-applied',
        ),
  )
}

function whyLost(answer: Exclude<Answer, Uint8Array | 'nothing'>, cause: unknown): string {
  if (answer === 'dropped')
    return 'the command was applied once, and its result was not kept: the answers that all sessions keep had no room for it'
  const why =
    cause === undefined ? '' : `: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`
  return `the command was applied once, and its result cannot be encoded${why}`
}
