// Work that is done under a leadership: within it the leadership is at hand, and shutdown waits until it is done.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Leadership } from 'oarlock'

/** The innermost first. */
interface Context {
  readonly election: string
  readonly leadership: Leadership
  readonly outer: Context | undefined
}

const contexts = new AsyncLocalStorage<Context>()

/**
 * The leadership under which the caller runs: within a `@LeaderOnly` or `@OnElected` method, `runIfLeader`, a LeaderInterceptor.
 * It stays the same one after it was lost. Null: the caller does not run under a leadership of that election.
 */
export function currentLeadership(election: string = 'default'): Leadership | null {
  for (let context = contexts.getStore(); context !== undefined; context = context.outer)
    if (context.election === election) return context.leadership
  return null
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

  /** What runs now, by its names. */
  get running(): string[] {
    return [...this.#running].map(({ what }) => what)
  }

  /** Runs it under that leadership. If it gives a promise it runs until that is settled. */
  run<T>(what: string, leadership: Leadership, work: () => T): T {
    const end = this.begin(what)
    let value: T
    try {
      value = this.within(leadership, work)
    } catch (error) {
      end()
      throw error
    }
    if (isThenable(value)) value.then(end, end)
    else end()
    return value
  }

  /** Runs it with that leadership at hand; nobody waits for it. */
  within<T>(leadership: Leadership, work: () => T): T {
    return contexts.run({ election: this.#election, leadership, outer: contexts.getStore() }, work)
  }

  /** Something begins of which only the end will be told. Returns what tells the end. */
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
