// An Election that exists before it is opened. Providers get it in their constructors, and it opens when the
// application has started. Until then this instance does not lead and knows no leader.
import {
  type AbortOptions,
  type Election,
  type ElectionStatus,
  type Health,
  type LeaderInfo,
  type Leadership,
  type Member,
  MemberClosedError,
} from 'oarlock'
import { interruptible } from 'oarlock/node'
import { callerCloses } from './leader-work.ts'

type Explanation = ReturnType<Election['why']>

const notStarted = 'The application has not started yet. It stands for election when it has.'

const closedBefore = () =>
  new MemberClosedError('the application closed before it stood for election', 'not-a-write')

export class DeferredElection implements Election {
  readonly closed: Promise<void>
  #election: Election | null = null
  readonly #opened: Promise<Election>
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null
  #resolveOpened!: (election: Election) => void
  #rejectOpened!: (reason: Error) => void
  #resolveClosed!: (closed?: Promise<void>) => void

  constructor() {
    this.#opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve
      this.#rejectOpened = reject
    })
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    // A rejection that nobody awaits must not end the process.
    this.#opened.catch(() => {})
    this.closed.catch(() => {})
  }

  /** Rejects with the error that `make` throws. */
  open(make: () => Election | Promise<Election>): Promise<void> {
    this.#opening ??= this.#open(make)
    return this.#opening
  }

  async #open(make: () => Election | Promise<Election>): Promise<void> {
    if (this.#closing !== null) return
    const election = await make()
    this.#election = election
    this.#resolveClosed(election.closed)
    this.#resolveOpened(election)
  }

  /** Rejects with the signal's reason, or with MemberClosedError if it was closed before it was opened. */
  whenOpen(signal?: AbortSignal): Promise<Election> {
    if (signal === undefined) return this.#opened
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#opened.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    })
  }

  /** Empty until it is open. */
  get id(): string {
    return this.#election?.id ?? ''
  }

  get leadership(): Leadership | null {
    return this.#election?.leadership ?? null
  }

  get leader(): LeaderInfo | null {
    return this.#election?.leader ?? null
  }

  /**
   * What a member says of itself; null: it is not open, or over a broker, which says no more than `status`.
   */
  get liveness(): Health | null {
    const election: (Election & Partial<Pick<Member<never, unknown>, 'live'>>) | null = this.#election
    return election?.live?.() ?? null
  }

  async lead<T>(
    task: (leadership: Leadership) => Promise<T>,
    options: AbortOptions = {},
  ): Promise<T | undefined> {
    let election: Election
    try {
      election = await this.whenOpen(options.signal)
    } catch (error) {
      if (error instanceof MemberClosedError) return undefined
      throw error
    }
    return election.lead(task, options)
  }

  observe(options: AbortOptions = {}): AsyncGenerator<LeaderInfo | null, void, undefined> {
    return interruptible((returned) => {
      const signal = options.signal === undefined ? returned : AbortSignal.any([options.signal, returned])
      return this.#observe(signal)
    })
  }

  async *#observe(signal: AbortSignal): AsyncGenerator<LeaderInfo | null, void, undefined> {
    if (this.#election === null) {
      yield null
      try {
        await this.whenOpen(signal)
      } catch {
        return // Closed or aborted: both end the iteration.
      }
    }
    yield* this.#election!.observe({ signal })
  }

  why(): Explanation {
    if (this.#election !== null) return this.#election.why()
    return {
      leader: null,
      findings: [{ kind: 'does-not-stand', node: this.id, text: notStarted }],
      toString: () => notStarted,
    }
  }

  status(): ElectionStatus {
    if (this.#election !== null) return this.#election.status()
    const state = this.#closing === null ? 'waiting' : 'closed'
    return { id: this.id, state, held: false, leader: null, problems: [] }
  }

  async transferLeadership(options: AbortOptions & { readonly to?: string } = {}): Promise<string> {
    return (await this.whenOpen(options.signal)).transferLeadership(options)
  }

  close(): Promise<void> {
    callerCloses()
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // open() has reported its own failure.
    await this.#opening?.catch(() => {})
    if (this.#election !== null) return this.#election.close()
    this.#rejectOpened(closedBefore())
    this.#resolveClosed()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
