// The same commands, seeded and random, to the store and to a real etcd: every answer must be the same.
import { describe, expect, it } from 'vitest'
import type { Change, Compare, CompareOperator, Operation, RangeRequest } from '../src/model/requests.ts'
import { isRefused } from '../src/model/requests.ts'
import { type KeyRange, only } from '../src/model/sorted-map.ts'
import { StoreState } from '../src/model/store-state.ts'
import { askEtcd, type Comparable, comparable } from './etcd-requests.ts'
import { EtcdServer, hasEtcd } from './etcd-server.ts'

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

class Commands {
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
        return this.#put(true)
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

  /** `anyLease`: also one that is not there. In a transaction that stops etcd 3.4. */
  #put(anyLease: boolean): Extract<Operation, { type: 'put' }> {
    const dice = this.#dice
    const lease = this.#lease()
    const mayHold = anyLease || this.#state.leases.get(lease) !== undefined
    return {
      type: 'put',
      key: this.#key(),
      value: dice.chance(8) ? null : this.#bytes('', 'x', 'y', 'yy', 'z'),
      lease: dice.chance(8) ? null : dice.chance(60) || !mayHold ? 0 : lease,
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
    if (kind < 3) return this.#put(false)
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

function askStore(state: StoreState, request: Change | RangeRequest): Comparable {
  const answer = request.type === 'range' ? state.range(request) : state.apply(request)
  if (isRefused(answer)) return { refused: answer.failure.reason }
  // etcd refuses to revoke what is not there.
  if (answer.result.type === 'revoke' && answer.result.ids.length === 0) return { refused: 'no-lease' }
  return { revision: answer.revision, result: comparable(answer.result) }
}

/** etcd does not compare these with the keys that the transaction puts. */
const deletesToTheEnd = (request: Change | Operation): boolean =>
  request.type === 'transaction'
    ? [...request.success, ...request.failure].some(deletesToTheEnd)
    : request.type === 'delete' && request.range.before === null

const seeds = Number(process.env.SEEDS ?? 3)
const from = Number(process.env.FROM ?? 1)

describe.skipIf(!hasEtcd())('the store and etcd', () => {
  it('give the same answers', async () => {
    for (let seed = from; seed < from + seeds; seed++) {
      await using etcd = await EtcdServer.start()
      const state = new StoreState()
      const commands = new Commands(seed, state)
      for (let n = 0; n < 1000; n++) {
        const request = commands.next()
        const ours = askStore(state, request)
        if ('refused' in ours && ours.refused === 'duplicate-key' && deletesToTheEnd(request)) continue
        const theirs = await askEtcd(etcd, request)
        expect({ seed, n, request, ...ours }).toEqual({ seed, n, request, ...theirs })
      }
    }
  })
})
