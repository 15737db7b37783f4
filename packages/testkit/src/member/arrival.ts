// The input that waits for a node's turn, and the tasks that bring it. Input for one life of a node names that
// life, and is ignored after a crash.
import type { Event, NodeId, SnapshotTransferMessage } from '@oarlock/core'
import type { Replica, StoreMessage } from '@oarlock/runtime'
import type { Arrival, Host, PendingWrite } from './host.ts'

/** A write of the log has ended. */
export class Written implements Arrival {
  readonly #write: PendingWrite
  readonly #failure: Error | null

  constructor(write: PendingWrite, failure: Error | null) {
    this.#write = write
    this.#failure = failure
  }

  enter(node: Host): void {
    node.told(this.#write, this.#failure)
  }
}

/** An operation on another file than the log has ended. */
export class Completed implements Arrival {
  readonly #done: () => void

  constructor(done: () => void) {
    this.#done = done
  }

  enter(): void {
    this.#done()
  }
}

/** A piece of a snapshot in transfer has reached the node. */
export class TransferPiece implements Arrival {
  readonly #from: NodeId
  readonly #message: SnapshotTransferMessage

  constructor(from: NodeId, message: SnapshotTransferMessage) {
    this.#from = from
    this.#message = message
  }

  enter(node: Host): void {
    node.replica.receiver.receive(this.#from, [this.#message])
  }
}

/** A message from the store of another member has reached the node. */
export class StorePiece implements Arrival {
  readonly #from: NodeId
  readonly #message: StoreMessage

  constructor(from: NodeId, message: StoreMessage) {
    this.#from = from
    this.#message = message
  }

  enter(node: Host): void {
    node.replica.receiver.receive(this.#from, [this.#message])
  }
}

export class LocalEvent implements Arrival {
  readonly #event: Event

  constructor(event: Event) {
    this.#event = event
  }

  enter(node: Host): void {
    node.replica.driver.step(this.#event)
  }
}

/** A request of a client to the runtime. */
export class Request implements Arrival {
  readonly #taken: () => void
  readonly #work: (replica: Replica<unknown>) => void

  constructor(taken: () => void, work: (replica: Replica<unknown>) => void) {
    this.#taken = taken
    this.#work = work
  }

  enter(node: Host): void {
    if (!node.up) return
    this.#taken()
    this.#work(node.replica)
  }
}

/** The application checks whether it leads. */
export class Look implements Arrival {
  enter(node: Host): void {
    node.looked()
  }
}
