// `lead()`: runs a task under each leadership in turn, one run at a time.
import { MemberClosedError } from '../errors.ts'
import type { Leadership, LeadershipTracker } from '../leadership/index.ts'
import type { AbortOptions } from './election.ts'

/** How a run ended. */
type Ending<T> = { readonly value: T } | { readonly error: unknown }

export class LeadTasks {
  readonly #tracker: LeadershipTracker
  readonly #running: Set<Promise<unknown>> = new Set()

  constructor(tracker: LeadershipTracker) {
    this.#tracker = tracker
  }

  async lead<T>(
    task: (leadership: Leadership) => Promise<T>,
    { signal }: AbortOptions,
  ): Promise<T | undefined> {
    try {
      return await this.#leadUntilClosed(task, signal)
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
      const run = runToEnd(task, lent)
      this.#running.add(run)
      const ending = await run
      this.#running.delete(run)
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

  /** Resolves when every task that runs now has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running)
  }
}

async function runToEnd<T>(
  task: (leadership: Leadership) => Promise<T>,
  leadership: Leadership,
): Promise<Ending<T>> {
  try {
    return { value: await task(leadership) }
  } catch (error) {
    return { error }
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
