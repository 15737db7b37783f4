// lead(): runs a task under each leadership in turn, one run at a time.
import { MemberClosedError } from '../errors.ts'
import type { AbortOptions, Leadership } from './election.ts'
import type { Reign } from './reign.ts'

/** What a run ended with. */
type Ending<T> = { readonly value: T } | { readonly error: unknown }

export class LeadTasks {
  readonly #reign: Reign
  readonly #running = new Set<Promise<unknown>>()

  constructor(reign: Reign) {
    this.#reign = reign
  }

  async lead<T>(
    task: (leadership: Leadership) => Promise<T>,
    { signal }: AbortOptions,
  ): Promise<T | undefined> {
    try {
      return await this.#leadUntilClosed(task, signal)
    } catch (error) {
      // A member that leaves in order is no failure of whoever ran tasks on it; one that had to stop is.
      if (error instanceof MemberClosedError && error.cause === undefined) return undefined
      throw error
    }
  }

  async #leadUntilClosed<T>(
    task: (leadership: Leadership) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (;;) {
      const leadership = await this.#reign.next(signal)
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
      // The leadership was lost: whatever the task made of it, it is due again at the next one.
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

/** The member closes: this reason, unlike a loss, is final. */
const closing = ({ signal }: Leadership): boolean => signal.reason instanceof MemberClosedError

/** By the caller or by the member's closing, not by a loss: then what the task returns is the result. */
const toldToEnd = (leadership: Leadership, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || closing(leadership)

/** The same leadership, whose signal the caller's signal aborts too. */
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
