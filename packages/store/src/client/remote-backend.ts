// The store of a cluster, for a process that is no member: its requests go over a connection to any member.
import {
  type AbortOptions,
  encodeNumber,
  InvalidCommandError,
  MemberClosedError,
  NoLeaderError,
  NoSessionError,
  OarlockError,
  type Outcome,
  OwnSession,
  ProposalAbortedError,
  ProposalTimeoutError,
  ReadAbortedError,
  ReadTimeoutError,
  ReplicaSession,
  type SessionProposals,
  sessionClosing,
  sessionOpening,
  storeSessionCommand,
} from '@oarlock/runtime'
import type { StoreBackend, WatchFeed } from '../api/backend.ts'
import type { StoreConsistency } from '../api/store.ts'
import { decodeAnswer, encodeRequest } from '../codec/index.ts'
import type { Lease } from '../model/leases.ts'
import type { Change, ChangeResult, OwnerId, RangeRequest, RangeResult } from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import type { Taken, WatchRequest } from '../model/watches.ts'
import type { Call, CallFailure, Calls } from './calls.ts'
import {
  type ClientRequest,
  decodeLeases,
  decodeOptional,
  decodeOutcome,
  decodeResult,
  type TakenAnswer,
  type ToldError,
} from './messages.ts'
import { SharedTakes, type TakeRequest } from './shared-takes.ts'

/** Of the session, in ms of leader time. */
const sessionTimeout = 60 * 60 * 1000
/** The longest request, in bytes. It is one entry of the log. */
const longestRequest: number = 4 * 1024 * 1024

export interface RemoteBackendInit {
  readonly calls: Calls
  /** Why there is no connection, for messages. */
  readonly problem: () => string
}

export class RemoteBackend implements StoreBackend {
  readonly #init: RemoteBackendInit
  readonly #session: OwnSession
  readonly #feeds: Set<RemoteFeed> = new Set()
  readonly #takes: SharedTakes

  constructor(init: RemoteBackendInit) {
    this.#init = init
    this.#takes = new SharedTakes(init.calls)
    this.#session = new OwnSession(() => this.#openSession())
  }

  async change(change: Change, { signal }: AbortOptions): Promise<Answer<ChangeResult>> {
    const bytes = encodeRequest(change)
    if (bytes.length > longestRequest)
      throw new InvalidCommandError(
        `the request has ${bytes.length} bytes, and the limit is ${longestRequest}: it was not applied`,
      )
    const answer = await this.#session.propose(bytes, signal, storeSessionCommand)
    return decodeAnswer(answer!) as Answer<ChangeResult>
  }

  async range(
    request: RangeRequest,
    consistency: StoreConsistency,
    { signal }: AbortOptions,
  ): Promise<Answer<RangeResult>> {
    const result = await this.#read({ type: 'range', consistency, request }, signal)
    return decodeResult(result) as Answer<RangeResult>
  }

