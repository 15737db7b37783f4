// The progress of a long run: on a terminal one line that is rewritten, elsewhere a line now and then.
import { styleText } from 'node:util'
import { duration, grouped } from '../telling/index.ts'
import type { Totals } from '../workers/index.ts'

const AGAIN_ON_TERMINAL = 200
const AGAIN_ELSEWHERE = 30_000
const WIDTH = 24
const HOUR = 3_600_000

/** `elapsed` in ms. */
export function progressText({ runs, simulated }: Totals, seeds: number, elapsed: number): string {
  const rate = (runs / elapsed) * 1000
  const left = runs === 0 ? '?' : duration(((seeds - runs) / runs) * elapsed)
  return `${grouped(runs)} of ${grouped(seeds)} · ${grouped(rate)} seeds/s · ${left} left · ${(simulated / HOUR).toFixed(1)} cluster-hours`
}

function bar(share: number): string {
  const full = Math.round(share * WIDTH)
  return `${styleText('green', '━'.repeat(full))}${styleText('dim', '━'.repeat(WIDTH - full))} ${`${Math.floor(share * 100)}`.padStart(3)} %`
}

export class Progress {
  readonly #seeds: number
  readonly #output: NodeJS.WriteStream
  readonly #now: () => number
  readonly #began: number
  #shown: number
  #tenths = 0

  /** `now`: the real time, in ms. */
  constructor(
    seeds: number,
    output: NodeJS.WriteStream = process.stdout,
    now: () => number = () => performance.now(),
  ) {
    this.#seeds = seeds
    this.#output = output
    this.#now = now
    this.#began = now()
    this.#shown = this.#began
  }

  show(totals: Totals): void {
    const now = this.#now()
    const text = progressText(totals, this.#seeds, now - this.#began)
    const share = totals.runs / this.#seeds
    if (this.#output.isTTY) {
      if (now - this.#shown < AGAIN_ON_TERMINAL) return
      const line = `${bar(share)}  ${text}`
      // A wrapped line could not be rewritten, so the bar is left out, and then the text is cut.
      const { columns } = this.#output
      const fits = text.length + WIDTH + 8 < columns
      this.#output.write(`\r\x1b[K${fits ? line : text.slice(0, columns - 1)}`)
    } else {
      const tenths = Math.floor(share * 10)
      const isDue =
        now - this.#shown >= AGAIN_ELSEWHERE || (tenths > this.#tenths && now - this.#began > 5000)
      if (!isDue || share >= 1) return
      this.#tenths = tenths
      this.#output.write(`${text}\n`)
    }
    this.#shown = now
  }

  /** Removes the line. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[K')
  }
}
