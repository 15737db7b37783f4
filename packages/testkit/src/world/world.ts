// Simulated time: a queue of tasks, run in the order of their times, and in the order of scheduling at equal
// times. Nothing else decides what comes next, so a run is a pure function of its seed.
import { Fingerprint } from './fingerprint.ts'

/** A future event. It is scheduled once, and its content is fixed when it is made. */
export abstract class Task {
  /** True simulated time, in ms. */
  at = 0
  /** Breaks ties: the order of scheduling. */
  order = 0
  abstract run(): void
}

const before = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export class World {
  /** True simulated time, in ms. No node knows it, since each has its own clock. */
  now = 0
  /** Tasks run so far. */
  events = 0
  /**
   * The first failure, thrown at the end of its task. A runtime that catches it on the way, to stop, must not
   * hide it.
   */
  failure: { readonly error: unknown } | null = null
  readonly fingerprint: Fingerprint = new Fingerprint()
  /** Receives the event log. Its lines are made only if this is not null. */
  readonly trace: ((line: string) => void) | null
  readonly #heap: Task[] = []
  #order = 0
  #lives = 0

  constructor(trace: ((line: string) => void) | null = null) {
    this.trace = trace
  }

  /** A number that is unique among all lives of all nodes. */
  nextLife(): number {
    return ++this.#lives
  }

  schedule(task: Task, at: number): void {
    task.at = at < this.now ? this.now : at
    task.order = this.#order++
    this.#push(task)
  }

  /** Runs the next task, unless there is none at or before `until`. */
  step(until: number): boolean {
    const next = this.#heap[0]
    if (next === undefined || next.at > until) {
      this.now = until
      return false
    }
    this.#pop()
    this.now = next.at
    this.events++
    next.run()
    if (this.failure !== null) throw this.failure.error
    return true
  }

  log(line: string): void {
    this.trace?.(`${this.now.toFixed(3).padStart(11)}  ${line}`)
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]!
      if (!before(task, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= size) break
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++
      const below = heap[child]!
      if (!before(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

/** A task made of a function, for rare events. */
export class Call extends Task {
  readonly #what: () => void

  constructor(what: () => void) {
    super()
    this.#what = what
  }

  override run(): void {
    this.#what()
  }
}
