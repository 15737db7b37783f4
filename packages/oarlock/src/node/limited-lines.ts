// Log lines, limited by rate. A line that comes again within a minute is counted, and written once more at the
// end of the minute. Not more than some lines a minute are written, so that neither a broken network nor a test
// with many members floods a terminal or a log.
import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'

export const linesInMinute = 20
const minute: Millis = 60_000

export class LimitedLines {
  readonly #write: (line: string) => void
  readonly #clock: Clock
  /** The lines of this minute, without their figures, and how often they came since they were written. */
  #counts = new Map<string, { readonly line: string; repeats: number }>()
  #leftOut = 0
  #inMinute = false

  constructor(write: (line: string) => void, clock: Clock) {
    this.#write = write
    this.#clock = clock
  }

  add(line: string): void {
    this.#beginMinute()
    const key = line.replace(/\d+/g, '#')
    const known = this.#counts.get(key)
    if (known !== undefined) known.repeats++
    else if (this.#counts.size >= linesInMinute) this.#leftOut++
    else {
      this.#counts.set(key, { line, repeats: 0 })
      this.#write(`${line}\n`)
    }
  }

  #beginMinute(): void {
    if (this.#inMinute) return
    this.#inMinute = true
    this.#clock.at(this.#clock.now() + minute, () => this.#endMinute())
  }

  #endMinute(): void {
    const repeated = [...this.#counts].filter(([, { repeats }]) => repeats > 0)
    for (const [, { line, repeats }] of repeated)
      this.#write(`${line} (${repeats === 1 ? 'once' : `${repeats} times`} more within a minute)\n`)
    if (this.#leftOut > 0)
      this.#write(
        `oarlock: ${this.#leftOut} more lines were left out within a minute. Pass a logger to see all.\n`,
      )
    this.#leftOut = 0
    this.#inMinute = false
    // What goes on is said once a minute, with its number.
    this.#counts = new Map(repeated.map(([key, { line }]) => [key, { line, repeats: 0 }]))
    if (repeated.length > 0) this.#beginMinute()
  }
}
