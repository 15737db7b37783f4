// Requests to etcd. A read is repeated at other members until its time is over. A write is sent once: etcd
// knows no sessions, so nobody could tell a repetition from another write.
import type { Millis } from '@oarlock/core'
import {
  type AbortOptions,
  MemberClosedError,
  NoLeaderError,
  type OarlockError,
  type Outcome,
  ProposalAbortedError,
  ProposalTimeoutError,
  ReadAbortedError,
  ReadTimeoutError,
} from '@oarlock/runtime'
import type { Etcd3 } from 'etcd3'
import { processClock } from 'oarlock/node'
import type { EtcdSettings } from '../options.ts'
import { type CallOptions, needsLeader } from './call-options.ts'
import { Endpoints } from './endpoints.ts'
import { failureOf, type Refusal, refusalOf } from './failure.ts'

/** Makes one request, or several that only read. */
export type Ask<T> = (client: Etcd3, options: CallOptions) => Promise<T>

export interface ReadOptions extends AbortOptions {
  /** Also a member that has no leader may serve it. */
  readonly local?: boolean
}

export class Connection {
  readonly endpoints: Endpoints
  readonly #dialTimeout: Millis
  readonly #requestTimeout: Millis
  /** Of calls that wait: what they do when this is closed. */
  readonly #calls: Set<() => void> = new Set()
  #isClosed = false

  /** Throws InvalidOptionsError. */
  constructor(settings: EtcdSettings) {
    this.endpoints = new Endpoints(settings)
    this.#dialTimeout = settings.dialTimeout
    this.#requestTimeout = settings.requestTimeout
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Throws Refusal, EtcdRefusedError, ReadTimeoutError, ReadAbortedError and MemberClosedError. */
  read<T>(ask: Ask<T>, { signal, local = false }: ReadOptions): Promise<T> {
    return this.#interruptible(signal, () => this.#read(ask, local), {
      aborted: (cause) => new ReadAbortedError('aborted by the caller: nothing was read', { cause }),
      closed: () => closedError('nothing was read', 'not-a-write'),
    })
  }

  /**
   * Throws Refusal, EtcdRefusedError, InvalidCommandError, NoLeaderError, ProposalTimeoutError,
   * ProposalAbortedError and MemberClosedError.
   */
  write<T>(ask: Ask<T>, { signal }: AbortOptions): Promise<T> {
    const sending = { isSent: false }
    const outcome = (): Outcome => (sending.isSent ? 'unknown' : 'not-applied')
    const what = (): string =>
      sending.isSent ? 'the request was sent, and may have been applied' : 'nothing was changed'
    return this.#interruptible(signal, () => this.#write(ask, sending), {
      aborted: (cause) => new ProposalAbortedError(`aborted by the caller: ${what()}`, outcome(), { cause }),
      closed: () => closedError(what(), outcome()),
    })
  }

  close(): void {
    this.#isClosed = true
    for (const end of [...this.#calls]) end()
    this.endpoints.close()
  }

  async #read<T>(ask: Ask<T>, local: boolean): Promise<T> {
    const until = processClock.now() + this.#requestTimeout
    for (;;) {
      const endpoint = await this.endpoints.reached(until)
      if (endpoint === null)
        throw new ReadTimeoutError(
          `etcd has not answered within ${this.#requestTimeout} ms (${this.endpoints.problem}): nothing was read`,
        )
      try {
        const options = { deadline: Date.now() + until - processClock.now() }
        return await ask(endpoint.client, local ? options : { ...options, interceptors: needsLeader })
      } catch (error) {
        const { kind, text } = failureOf(error)
        if (kind === 'refused') throw refusalOf(text, 'not-a-write')
        this.endpoints.failed(endpoint, text)
      }
    }
  }

  async #write<T>(ask: Ask<T>, sending: { isSent: boolean }): Promise<T> {
    const until = processClock.now() + this.#dialTimeout
    for (;;) {
      const endpoint = await this.endpoints.reached(until)
      if (endpoint === null)
        throw new NoLeaderError(
          `no member of etcd has answered within ${this.#dialTimeout} ms (${this.endpoints.problem}): nothing was changed`,
        )
      sending.isSent = true
      try {
        return await ask(endpoint.client, {
          deadline: Date.now() + this.#requestTimeout,
          interceptors: needsLeader,
        })
      } catch (cause) {
        const { kind, text } = failureOf(cause)
        if (kind === 'refused') throw refusalOf(text, 'not-applied')
        this.endpoints.failed(endpoint, text)
        if (kind === 'lost')
          throw new ProposalTimeoutError(
            `the answer of etcd was lost (${endpoint.host}: ${text}): the request may have been applied`,
            { cause },
          )
        sending.isSent = false
      }
    }
  }

  #interruptible<T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
    errors: { readonly aborted: (reason: unknown) => OarlockError; readonly closed: () => OarlockError },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(errors.closed())
      if (signal?.aborted) return reject(errors.aborted(signal.reason))
      const onAbort = (): void => {
        over()
        reject(errors.aborted(signal?.reason))
      }
      const onClose = (): void => {
        over()
        reject(errors.closed())
      }
      const over = (): void => {
        signal?.removeEventListener('abort', onAbort)
        this.#calls.delete(onClose)
      }
      signal?.addEventListener('abort', onAbort)
      this.#calls.add(onClose)
      work().then(
        (value) => {
          over()
          resolve(value)
        },
        (error: OarlockError | Refusal) => {
          over()
          reject(error)
        },
      )
    })
  }
}

const closedError = (what: string, outcome: Outcome): MemberClosedError =>
  new MemberClosedError(`the connection to etcd is closed: ${what}`, outcome)
