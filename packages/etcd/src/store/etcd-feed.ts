// The changes of a range from a revision on, whatever happens to the connection: it knows the last revision
// that it has handed out, and goes on after it. etcd is asked for changes when the consumer asks. Answers that
// are not read for a moment are given up together with their stream, and requested again later.
import type { Millis } from '@oarlock/core'
import type { Revision, Taken, WatchFeed, WatchRequest } from '@oarlock/store'
import type { IWatchResponse } from 'etcd3'
import { processClock } from 'oarlock/node'
import { type Connection, type Endpoint, failureOf, needsLeader, refusalOf } from '../connection/index.ts'
import { batchesOf, boundsOf } from '../protocol/index.ts'
import { WatchCall } from './watch-call.ts'

/** In ms. */
const idleTime: Millis = 1000
const retryDelay: Millis = 100
const dialTime: Millis = 1000

type Given = NonNullable<Taken>

export class EtcdFeed implements WatchFeed {
  readonly #connection: Connection
  readonly #request: WatchRequest
  readonly #onClose: (feed: EtcdFeed) => void
  #seen: Revision
  #endpoint: Endpoint | null = null
  #call: WatchCall | null = null
  #cancelIdle: (() => void) | null = null
  #wake: (() => void) | null = null
  #isClosed = false

  constructor(
    connection: Connection,
    request: WatchRequest,
    first: Revision,
    onClose: (feed: EtcdFeed) => void,
  ) {
    this.#connection = connection
    this.#request = request
    this.#onClose = onClose
    this.#seen = first - 1
  }

  get seen(): Revision {
    return this.#seen
  }

  /** Throws EtcdRefusedError. */
  async take(): Promise<Given | null> {
    this.#cancelIdle?.()
    let taken: Given | null = null
    while (!this.#isClosed && taken === null) taken = await this.#next()
    if (!this.#isClosed) this.#cancelIdle = processClock.at(processClock.now() + idleTime, () => this.#drop())
    return this.#isClosed ? null : taken
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelIdle?.()
    this.#drop()
    this.#wake?.()
    this.#onClose(this)
  }

  /** Null: it has to be asked again. */
  async #next(): Promise<Given | null> {
    try {
      this.#call ??= await this.#open()
      const response = this.#isClosed ? null : ((await this.#call?.next()) ?? null)
      if (response !== null) return this.#taken(response)
      await this.#failed('the watch has ended')
    } catch (error) {
      const { kind, text } = failureOf(error)
      if (kind === 'refused') throw refusalOf(text, 'not-a-write')
      await this.#failed(text)
    }
    return null
  }

  /**
   * It begins one revision earlier. etcd takes a watch from the revision of its last compaction on, although
   * it has forgotten what that revision has deleted.
   */
  async #open(): Promise<WatchCall | null> {
    const endpoint = await this.#connection.endpoints.reached(processClock.now() + dialTime)
    if (endpoint === null || this.#isClosed) return null
    await this.#connection.endpoints.authenticate(endpoint)
    const { range, previous = false, only } = this.#request
    const request = {
      ...boundsOf(range),
      start_revision: Math.max(this.#seen, 1),
      prev_kv: previous,
      filters: only === undefined ? [] : [only === 'put' ? ('Nodelete' as const) : ('Noput' as const)],
    }
    this.#endpoint = endpoint
    const call = await WatchCall.open(endpoint.client, request, { interceptors: needsLeader })
    if (this.#isClosed) call.close()
    return call
  }

  #taken(response: IWatchResponse): Given | null {
    if (response.canceled) {
      const compacted = Number(response.compact_revision)
      if (compacted > 0) return { failure: { reason: 'compacted', compacted } }
      throw new Error(response.cancel_reason)
    }
    const batches = batchesOf(response, this.#seen)
    this.#seen = batches.at(-1)?.revision ?? this.#seen
    return batches.length > 0 ? batches : null
  }

  #drop(): void {
    const call = this.#call
    this.#call = null
    call?.close()
  }

  async #failed(why: string): Promise<void> {
    this.#drop()
    if (this.#isClosed) return
    const endpoint = this.#endpoint
    if (endpoint !== null) this.#connection.endpoints.failed(endpoint, why)
    await new Promise<void>((resolve) => {
      const cancel = processClock.at(processClock.now() + retryDelay, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
