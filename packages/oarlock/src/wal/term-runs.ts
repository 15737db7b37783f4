// The terms of the log's entries, as runs: a run of 100,000 entries of one term takes as much memory as one
// entry. So the term at any index is known without reading the disk.
import { type Index, type Term, term } from '@oarlock/core'

export class TermRuns {
  /** The first index of each run, ascending, and its term. */
  readonly #firsts: number[] = []
  readonly #terms: number[] = []

  /** The term of the run that `at` is in. The caller knows that there is an entry. */
  termAt(at: Index): Term {
    let low = 0
    let high = this.#firsts.length - 1
    // Mostly the question is about the last run.
    if (this.#firsts[high]! <= at) return term(this.#terms[high]!)
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#firsts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return term(this.#terms[low]!)
  }

  /** Entries from `first` on are of this term. Those that were there before are replaced. */
  append(first: number, of: Term): void {
    let last = this.#firsts.length - 1
    for (; last >= 0 && this.#firsts[last]! >= first; last--) {
      this.#firsts.pop()
      this.#terms.pop()
    }
    if (this.#terms[last] === of) return
    this.#firsts.push(first)
    this.#terms.push(of)
  }

  /** Forgets the runs that end before `at`. */
  forgetBefore(at: number): void {
    let runs = 0
    while (runs + 1 < this.#firsts.length && this.#firsts[runs + 1]! <= at) runs++
    this.#firsts.splice(0, runs)
    this.#terms.splice(0, runs)
  }

  clear(): void {
    this.#firsts.length = 0
    this.#terms.length = 0
  }
}
