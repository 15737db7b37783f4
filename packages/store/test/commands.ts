// Random requests, seeded, about few keys, leases and revisions, so that they concern each other.
import type { Change, Compare, CompareOperator, Operation, RangeRequest } from '../src/model/requests.ts'
import { type KeyRange, only } from '../src/model/sorted-map.ts'
import type { StoreState } from '../src/model/store-state.ts'

class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number below `most`. */
  int(most: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % most
  }

  chance(percent: number): boolean {
    return this.int(100) < percent
  }

  of<T>(...values: readonly T[]): T {
    return values[this.int(values.length)]!
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make)
  }
}

export class Commands {
  readonly #dice: Dice
  readonly #state: StoreState

  constructor(seed: number, state: StoreState) {
    this.#dice = new Dice(seed)
    this.#state = state
  }

  next(): Change | RangeRequest {
    const dice = this.#dice
    switch (dice.int(12)) {
      case 0:
      case 1:
      case 2:
        return this.#put()
      case 3:
        return this.#delete()
      case 4:
      case 5:
        return this.#range()
      case 6:
        return { type: 'grant', id: this.#lease(), ttl: 1_000_000, owner: 0 }
      case 7:
        return { type: 'revoke', ids: [this.#lease()] }
      case 8:
        return { type: 'compact', revision: this.#revision() }
      default:
        return this.#transaction(2)
    }
  }

  #bytes(...texts: readonly string[]): Uint8Array {
    return new TextEncoder().encode(this.#dice.of(...texts))
  }

  #key(): Uint8Array {
    return this.#dice.chance(5)
      ? Uint8Array.of(97, 255, 255)
      : this.#bytes('a', 'aa', 'ab', 'b', 'b/1', 'b/2', 'c')
  }

  #range_(): KeyRange {
    const dice = this.#dice
    if (dice.chance(40)) return only(this.#key())
    const [a, b] = [this.#key(), this.#key()]
    if (dice.chance(30)) return { from: dice.chance(50) ? a : new Uint8Array(0), before: null }
    return { from: a, before: b }
  }

  #lease(): number {
    return 1 + this.#dice.int(4)
  }

  #revision(): number {
    return Math.max(1, this.#state.keys.revision - this.#dice.int(12) + 2)
  }

  #put(): Extract<Operation, { type: 'put' }> {
    const dice = this.#dice
    return {
      type: 'put',
      key: this.#key(),
      value: dice.chance(8) ? null : this.#bytes('', 'x', 'y', 'yy', 'z'),
      lease: dice.chance(8) ? null : dice.chance(60) ? 0 : this.#lease(),
      returnPrevious: dice.chance(50),
    }
  }

  #delete(): Extract<Operation, { type: 'delete' }> {
    return { type: 'delete', range: this.#range_(), returnPrevious: this.#dice.chance(50) }
  }

  #range(): RangeRequest {
    const dice = this.#dice
    const by = dice.of('key', 'version', 'create', 'mod', 'value') as 'key'
    return {
      type: 'range',
      range: this.#range_(),
      ...(dice.chance(40) ? { revision: this.#revision() } : {}),
      ...(dice.chance(30) ? { limit: dice.int(4) } : {}),
      ...(dice.chance(30) ? { sort: { by, order: dice.of('ascending', 'descending') } } : {}),
      ...(dice.chance(20) ? { keysOnly: true } : {}),
      ...(dice.chance(10) ? { countOnly: true } : {}),
    }
  }

  #compare(): Compare {
    const dice = this.#dice
    const common = {
      range: dice.chance(80) ? only(this.#key()) : this.#range_(),
      operator: dice.of<CompareOperator>('=', '!=', '<', '>'),
    }
    const target = dice.of('version', 'create', 'mod', 'lease', 'value') as 'version' | 'value'
    if (target === 'value') return { ...common, target, value: this.#bytes('', 'x', 'y', 'z') }
    return { ...common, target, number: dice.chance(50) ? dice.int(3) : this.#revision() }
  }

  #operation(depth: number): Operation {
    const kind = this.#dice.int(depth > 0 ? 8 : 7)
    if (kind < 3) return this.#put()
    if (kind < 5) return this.#delete()
    return kind < 7 ? this.#range() : this.#transaction(depth - 1)
  }

  #transaction(depth: number): Extract<Operation, { type: 'transaction' }> {
    return {
      type: 'transaction',
      when: this.#dice.list(2, () => this.#compare()),
      success: this.#dice.list(3, () => this.#operation(depth)),
      failure: this.#dice.list(2, () => this.#operation(depth)),
    }
  }
}
