// A member's side: carries out what clients ask. A client may do anything at any speed, so what it can cost is bounded:
// the requests that wait, and the bytes that it has not read yet. So is what all of them cost together.
import {
  type ClientConnection,
  type ClientHandler,
  DecodeError,
  decodeNumber,
  decodeSessionCommand,
  InvalidCommandError,
  isOarlockError,
  type ReadAbortedError,
  type SessionOutcome,
  type StoreLink,
  sessionClosing,
  sessionOpening,
  storeSessionCommand,
} from '@oarlock/runtime'
import type { StoreBackend, WatchFeed } from '../api/backend.ts'
import { AnswerTooLongError, TooManyRequestsError } from '../api/errors.ts'
import { decodeRequest } from '../codec/index.ts'
import { checkSubmitted } from '../model/request-limits.ts'
import { isRefused, type KeyValue, type RangeRequest } from '../model/requests.ts'
import { isOneKey } from '../model/sorted-map.ts'
import type { WatchBatch } from '../model/watches.ts'
import { Budget } from './budget.ts'
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

export interface ClientLimits {
  /** Without an answer, apart from watches. */
  readonly requests: number
  readonly watches: number
  /** Of answers that were not read. A client with more is cut off, or the one with the most of all. */
  readonly queuedBytes: number
}

const MiB = 1024 * 1024
const ofOne: ClientLimits = { requests: 1024, watches: 10_000, queuedBytes: 64 * MiB }
const ofAll: ClientLimits = { requests: 16_384, watches: 100_000, queuedBytes: 256 * MiB }
/** Longer answers are not sent. A client takes frames of 64 MiB. */
const longestAnswer: number = 32 * MiB
/** So much is sent to a client before it reads. Further answers wait, without their bytes. */
const window: number = 8 * MiB
/** Of one client: the items that ranges may find at once, so that those that wait for room take no more memory. */
const itemsAtOnce = 100_000
/** How often answers that wait look, in ms. */
const lookAgainAfter = 10
/** Clients that have read all but so many bytes are not counted together. */
const littleBytes: number = 16 * 1024
/** In election timeouts: how long requests wait for a leader here. */
const patience = 3
/** A watch of which nothing has changed is answered after this time, in ms: then its client knows how far it has seen. */
const progressAfter = 10_000

export interface ClientServiceInit {
  readonly link: StoreLink
  readonly backend: StoreBackend
  /** The number of keys in the store. */
  readonly size: () => number
  /** Default: as above. */
  readonly ofOne?: ClientLimits
  readonly ofAll?: ClientLimits
}

/** What all clients have open. */
export interface ClientCounts {
  readonly clients: number
  readonly requests: number
  readonly watches: number
}

export class ClientService {
  readonly init: Required<ClientServiceInit>
  readonly #clients: Set<ServedClient> = new Set()
  requests = 0
  watches = 0

  constructor(init: ClientServiceInit) {
    this.init = { ofOne, ofAll, ...init }
  }

