// `lead()`: runs a task under each leadership in turn, one run at a time.
import { MemberClosedError } from '../errors.ts'
import type { Leadership, LeadershipTracker } from '../leadership/index.ts'
import { checkAbortOptions, checkTask } from '../options/index.ts'
import type { AbortOptions } from './election.ts'

/** How a run ended. */
type Ending<T> = { readonly value: T } | { readonly error: unknown }

/**
 * Knows in which run of a task the caller is, through calls and promises. Node's AsyncLocalStorage is one.
 */
export interface TaskContext {
  run<T>(run: object, work: () => T): T
  getStore(): object | undefined
}

export class LeadTasks {
  readonly #tracker: LeadershipTracker
  readonly #context: TaskContext | undefined
  /** The runs that `close` waits for. */
  readonly #running: Set<object> = new Set()
  #onNoneRunning: (() => void) | null = null

  constructor(tracker: LeadershipTracker, context: TaskContext | undefined) {
    this.#tracker = tracker
    this.#context = context
  }

  async lead<T>(task: (leadership: Leadership) => Promise<T>, options: AbortOptions): Promise<T | undefined> {
    checkTask(task)
    checkAbortOptions('lead', options)
    try {
      return await this.#leadUntilClosed(task, options.signal)
    } catch (error) {
      // A graceful shutdown is not an error. If the member had to stop, it is one.
      if (error instanceof MemberClosedError && error.cause === undefined) return undefined
      throw error
    }
  }

  async #leadUntilClosed<T>(
    task: (leadership: Leadership) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (;;) {
      const leadership = await this.#tracker.next(signal)
      if (!leadership.held || leadership.signal.aborted) continue
      const lent = signal === undefined ? leadership : withSignal(leadership, signal)
      const ending = await this.#run(task, lent)
      if ('value' in ending) {
        if (leadership.held || toldToEnd(leadership, signal)) return ending.value
      } else {
        signal?.throwIfAborted()
        if (closing(leadership)) throw leadership.signal.reason
        if (leadership.held) throw ending.error
      }
      // The leadership was lost: the task runs again at the next one.
    }
  }

  async #run<T>(task: (leadership: Leadership) => Promise<T>, leadership: Leadership): Promise<Ending<T>> {
    const run = {}
    // Before the task begins, because it may lead to a call of `close` before its first `await`.
    this.#running.add(run)
    try {
      const work = () => task(leadership)
      return { value: await (this.#context === undefined ? work() : this.#context.run(run, work)) }
    } catch (error) {
      return { error }
    } finally {
      this.#ended(run)
    }
  }

  /** The caller waits for `close`. If it is a task, `close` does not wait for that task. */
  callerWaitsForClose(): void {
    const run = this.#context?.getStore()
    if (run !== undefined) this.#ended(run)
  }

  #ended(run: object): void {
    this.#running.delete(run)
    if (this.#running.size === 0) this.#onNoneRunning?.()
  }

  /** Calls `done` once no task runs, maybe at once. Call the returned function to cancel. */
  whenNoneRuns(done: () => void): () => void {
    this.#onNoneRunning = done
    if (this.#running.size === 0) done()
    return () => {
      this.#onNoneRunning = null
    }
  }
}

/** Whether the member closes. No other leadership follows then, unlike after a loss. */
const closing = ({ signal }: Leadership): boolean => signal.reason instanceof MemberClosedError

/**
 * Whether the caller or the closing member told the task to end. Then its value is the result; after a loss
 * it is not.
 */
const toldToEnd = (leadership: Leadership, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || closing(leadership)

/** The same leadership, with a signal that the caller's signal aborts too. */
function withSignal(leadership: Leadership, signal: AbortSignal): Leadership {
  const either = AbortSignal.any([leadership.signal, signal])
  return {
    fence: leadership.fence,
    signal: either,
    get held() {
      return leadership.held
    },
    get deadline() {
      return leadership.deadline
    },
    assertHeld: () => leadership.assertHeld(),
  }
}
