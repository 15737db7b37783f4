// Leases of etcd are renewed one by one, over one stream.
import type { Millis } from '@oarlock/core'
import type { LeaseId } from '@oarlock/store'
import type { Etcd3 } from 'etcd3'
import { processClock } from 'oarlock/node'
import { type Connection, type Endpoint, failureOf, needsLeader } from '../connection/index.ts'
import { leaseIdOf } from '../protocol/index.ts'

type Stream = Awaited<ReturnType<Etcd3['leaseClient']['leaseKeepAlive']>>

interface OpenStream {
  readonly calls: Stream
  readonly endpoint: Endpoint
}

/** The leases whose answers have not come yet. */
interface Round {
  readonly waiting: Set<LeaseId>
  renewed: number
  readonly end: (renewed: number | null) => void
}

export class LeaseRenewals {
  readonly #connection: Connection
  #stream: OpenStream | null = null
  #round: Round | null = null
  #isClosed = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * Resolves with how many of them are there, all of which have been renewed. Null: not all answers came in
   * time. One call at a time: after one that was not answered, its stream is given up, so that no late answer
   * counts for the next.
   */
  async renew(ids: readonly LeaseId[], timeout: Millis): Promise<number | null> {
    const until = processClock.now() + timeout
    while (processClock.now() < until) {
      try {
        const stream = this.#stream ?? (await this.#open(until))
        if (stream === null) return null
        const renewed = await this.#send(stream.calls, ids, until)
        if (renewed !== null) return renewed
        this.#fail('leases were not renewed in time')
      } catch (error) {
        this.#fail(failureOf(error).text)
      }
    }
    return null
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #open(until: Millis): Promise<OpenStream | null> {
    const endpoint = await this.#connection.endpoints.reached(until)
    if (endpoint === null) return null
    const calls = await endpoint.client.leaseClient.leaseKeepAlive({ interceptors: needsLeader })
    const stream = { calls, endpoint }
    this.#stream = stream
    if (this.#isClosed) {
      this.#drop()
      return null
    }
    const failed = (why: string): void => {
      if (this.#stream === stream) this.#fail(why)
    }
    calls.on('data', ({ ID, TTL }) => {
      if (this.#stream === stream) this.#answered(leaseIdOf(ID), Number(TTL) > 0)
    })
    calls.on('error', (error) => failed(failureOf(error).text))
    calls.on('end', () => failed('the stream of renewals has ended'))
    return stream
  }

  #send(calls: Stream, ids: readonly LeaseId[], until: Millis): Promise<number | null> {
    return new Promise((resolve) => {
      const cancel = processClock.at(until, () => this.#round?.end(null))
      this.#round = {
        waiting: new Set(ids),
        renewed: 0,
        end: (renewed) => {
          cancel()
          this.#round = null
          resolve(renewed)
        },
      }
      for (const ID of ids) calls.write({ ID })
    })
  }

  #answered(id: LeaseId, isThere: boolean): void {
    const round = this.#round
    if (round === null || !round.waiting.delete(id)) return
    if (isThere) round.renewed++
    if (round.waiting.size === 0) round.end(round.renewed)
  }

  #fail(why: string): void {
    const endpoint = this.#stream?.endpoint
    this.#drop()
    if (endpoint !== undefined) this.#connection.endpoints.failed(endpoint, why)
  }

  #drop(): void {
    const stream = this.#stream
    this.#stream = null
    this.#round?.end(null)
    stream?.calls.end()
    stream?.calls.cancel()
  }
}
