// The world's clock, as a process sees it that can be stopped: its timers fire late, when it continues.
import type { FakeClock } from '@oarlock/test-support/fake-clock'

export class PausableClock {
  readonly #clock: FakeClock
  #paused = false
  #missed: (() => void)[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  at(at: number, callback: () => void): () => void {
    let cancelled = false
    const cancel = this.#clock.at(at, () => {
      if (cancelled) return
      if (this.#paused) this.#missed.push(() => !cancelled && callback())
      else callback()
    })
    return () => {
      cancelled = true
      cancel()
    }
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    for (const callback of this.#missed.splice(0)) callback()
  }
}
