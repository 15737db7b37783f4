// What reaches a node and waits for its turn, and the tasks that bring it there. What belongs to one life of the node names
// its incarnation: after a crash it means nothing.
import type { Entry, Event, Persist } from '@oarlock/core'
import type { Snapshot } from '../machine/index.ts'
import { Task } from '../world/index.ts'
import type { SimNode } from './node.ts'

/** Something that reached the node and waits for its turn. */
export interface Arrival {
  enter(node: SimNode): void
}

export class Written implements Arrival {
  readonly #batch: readonly Persist[]

  constructor(batch: readonly Persist[]) {
    this.#batch = batch
  }

  enter(node: SimNode): void {
    node.carrier.written(this.#batch)
  }
}

/** A snapshot of the node's own is durable: the log may be cut. */
export class SnapshotKept implements Arrival {
  readonly #snapshot: Snapshot

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  enter(node: SimNode): void {
    node.compactor.kept(this.#snapshot)
  }
}

export class Applied extends Task implements Arrival {
  readonly #node: SimNode
  readonly #incarnation: number
  readonly #installs: number
  readonly #entries: readonly Entry[]

  constructor(node: SimNode, entries: readonly Entry[]) {
    super()
    this.#node = node
    this.#incarnation = node.incarnation
    this.#installs = node.installs
    this.#entries = entries
  }

  override run(): void {
    if (this.#node.incarnation === this.#incarnation) this.#node.arrive(this)
  }

  enter(node: SimNode): void {
    // A snapshot has replaced the state that these were for.
    if (node.installs === this.#installs) node.carrier.applied(this.#entries)
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