  async leases(owner: OwnerId | null, { signal }: AbortOptions): Promise<readonly Lease[]> {
    return decodeLeases(await this.#read({ type: 'leases', owner }, signal))
  }

  /** An answer on a later connection may be for a renewal that is older than it seems: the holder counts from its call. */
  async renew(owner: OwnerId): Promise<number | null> {
    return this.#read({ type: 'renew', owner }, undefined).then(decodeOptional, () => null)
  }

  async watch({ from, ...request }: WatchRequest, options: AbortOptions): Promise<WatchFeed> {
    const first = from ?? (await this.#revision(options)) + 1
    const feed = new RemoteFeed(
      { ...request, from: first },
      {
        take: (take, done) => this.#takes.take(take, done),
        failed: (failure) => this.#readError(failure, undefined),
        closed: () => void this.#feeds.delete(feed),
      },
    )
    this.#feeds.add(feed)
    return feed
  }

  async #revision(options: AbortOptions): Promise<number> {
    const nothing = new Uint8Array(0)
    const request: RangeRequest = { type: 'range', range: { from: nothing, before: nothing } }
    const answer = await this.range(request, 'linearizable', options)
    if ('failure' in answer) throw new ReadTimeoutError('the revision of the store could not be read')
    return answer.revision
  }

  #openSession(): Promise<ReplicaSession> {
    return new Promise((resolve, reject) =>
      this.#proposals.add(
        encodeNumber(sessionTimeout),
        undefined,
        {
          resolve: (id) => {
            if (id !== null) return resolve(new ReplicaSession(id as number, this.#proposals))
            const message =
              'the cluster has as many sessions as it can hold: close some, or let them expire sooner'
            reject(new NoSessionError(message))
          },
          reject,
        },
        sessionOpening,
      ),
    )
  }

  readonly #proposals: SessionProposals = {
    add: (bytes, signal, completion, kind) => {
      if (signal?.aborted) {
        completion.reject(abortedError(false, signal))
        return null
      }
      const type = kind === sessionOpening ? 'open' : kind === sessionClosing ? 'close' : 'command'
      const decode = { open: decodeOptional, command: decodeOutcome, close: () => undefined }[type]
      const call = this.#init.calls.call({ type, bytes }, (result, failure) => {
        signal?.removeEventListener('abort', onAbort)
        if (failure === null) completion.resolve(decode(result!))
        else completion.reject(this.#writeError(failure, signal))
      })
      const onAbort = (): void => call.abort()
      signal?.addEventListener('abort', onAbort, { once: true })
      return {
        get mayBeInLog() {
          return call.attempts > 1
        },
      }
    },
  }

  #read(request: ClientRequest, signal: AbortSignal | undefined): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let call: Call | null = null
      const onAbort = (): void => call?.abort()
      if (signal?.aborted) return reject(this.#readError({ why: 'aborted', sent: false }, signal))
      signal?.addEventListener('abort', onAbort, { once: true })
      call = this.#init.calls.call(request, (result, failure) => {
        signal?.removeEventListener('abort', onAbort)
        if (failure === null) resolve(result!)
        else reject(this.#readError(failure, signal))
      })
    })
  }

  #writeError(failure: CallFailure, signal: AbortSignal | undefined): OarlockError {
    const outcome: Outcome = failure.sent ? 'unknown' : 'not-applied'
    switch (failure.why) {
      case 'error':
        return toldError(failure.error)
      case 'aborted':
        return abortedError(failure.sent, signal)
      case 'closed':
        return new MemberClosedError(`the client was closed: ${inWords[outcome]}`, outcome)
      case 'timeout':
        return failure.sent
          ? new ProposalTimeoutError(`timed out: ${inWords.unknown}`)
          : new NoLeaderError(
              `no member could be asked in time (${this.#init.problem()}): ${inWords['not-applied']}`,
            )
    }
  }

  #readError(failure: CallFailure, signal: AbortSignal | undefined): OarlockError {
    switch (failure.why) {
      case 'error':
        return toldError(failure.error)
      case 'aborted':
        return new ReadAbortedError('aborted by the caller: nothing was read', { cause: signal?.reason })
      case 'closed':
        return new MemberClosedError('the client is closed: nothing was read', 'not-a-write')
      case 'timeout':
        return new ReadTimeoutError(
          failure.sent
            ? 'no member has answered in time: nothing was read'
            : `no member could be asked in time (${this.#init.problem()}): nothing was read`,
        )
    }
  }

  close(): void {
    for (const feed of [...this.#feeds]) feed.close()
  }
}

interface FeedInit {
  readonly take: SharedTakes['take']
  readonly failed: (failure: CallFailure) => OarlockError
  readonly closed: () => void
}

/** Each `take` names the revision that it wants next, so no connection and no member has to remember anything. */
class RemoteFeed implements WatchFeed {
  readonly #watch: TakeRequest
  readonly #init: FeedInit
  #next: number
  #call: Pick<Call, 'abort'> | null = null
  #isClosed = false

  constructor(watch: TakeRequest, init: FeedInit) {
    this.#watch = watch
    this.#init = init
    this.#next = watch.from
  }

  get seen(): number {
    return this.#next - 1
  }

  async take(): Promise<NonNullable<Taken> | null> {
    while (!this.#isClosed) {
      const { seen, taken } = await this.#ask()
      this.#next = Math.max(this.#next, seen + 1)
      if (taken !== null && !this.#isClosed) return taken
    }
    return null
  }

  #ask(): Promise<TakenAnswer> {
    return new Promise((resolve, reject) => {
      this.#call = this.#init.take({ ...this.#watch, from: this.#next }, (answer, failure) => {
        this.#call = null
        if (failure === null) resolve(answer!)
        else if (failure.why === 'aborted' || failure.why === 'closed')
          resolve({ seen: this.seen, taken: null })
        else reject(this.#init.failed(failure))
        if (failure?.why === 'closed') this.#isClosed = true
      })
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#call?.abort()
    this.#init.closed()
  }
}

const inWords: Readonly<Record<Outcome, string>> = {
  'not-applied': 'the change was not applied and will not be',
  unknown: 'the change may have been applied, or may still be',
  'not-a-write': 'nothing was to change',
}

function abortedError(sent: boolean, signal: AbortSignal | undefined): ProposalAbortedError {
  const outcome: Outcome = sent ? 'unknown' : 'not-applied'
  return new ProposalAbortedError(`aborted by the caller: ${inWords[outcome]}`, outcome, {
    cause: signal?.reason,
  })
}

/** An error that a member has told. `instanceof` goes by its code, so it is one of its class. */
class MemberError extends OarlockError {
  override readonly name = 'MemberError'
  readonly code: OarlockError['code']
  readonly outcome: Outcome

  constructor({ code, outcome, message, leader }: ToldError) {
    super(message, { leader })
    this.code = code as OarlockError['code']
    this.outcome = outcome
  }
}

const toldError = (error: ToldError): OarlockError => new MemberError(error)
