// A member's sessions, with promises: `member.session()` and `propose(command, { retry: 'safe' })`.
import type { Millis } from '@oarlock/core'
import { decodeResult, encodeCommand } from './callbacks/index.ts'
import type { AbortOptions } from './election/index.ts'
import {
  isOarlockError,
  MemberClosedError,
  NoLeaderError,
  type OarlockError,
  ProposalAbortedError,
} from './errors.ts'
import { checkAbortOptions, checkSessionOptions } from './options/index.ts'
import type { Codec } from './ports/index.ts'
import { sessionCommand, storeSessionCommand } from './proposals/index.ts'
import type { Replica } from './replica.ts'
import {
  type EncodedResult,
  type ReplicaSession,
  type SessionCommandKind,
  SessionExpiredError,
} from './sessions/index.ts'

/** In ms of leader time. */
const defaultTimeout: Millis = 60 * 60 * 1000

export interface SessionOptions extends AbortOptions {
  /** The session expires when it was not used for so long, in ms of leader time. Default: an hour. */
  readonly timeout?: Millis
}

export interface Session<Command, Result> extends AsyncDisposable {
  /** Its name in the cluster: the index of the entry that opened it. */
  readonly id: number
  /**
   * As `propose` of the member, and applied once: while the outcome is unknown, the command is submitted again
   * until `proposeTimeout`. Resolves with the result as `resultCodec` gives it back. Further errors:
   * SessionExpiredError (`not-applied`, or `unknown` if it expired between two attempts), ResultLostError.
   */
  propose(command: Command, options?: AbortOptions): Promise<Result>
  /**
   * Waits for the outcomes of its commands, and closes it. Resolves also if the cluster cannot be reached: then
   * the session expires.
   */
  close(): Promise<void>
}

export interface MemberSessionsInit<Command, Result> {
  readonly replica: Replica<Result>
  readonly codec: Codec<Command>
  readonly resultCodec: Codec<Result>
  /** Why the member takes no command now, or null. */
  readonly refusal: () => OarlockError | null
}

export class MemberSessions<Command, Result> {
  readonly #init: MemberSessionsInit<Command, Result>
  /** The session of `propose(command, { retry: 'safe' })`, from the first such call on. */
  #own: Promise<ReplicaSession> | null = null

  constructor(init: MemberSessionsInit<Command, Result>) {
    this.#init = init
  }

  async open(options: SessionOptions = {}): Promise<Session<Command, Result>> {
    checkSessionOptions('session', options)
    this.#refuse()
    const { timeout = defaultTimeout, signal } = options
    return this.#shown(await this.#open(timeout, signal))
  }

  /** In the member's own session. */
  async propose(command: Command, { signal }: AbortOptions): Promise<Result> {
    const bytes = encodeCommand(this.#init.codec, command)
    const result = await this.#proposeInOwn(bytes, signal, sessionCommand)
    return decodeResult(this.#init.resultCodec, result)
  }

  /** As `propose`, for the store, whose commands and answers are bytes. */
  async proposeToStore(command: Uint8Array, { signal }: AbortOptions): Promise<Uint8Array> {
    const answer = await this.#proposeInOwn(command, signal, storeSessionCommand)
    return answer!
  }

  /** Opens the session again when it has expired. */
  async #proposeInOwn(
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
    kind: SessionCommandKind,
  ): Promise<EncodedResult> {
    for (;;) {
      const opening = this.#ownSession()
      const session = await unlessAborted(opening, signal).catch((cause: unknown) => {
        throw notApplied(cause)
      })
      try {
        return await this.#propose(session, bytes, signal, kind)
      } catch (error) {
        if (!(error instanceof SessionExpiredError) || error.outcome !== 'not-applied') throw error
        if (this.#own === opening) this.#own = null
      }
    }
  }

  #ownSession(): Promise<ReplicaSession> {
    if (this.#own !== null) return this.#own
    const opening = this.#open(defaultTimeout, undefined)
    this.#own = opening
    opening.catch(() => {
      if (this.#own === opening) this.#own = null
    })
    return opening
  }

  #refuse(): void {
    const refusal = this.#init.refusal()
    if (refusal !== null) throw refusal
  }

  #open(timeout: Millis, signal: AbortSignal | undefined): Promise<ReplicaSession> {
    return new Promise((resolve, reject) =>
      this.#init.replica.openSession(timeout, signal, { resolve, reject }),
    )
  }

  #propose(
    session: ReplicaSession,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
    kind: SessionCommandKind,
  ): Promise<EncodedResult> {
    return new Promise((resolve, reject) => session.propose(bytes, signal, { resolve, reject }, kind))
  }

  #shown(session: ReplicaSession): Session<Command, Result> {
    let closing: Promise<void> | null = null
    const close = (): Promise<void> => {
      closing ??= new Promise((resolve) => session.close(resolve))
      return closing
    }
    return {
      id: session.id,
      propose: async (command, options = {}) => {
        checkAbortOptions('propose', options)
        this.#refuse()
        if (closing !== null)
          throw new SessionExpiredError('the session is closed: the command was not applied', 'not-applied')
        const { codec, resultCodec } = this.#init
        const bytes = encodeCommand(codec, command)
        return decodeResult(resultCodec, await this.#propose(session, bytes, options.signal, sessionCommand))
      },
      close,
      [Symbol.asyncDispose]: close,
    }
  }
}

function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      const message = 'aborted by the caller: the command was not applied and will not be'
      reject(new ProposalAbortedError(message, 'not-applied', { cause: signal.reason }))
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** Whatever has become of the opening: no command was submitted. */
function notApplied(cause: unknown): unknown {
  if (!isOarlockError(cause) || cause.outcome !== 'unknown') return cause
  const facts = { leader: cause.leader, cause }
  return cause instanceof MemberClosedError
    ? new MemberClosedError('the member was closed: the command was not applied', 'not-applied', facts)
    : new NoLeaderError(
        'no session could be opened in time: the command was not applied and will not be',
        facts,
      )
}
