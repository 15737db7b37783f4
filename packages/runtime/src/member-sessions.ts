// A member's sessions, with promises: `member.session()` and `propose(command, { retry: 'safe' })`.
import type { Millis } from '@oarlock/core'
import { decodeResult, encodeCommand } from './callbacks/index.ts'
import type { AbortOptions } from './election/index.ts'
import type { OarlockError } from './errors.ts'
import { checkAbortOptions, checkSessionOptions } from './options/index.ts'
import type { Codec } from './ports/index.ts'
import { sessionCommand, storeSessionCommand } from './proposals/index.ts'
import type { Replica } from './replica.ts'
import {
  type EncodedResult,
  OwnSession,
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
  /** That of `propose(command, { retry: 'safe' })`, and of the store. */
  readonly #own: OwnSession = new OwnSession(() => this.#open(defaultTimeout, undefined))

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
    const result = await this.#own.propose(bytes, signal, sessionCommand)
    return decodeResult(this.#init.resultCodec, result)
  }

  /** As `propose`, for the store, whose commands and answers are bytes. */
  async proposeToStore(command: Uint8Array, { signal }: AbortOptions): Promise<Uint8Array> {
    const answer = await this.#own.propose(command, signal, storeSessionCommand)
    return answer!
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
