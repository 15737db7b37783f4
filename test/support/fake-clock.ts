// A clock that moves only when a test says so. It can move without firing timers, as if the event loop
// stalled.
import type { Clock } from '@oarlock/runtime'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export class FakeClock implements Clock {
  #now = 1000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  at(at: number, callback: () => void): () => void {
    const timer = { at, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Time passes, but no timer fires. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Time passes, then every due timer fires, the earliest first. */
  advance(ms: number): void {
    this.stall(ms)
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)
    for (const timer of due) if (this.#timers.delete(timer)) timer.callback()
  }

  /** Time passes. Each timer fires at its time, and what it has caused comes before the next one. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    await settled()
    for (;;) {
      const next = Math.min(...[...this.#timers].map(({ at }) => at))
      if (next > end) break
      this.advance(Math.max(0, next - this.#now))
      await settled()
    }
    this.#now = end
  }

  get timers(): number {
    return this.#timers.size
  }
}