  get counts(): ClientCounts {
    const { requests, watches } = this
    return { clients: this.#clients.size, requests, watches }
  }

  serve(connection: ClientConnection): ClientHandler {
    const client = new ServedClient(this, connection, () => this.#clients.delete(client))
    this.#clients.add(client)
    return client
  }

  /** Cuts off the client that has read the least, if all together have not read too much. */
  makeRoom(): void {
    let all = 0
    let slowest: ServedClient | null = null
    for (const client of this.#clients) {
      all += client.queuedBytes
      if (slowest === null || client.queuedBytes > slowest.queuedBytes) slowest = client
    }
    if (all > this.init.ofAll.queuedBytes) slowest?.cutOff()
  }
}

/** What is carried out at once. */
type Immediate = Exclude<ClientRequest, { readonly type: 'take' | 'cancel' }>

interface Cancellable {
  abort(): void
}

/** There is one for each change that a watch shows, and an AbortController takes as much time as the rest of it. */
class Taking implements Cancellable {
  #feed: WatchFeed | null = null
  #isAborted = false

  opened(feed: WatchFeed): void {
    this.#feed = feed
    if (this.#isAborted) feed.close()
  }

  abort(): void {
    this.#isAborted = true
    this.#feed?.close()
  }
}

class ServedClient implements ClientHandler {
  readonly #service: ClientService
  readonly #link: StoreLink
  readonly #backend: StoreBackend
  readonly #connection: ClientConnection
  readonly #onClose: () => void
  readonly #open: Map<number, Cancellable> = new Map()
  /** Those of them that wait for changes. */
  readonly #waiting: Set<number> = new Set()
  /** For how many election timeouts there has been no leader, as far as was looked. */
  #leaderless = 0
  #cancelTimer: (() => void) | null = null
  /** Of answers that are about to be sent, in bytes, about: by request, and all together. */
  readonly #lengths: Map<number, number> = new Map()
  #unsent = 0
  /** What each range may find. */
  readonly #items: Map<number, number> = new Map()
  readonly #budget: Budget = new Budget(itemsAtOnce)
  /** How many answers wait for room, and when the last of them has it. */
  #holding = 0
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(service: ClientService, connection: ClientConnection, onClose: () => void) {
    this.#service = service
    this.#link = service.init.link
    this.#backend = service.init.backend
    this.#connection = connection
    this.#onClose = onClose
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes
  }

  received(message: Uint8Array): void {
    const { number, request } = decodeClientRequest(message)
    if (request.type === 'cancel') return void this.#cancel(request.other)
    if (this.#open.has(number)) throw new DecodeError(`the request ${number} is open already`)
    const what = request.type === 'take' ? 'watches' : 'requests'
    const refusal = this.#tooMany(what)
    if (refusal !== null) return this.#answer(number, { error: refusal })
    this.#service[what]++
    if (request.type === 'take') {
      this.#waiting.add(number)
      const taking = new Taking()
      this.#open.set(number, taking)
      this.#answerWith(number, taking, this.#take(number, request.watch, taking))
    } else {
      const controller = new AbortController()
      this.#open.set(number, controller)
      this.#watchLeader()
      this.#answerWith(number, controller, this.#carryOut(number, request, controller.signal))
    }
  }

  #answerWith(number: number, call: Cancellable, result: Promise<Uint8Array>): void {
    result
      .then(
        (result): ClientAnswer => ({ result }),
        (error: unknown): ClientAnswer => ({ error: toldOf(error) }),
      )
      .then((answer) => {
        if (this.#open.get(number) !== call) return
        this.#end(number)
        this.#answer(number, answer)
      })
  }

  closed(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    for (const [number, call] of [...this.#open]) {
      this.#end(number)
      call.abort()
    }
    this.#onClose()
  }

  #tooMany(what: 'requests' | 'watches'): ToldError | null {
    const { ofOne, ofAll } = this.#service.init
    const own = what === 'watches' ? this.#waiting.size : this.#open.size - this.#waiting.size
    if (own >= ofOne[what])
      return tooMany(`a client may have ${ofOne[what]} ${what}, and this one has as many`)
    if (this.#service[what] < ofAll[what]) return null
    return tooMany(
      `the clients of a member may have ${ofAll[what]} ${what}, and they have as many: try another member`,
    )
  }

  #cancel(number: number): void {
    this.#open.get(number)?.abort()
  }

  #end(number: number): void {
    this.#open.delete(number)
    this.#unsent -= this.#lengths.get(number) ?? 0
    this.#lengths.delete(number)
    this.#budget.giveBack(this.#items.get(number) ?? 0)
    this.#items.delete(number)
    if (this.#waiting.delete(number)) this.#service.watches--
    else this.#service.requests--
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
    for (const [number, call] of [...this.#open]) {
      if (this.#waiting.has(number)) continue
      this.#end(number)
      call.abort()
      this.#answer(number, { error: noLeader })
    }
  }

  #answer(number: number, answer: ClientAnswer): void {
    if (this.#isClosed) return
    this.#connection.send(encodeClientAnswer(number, answer))
    if (this.queuedBytes > this.#service.init.ofOne.queuedBytes) this.cutOff()
    else if (this.queuedBytes > littleBytes) this.#service.makeRoom()
  }

  cutOff(): void {
    this.#connection.destroy('a client does not read its answers')
  }

  /** What cannot be decoded must not come into the log: it would stop every member. */
  async #carryOut(number: number, request: Immediate, signal: AbortSignal): Promise<Uint8Array> {
    switch (request.type) {
      case 'open':
        decodeNumber(request.bytes)
        return encodeOptional((await this.#submit(sessionOpening, request.bytes, signal)) as number | null)
      case 'command':
        checkCommand(request.bytes)
        return encodeOutcome(
          sendable((await this.#submit(storeSessionCommand, request.bytes, signal)) as SessionOutcome),
        )
      case 'close':
        decodeNumber(request.bytes)
        await this.#submit(sessionClosing, request.bytes, signal)
        return new Uint8Array(0)
      case 'range':
        return this.#range(number, request, signal)
      case 'leases':
        return encodeLeases(await this.#backend.leases(request.owner, { signal }))
      case 'renew':
        return encodeOptional(await this.#backend.renew(request.owner))
    }
  }

  #submit(
    kind: Parameters<StoreLink['submit']>[0],
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => this.#link.submit(kind, bytes, signal, { resolve, reject }))
  }

  async #range(
    number: number,
    { request, consistency }: Extract<ClientRequest, { readonly type: 'range' }>,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (!isOneKey(request.range) && request.countOnly !== true) await this.#admitRange(number, request)
    const answer = await this.#backend.range(request, consistency, { signal })
    if (!isRefused(answer)) await this.#room(number, lengthOf(answer.result.items))
    return encodeResult(answer)
  }

  async #admitRange(number: number, { limit, sort }: RangeRequest): Promise<void> {
    // To sort, everything is found.
    const most = sort === undefined ? limit : undefined
    const mayFind = Math.min(most ?? Number.POSITIVE_INFINITY, this.#service.init.size())
    const weight = await this.#budget.take(mayFind)
    if (this.#open.has(number)) this.#items.set(number, weight)
    else this.#budget.giveBack(weight)
  }

  /** Waits until the client has read so much that an answer of about this length may be sent, after those before it. */
  async #room(number: number, length: number): Promise<void> {
    if (length > longestAnswer) throw tooLong(length)
    const isFull = (): boolean => this.#unsent + this.queuedBytes > window && !this.#isClosed
    if (this.#holding > 0 || isFull()) {
      this.#holding++
      const before = this.#turn
      this.#turn = (async () => {
        await before
        while (isFull()) await this.#pause()
      })()
      await this.#turn
      this.#holding--
    }
    if (!this.#open.has(number)) return
    this.#lengths.set(number, length)
    this.#unsent += length
  }

  #pause(): Promise<void> {
    const { clock } = this.#link
    return new Promise((resolve) => clock.at(clock.now() + lookAgainAfter, resolve))
  }

  async #take(
    number: number,
    watch: Extract<ClientRequest, { readonly type: 'take' }>['watch'],
    taking: Taking,
  ): Promise<Uint8Array> {
    const feed = await this.#backend.watch(watch, {})
    taking.opened(feed)
    const { clock } = this.#link
    const cancelTimer = clock.at(clock.now() + progressAfter, () => feed.close())
    try {
      const taken = await feed.take()
      if (taken !== null && 'length' in taken) await this.#room(number, lengthOfBatches(taken))
      return encodeTaken({ seen: feed.seen, taken })
    } finally {
      cancelTimer()
      feed.close()
    }
  }
}

function checkCommand(bytes: Uint8Array): void {
  try {
    checkSubmitted(decodeRequest(decodeSessionCommand(bytes).command))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidCommandError(`this member does not understand the command (${why}): it was not applied`)
  }
}

/** Without what only their encoding adds. */
const lengthOf = (items: readonly KeyValue[]): number =>
  items.reduce((length, { key, value }) => length + key.length + value.length, 0)

function lengthOfBatches(batches: readonly WatchBatch[]): number {
  let length = 0
  for (const { events } of batches)
    for (const { item, previous } of events) length += lengthOf(previous === null ? [item] : [item, previous])
  return length
}

/** It was applied, so the client is told that much. */
const sendable = (outcome: SessionOutcome): SessionOutcome =>
  'answer' in outcome && typeof outcome.answer !== 'string' && outcome.answer.length > longestAnswer
    ? { ...outcome, answer: 'dropped' }
    : outcome

const tooLong = (length: number): AnswerTooLongError =>
  new AnswerTooLongError(
    `the answer has ${length} bytes, and a client gets at most ${longestAnswer} at once: ask for a part, with limit or keysOnly`,
  )

/** It may have been submitted before the leader was lost. A client asks again in its session. */
const noLeader: ToldError = {
  code: 'OARLOCK_NO_LEADER',
  outcome: 'unknown',
  message: 'this member knows no leader: ask another one',
  leader: null,
}

const tooMany = (message: string): ToldError => ({
  code: TooManyRequestsError.code,
  outcome: 'not-applied',
  message,
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
