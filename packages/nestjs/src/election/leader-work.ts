// Work that is done under a leadership: it can ask for that leadership, and shutdown waits for it.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Leadership } from 'oarlock'
import { processWide } from 'oarlock/node'
import { defaultElection } from './name.ts'

/** A linked list, the innermost leadership first. */
interface Context {
  readonly election: string
  readonly leadership: Leadership
  /** Shutdown waits for this work no longer. */
  readonly end: () => void
  readonly outer: Context | undefined
}

const contexts = processWide('nestjs.contexts', () => new AsyncLocalStorage<Context>())

/**
 * The leadership under which the caller runs, in a `@LeaderOnly` or `@OnElected` method, `runIfLeader` or a
 * LeaderInterceptor. It stays the same one after it was lost. Null if the caller does not run under a
 * leadership of that election.
 */
export function currentLeadership(election: string = defaultElection): Leadership | null {
  for (let context = contexts.getStore(); context !== undefined; context = context.outer)
    if (context.election === election) return context.leadership
  return null
}

/**
 * The caller closes an election, and probably waits for that. If it is leader work itself, shutdown does not
 * wait for that work: it would wait for itself.
 */
export function callerCloses(): void {
  for (let context = contexts.getStore(); context !== undefined; context = context.outer) context.end()
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

export class LeaderWork {
  readonly #election: string
  readonly #running = new Set<{ readonly what: string }>()
  readonly #waiting = new Set<() => void>()

  constructor(election: string) {
    this.#election = election
  }

  /** The names of the work that runs now. */
  get running(): string[] {
    return [...this.#running].map(({ what }) => what)
  }

  /**
   * Runs `work` under that leadership. If it returns a promise, it counts as running until the promise
   * settles.
   */
  run<T>(what: string, leadership: Leadership, work: () => T): T {
    const end = this.begin(what)
    let value: T
    try {
      value = this.within(leadership, end, work)
    } catch (error) {
      end()
      throw error
    }
    if (isThenable(value)) value.then(end, end)
    else end()
    return value
  }

  /**
   * Calls `work` so that currentLeadership() gives it that leadership. `end` is that of its begin(), because
   * shutdown does not wait for the end of `work` itself.
   */
  within<T>(leadership: Leadership, end: () => void, work: () => T): T {
    return contexts.run({ election: this.#election, leadership, end, outer: contexts.getStore() }, work)
  }

  /** Work begins that is not a function to call. Call the returned function when it has ended. */
  begin(what: string): () => void {
    const entry = { what }
    this.#running.add(entry)
    return () => {
      this.#running.delete(entry)
      if (this.#running.size > 0) return
      for (const done of this.#waiting) done()
      this.#waiting.clear()
    }
  }

  /** Resolves when nothing runs. */
  ended(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add(resolve))
  }
}
