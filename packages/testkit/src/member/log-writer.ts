// A node's writes to its log: one at a time, and whatever gathers meanwhile goes into the next one. Crashes strike at their
// boundaries, which is where it matters what was durable.
import type { Persist } from '@oarlock/core'
import { type Random, Task, type World } from '../world/index.ts'
import type { SimNode } from './node.ts'

/** Where a crash strikes: now, before the next write starts, in the middle of it, or after it and before its messages leave. */
export type CrashPoint = 'now' | 'beforeWrite' | 'duringWrite' | 'afterWrite'

class TornWrite extends Task {
  readonly #node: SimNode
  readonly #incarnation: number

  constructor(node: SimNode) {
    super()
    this.#node = node
    this.#incarnation = node.incarnation
  }

  override run(): void {
    if (this.#node.incarnation === this.#incarnation) this.#node.writer.tear()
  }
}

export class LogWriter {
  /** Where a crash waits; 'now': nowhere. */
  crashPoint: CrashPoint = 'now'
  readonly #node: SimNode
  readonly #world: World
  readonly #random: Random
  #queue: Persist[] = []
  #writing = false

  constructor(node: SimNode, world: World, random: Random) {
    this.#node = node
    this.#world = world
    this.#random = random
  }

  reset(): void {
    this.#queue = []
    this.#writing = false
    this.crashPoint = 'now'
  }

  add(persist: Persist): void {
    this.#queue.push(persist)
  }

  /** Starts the next write, unless one is under way or there is none. */
  proceed(): void {
    if (this.#writing || this.#queue.length === 0) return
    if (this.crashPoint === 'beforeWrite') return this.#node.crash()
    const batch = this.#queue
    this.#queue = []
    this.#writing = true
    const duration = this.#node.disk.write(batch)
    if (this.crashPoint !== 'duringWrite') return
    this.#world.schedule(new TornWrite(this.#node), this.#world.now + duration * this.#random.next())
  }

  /** The write that was under way is done with. */
  finished(): void {
    this.#writing = false
  }

  /** The middle of the write that a crash was to strike. */
  tear(): void {
    if (this.crashPoint === 'duringWrite') this.#node.crash()
  }
}
