// The leadership of a member in a worker thread, in memory that both threads see. So the application's thread
// reads it without a message, also right after its event loop was blocked.
//
// There are two words: the fence, and until when the leadership is held. Fences only grow, and the worker ends
// one leadership before it begins the next. So a reader that finds the same fence before and after the time
// has read the time of that leadership.
import type { Millis } from '@oarlock/core'
import type { Fence } from '@oarlock/runtime'

const FENCE = 0
/** In whole µs of `process.hrtime`, which both threads share. */
const HELD_UNTIL = 1
const WORDS = 2
const never = -(2n ** 63n)
const always = 2n ** 63n - 1n

export const newSharedLeadership = (): SharedArrayBuffer =>
  new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT)

const sharedNow = (): Millis => Number(process.hrtime.bigint()) / 1e6

/**
 * How far `process.hrtime` is ahead of `performance.now()` in this thread, in ms. It is constant, but the two
 * are read one after the other: the error of `least` is below, that of `most` is above. So a lease never
 * looks longer than it is.
 */
function offset(error: 'least' | 'most'): Millis {
  let best: number | null = null
  for (let tries = 0; tries < 20; tries++) {
    const before = sharedNow()
    const local = performance.now()
    const after = sharedNow()
    if (error === 'least') best = Math.max(best ?? Number.NEGATIVE_INFINITY, before - local)
    else best = Math.min(best ?? Number.POSITIVE_INFINITY, after - local)
  }
  return best!
}

/** For the worker. */
export class LeadershipWriter {
  readonly #words: BigInt64Array
  readonly #ahead: Millis = offset('least')

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory)
    Atomics.store(this.#words, HELD_UNTIL, never)
  }

  /** `deadline`: by `performance.now()` of this thread; -Infinity: it is over. */
  write(fence: Fence, deadline: Millis): void {
    const words = this.#words
    if (Atomics.load(words, FENCE) !== BigInt(fence)) {
      Atomics.store(words, HELD_UNTIL, never)
      Atomics.store(words, FENCE, BigInt(fence))
    }
    Atomics.store(words, HELD_UNTIL, this.#shared(deadline))
  }

  /** No leadership is held. */
  end(): void {
    Atomics.store(this.#words, HELD_UNTIL, never)
  }

  #shared(deadline: Millis): bigint {
    if (deadline === Number.POSITIVE_INFINITY) return always
    return deadline === Number.NEGATIVE_INFINITY ? never : BigInt(Math.floor((deadline + this.#ahead) * 1000))
  }
}

/** For the application's thread. */
export class LeadershipReader {
  readonly #words: BigInt64Array
  readonly #ahead: Millis = offset('most')

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory)
  }

  /** The last fence; 0: there was none. */
  get fence(): Fence {
    return Number(Atomics.load(this.#words, FENCE))
  }

  /** Until when the leadership with this fence is held, by `performance.now()` of this thread; -Infinity: it is over. */
  heldUntil(fence: Fence): Millis {
    const words = this.#words
    const asked = BigInt(fence)
    if (Atomics.load(words, FENCE) !== asked) return Number.NEGATIVE_INFINITY
    const until = Atomics.load(words, HELD_UNTIL)
    if (Atomics.load(words, FENCE) !== asked || until === never) return Number.NEGATIVE_INFINITY
    return until === always ? Number.POSITIVE_INFINITY : Number(until) / 1000 - this.#ahead
  }
}
