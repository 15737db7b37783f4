// Waits for conditions, with a time limit. They are checked again whenever something has changed.
import type { Platform } from './node/index.ts'

export class ConditionWaiter {
  readonly #platform: Platform
  readonly #checks: Set<() => void> = new Set()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** Resolves when the condition holds, or after `ms`. */
  until(holds: () => boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        this.#checks.delete(check)
        resolve()
      }
      const cancel = this.#platform.setTimer(end, ms)
      const check = (): void => {
        if (holds()) end()
      }
      this.#checks.add(check)
      check()
    })
  }

  /** Resolves when the promise does, or after `ms`. */
  fulfilled(promise: Promise<void>, ms: number): Promise<void> {
    let done = false
    promise.then(() => {
      done = true
      this.changed()
    })
    return this.until(() => done, ms)
  }

  /** To be called when something has changed. */
  changed(): void {
    for (const check of this.#checks) check()
  }
}
