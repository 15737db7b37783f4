// Watches of one process that want the same changes next ask for them together: one request, one answer.
import type { WatchRequest } from '../model/watches.ts'
import type { Call, CallFailure, Calls } from './calls.ts'
import { decodeTaken, type TakenAnswer } from './messages.ts'

export type TakeRequest = WatchRequest & { readonly from: number }
/** Called once, with the answer or the failure. */
export type TakeDone = (answer: TakenAnswer | null, failure: CallFailure | null) => void

interface Shared {
  readonly waiting: Set<TakeDone>
  call: Call | null
}

export class SharedTakes {
  readonly #calls: Pick<Calls, 'call'>
  readonly #open: Map<string, Shared> = new Map()

  constructor(calls: Pick<Calls, 'call'>) {
    this.#calls = calls
  }

  take(watch: TakeRequest, done: TakeDone): Pick<Call, 'abort'> {
    const name = nameOf(watch)
    const shared = this.#open.get(name) ?? { waiting: new Set(), call: null }
    shared.waiting.add(done)
    if (!this.#open.has(name)) {
      this.#open.set(name, shared)
      shared.call = this.#calls.call({ type: 'take', watch }, (result, failure) => {
        if (this.#open.get(name) === shared) this.#open.delete(name)
        const answer = failure === null ? decodeTaken(result!) : null
        for (const one of shared.waiting) one(answer, failure)
      })
    }
    return { abort: () => this.#abort(name, shared, done) }
  }

  #abort(name: string, shared: Shared, done: TakeDone): void {
    if (this.#open.get(name) !== shared || !shared.waiting.has(done)) return
    if (shared.waiting.size === 1) {
      // Nobody may join what is not answered any more.
      this.#open.delete(name)
      shared.call?.abort()
    } else {
      shared.waiting.delete(done)
      done(null, { why: 'aborted', sent: true })
    }
  }
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** It differs if anything that is wanted does. */
const nameOf = ({ range: { from, before }, from: first, previous = false, only }: TakeRequest): string =>
  `${first} ${previous} ${only ?? ''} ${from.length} ${text(from)}${before === null ? '' : ` ${text(before)}`}`
