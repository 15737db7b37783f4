// What reaches a node and waits for its turn, and the tasks that bring it there. What belongs to one life of the node names
// its incarnation: after a crash it means nothing.
import type { Entry, Event, Persist } from '@oarlock/core'
import type { SimNode } from './node.ts'
import { Task } from './world.ts'

/** Something that reached the node and waits for its turn. */
export interface Arrival {
  enter(node: SimNode): void
}

export class Timer extends Task {
  readonly #node: SimNode
  readonly #generation: number

  constructor(node: SimNode, generation: number) {
    super()
    this.#node = node
    this.#generation = generation
  }

  override run(): void {
    this.#node.timerFired(this.#generation)
  }
}

export class Turn extends Task {
  readonly #node: SimNode
  readonly #incarnation: number

  constructor(node: SimNode) {
    super()
    this.#node = node
    this.#incarnation = node.incarnation
  }

  override run(): void {
    if (this.#node.incarnation === this.#incarnation) this.#node.turn()
  }
}

export class TornWrite extends Task {
  readonly #node: SimNode
  readonly #incarnation: number

  constructor(node: SimNode) {
    super()
    this.#node = node
    this.#incarnation = node.incarnation
  }

  override run(): void {
    if (this.#node.incarnation === this.#incarnation) this.#node.tear()
  }
}

export class Written implements Arrival {
  readonly #batch: readonly Persist[]

  constructor(batch: readonly Persist[]) {
    this.#batch = batch
  }

  enter(node: SimNode): void {
    node.written(this.#batch)
  }
}

export class Applied extends Task implements Arrival {
  readonly #node: SimNode
  readonly #incarnation: number
  readonly #entries: readonly Entry[]

  constructor(node: SimNode, entries: readonly Entry[]) {
    super()
    this.#node = node
    this.#incarnation = node.incarnation
    this.#entries = entries
  }

  override run(): void {
    if (this.#node.incarnation === this.#incarnation) this.#node.arrive(this)
  }

  enter(node: SimNode): void {
    node.applied(this.#entries)
  }
}

export class LocalEvent implements Arrival {
  readonly #event: Event

  constructor(event: Event) {
    this.#event = event
  }

  enter(node: SimNode): void {
    node.step(this.#event)
  }
}
