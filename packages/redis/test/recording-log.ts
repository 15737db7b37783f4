// A Logger that keeps its warnings and errors.
import type { Logger } from '@oarlock/runtime'

export class RecordingLog implements Logger {
  readonly warnings: string[] = []
  readonly #listeners = new Set<() => void>()

  debug(): void {}
  info(): void {}

  warn(_: object, message: string): void {
    this.warnings.push(message)
    for (const listener of [...this.#listeners]) listener()
  }

  error(_: object, message: string): void {
    this.warn(_, message)
  }

  /** Resolves with the first warning that matches, earlier ones included. */
  warned(like: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.warnings.find((warning) => like.test(warning))
        if (found === undefined) return
        this.#listeners.delete(look)
        resolve(found)
      }
      this.#listeners.add(look)
      look()
    })
  }
}
