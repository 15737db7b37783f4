// The greatest or least value of the last few seconds, in slots of equal length.
import type { Millis } from '@oarlock/core'

const slots = 4

/** Old values leave when new ones come: without new ones, the last known are kept. */
export class Recent {
  readonly #slotLength: Millis
  readonly #better: (a: number, b: number) => number
  #values: number[] = []
  #slotBegan: Millis = Number.NEGATIVE_INFINITY

  /** Keeps values for `length` ms. `better` chooses one of two: Math.max or Math.min. */
  constructor(length: Millis, better: (a: number, b: number) => number) {
    this.#slotLength = length / slots
    this.#better = better
  }

  add(value: number, now: Millis): void {
    if (now >= this.#slotBegan + this.#slotLength) {
      this.#slotBegan = now
      this.#values.push(value)
      if (this.#values.length > slots) this.#values.shift()
    } else this.#values.push(this.#better(this.#values.pop()!, value))
  }

  /** Null: there is no value yet. */
  get best(): number | null {
    return this.#values.length === 0 ? null : this.#values.reduce((a, b) => this.#better(a, b))
  }
}
