// The one session of a process, opened with its first command, and again when it has expired.
import { isOarlockError, MemberClosedError, NoLeaderError, ProposalAbortedError } from '../errors.ts'
import { SessionExpiredError } from './errors.ts'
import type { EncodedResult, ReplicaSession, SessionCommandKind } from './replica-session.ts'

export class OwnSession {
  readonly #open: () => Promise<ReplicaSession>
  #opening: Promise<ReplicaSession> | null = null

  constructor(open: () => Promise<ReplicaSession>) {
    this.#open = open
  }

  /** Errors: those of `propose` with `retry: 'safe'`. */
  async propose(
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
    kind: SessionCommandKind,
  ): Promise<EncodedResult> {
    for (;;) {
      const opening = this.#session()
      const session = await unlessAborted(opening, signal).catch((cause: unknown) => {
        throw notApplied(cause)
      })
      try {
        return await new Promise<EncodedResult>((resolve, reject) =>
          session.propose(bytes, signal, { resolve, reject }, kind),
        )
      } catch (error) {
        if (!(error instanceof SessionExpiredError) || error.outcome !== 'not-applied') throw error
        if (this.#opening === opening) this.#opening = null
      }
    }
  }

  #session(): Promise<ReplicaSession> {
    if (this.#opening !== null) return this.#opening
    const opening = this.#open()
    this.#opening = opening
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = null
    })
    return opening
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
