// A member's side: carries out what clients ask. A client may do anything at any speed, so what it can cost is bounded:
// the requests that wait, and the bytes that it has not read yet.
import {
  type ClientConnection,
  type ClientHandler,
  DecodeError,
  decodeNumber,
  isOarlockError,
  type ReadAbortedError,
  type SessionOutcome,
  type StoreLink,
  sessionClosing,
  sessionOpening,
  storeSessionCommand,
} from '@oarlock/runtime'
import type { StoreBackend } from '../api/backend.ts'
import {
  type ClientAnswer,
  type ClientRequest,
  decodeClientRequest,
  encodeClientAnswer,
  encodeLeases,
  encodeOptional,
  encodeOutcome,
  encodeResult,
  encodeTaken,
  type ToldError,
} from './messages.ts'

/** Of one client. Those of watches wait, and cost little. */
const mostRequests = 1024
const mostWatches = 10_000
/** A client that does not read so many bytes of answers is cut off. */
const mostQueuedBytes: number = 64 * 1024 * 1024
/** In election timeouts: how long requests wait for a leader here. */
const patience = 3
/** A watch of which nothing has changed is answered after this time, in ms: then its client knows how far it has seen. */
const progressAfter = 10_000

export class ClientService {
  readonly #link: StoreLink
  readonly #backend: StoreBackend

  constructor(link: StoreLink, backend: StoreBackend) {
    this.#link = link
    this.#backend = backend
  }

  serve(connection: ClientConnection): ClientHandler {
    return new ServedClient(this.#link, this.#backend, connection)
  }
}

class ServedClient implements ClientHandler {
  readonly #link: StoreLink
  readonly #backend: StoreBackend
  readonly #connection: ClientConnection
  readonly #open: Map<number, AbortController> = new Map()
  /** Those of them that wait for changes. */
  readonly #waiting: Set<number> = new Set()
  /** For how many election timeouts there has been no leader, as far as was looked. */
  #leaderless = 0
  #cancelTimer: (() => void) | null = null
  #isClosed = false

  constructor(link: StoreLink, backend: StoreBackend, connection: ClientConnection) {
    this.#link = link
    this.#backend = backend
    this.#connection = connection
  }

  received(message: Uint8Array): void {
    const { number, request } = decodeClientRequest(message)
    if (request.type === 'cancel') return void this.#cancel(request.other)
    if (this.#open.has(number)) throw new DecodeError(`the request ${number} is open already`)
    const isWatch = request.type === 'take'
    if (isWatch ? this.#waiting.size >= mostWatches : this.#open.size - this.#waiting.size >= mostRequests)
      return this.#answer(number, { error: tooMany(isWatch) })
    const controller = new AbortController()
    this.#open.set(number, controller)
    if (isWatch) this.#waiting.add(number)
    else this.#watchLeader()
    this.#carryOut(request, controller.signal)
      .then(
        (result): ClientAnswer => ({ result }),
        (error: unknown): ClientAnswer => ({ error: toldOf(error) }),
      )
      .then((answer) => {
        if (this.#open.get(number) !== controller) return
        this.#end(number)
        this.#answer(number, answer)
      })
  }

  closed(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    for (const controller of this.#open.values()) controller.abort()
    this.#open.clear()
  }

  #cancel(number: number): void {
    this.#open.get(number)?.abort()
  }

  #end(number: number): void {
    this.#open.delete(number)
    this.#waiting.delete(number)
  }

  /** A member that is cut off keeps no client waiting: another one may have a leader. */
  #watchLeader(): void {
    if (this.#cancelTimer !== null) return
    const { clock, electionTimeout } = this.#link
    this.#cancelTimer = clock.at(clock.now() + electionTimeout, () => {
      this.#cancelTimer = null
      this.#leaderless = this.#link.leader === null ? this.#leaderless + 1 : 0
      if (this.#leaderless >= patience) this.#sendAway()
      if (!this.#isClosed && this.#open.size > this.#waiting.size) this.#watchLeader()
    })
  }

  #sendAway(): void {
    for (const [number, controller] of [...this.#open]) {
      if (this.#waiting.has(number)) continue
      this.#end(number)
      controller.abort()
      this.#answer(number, { error: noLeader })
    }
  }

  #answer(number: number, answer: ClientAnswer): void {
    if (this.#isClosed) return
    this.#connection.send(encodeClientAnswer(number, answer))
    if (this.#connection.queuedBytes > mostQueuedBytes)
      this.#connection.destroy('a client does not read its answers')
  }

  async #carryOut(request: ClientRequest, signal: AbortSignal): Promise<Uint8Array> {
    switch (request.type) {
      case 'open':
        decodeNumber(request.bytes)
        return encodeOptional((await this.#submit(sessionOpening, request.bytes, signal)) as number | null)
      case 'command':
        return encodeOutcome(
          (await this.#submit(storeSessionCommand, request.bytes, signal)) as SessionOutcome,
        )
      case 'close':
        await this.#submit(sessionClosing, request.bytes, signal)
        return new Uint8Array(0)
      case 'range':
        return encodeResult(await this.#backend.range(request.request, request.consistency, { signal }))
      case 'leases':
        return encodeLeases(await this.#backend.leases(request.owner, { signal }))
      case 'renew':
        return encodeOptional(await this.#backend.renew(request.owner))
      case 'take':
        return this.#take(request.watch, signal)
      case 'cancel':
        throw new DecodeError('a cancel is not carried out')
    }
  }

  #submit(
    kind: Parameters<StoreLink['submit']>[0],
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => this.#link.submit(kind, bytes, signal, { resolve, reject }))
  }

  async #take(
    watch: Extract<ClientRequest, { readonly type: 'take' }>['watch'],
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const feed = await this.#backend.watch(watch, { signal })
    const { clock } = this.#link
    const onAbort = (): void => feed.close()
    signal.addEventListener('abort', onAbort, { once: true })
    const cancelTimer = clock.at(clock.now() + progressAfter, onAbort)
    try {
      const taken = await feed.take()
      return encodeTaken({ seen: feed.seen, taken })
    } finally {
      cancelTimer()
      signal.removeEventListener('abort', onAbort)
      feed.close()
    }
  }
}

/** It may have been submitted before the leader was lost. A client asks again in its session. */
const noLeader: ToldError = {
  code: 'OARLOCK_NO_LEADER',
  outcome: 'unknown',
  message: 'this member knows no leader: ask another one',
  leader: null,
}

const tooMany = (isWatch: boolean): ToldError => ({
  code: 'OARLOCK_TOO_MANY_UNCOMMITTED',
  outcome: 'not-applied',
  message: isWatch
    ? `a client may have ${mostWatches} watches, and this one asks for another: close some`
    : `a client may have ${mostRequests} requests without an answer, and this one makes another: ask more slowly`,
  leader: null,
})

function toldOf(error: unknown): ToldError {
  if (isOarlockError(error)) {
    const { code, outcome, message, leader } = error as ReadAbortedError
    return { code, outcome, message, leader }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'OARLOCK_DECODE',
    outcome: 'not-applied',
    message: `the request cannot be carried out: ${message}`,
    leader: null,
  }
}
