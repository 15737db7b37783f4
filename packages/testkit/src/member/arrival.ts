// The input that waits for a node's turn, and the tasks that bring it. Input for one life of a node names that
// life, and is ignored after a crash.

import type { Event, NodeId, SnapshotTransferMessage } from '@oarlock/core'
import type { Completion, Consistency, ReadCompletion } from '@oarlock/runtime'
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

export class LocalEvent implements Arrival {
  readonly #event: Event

  constructor(event: Event) {
    this.#event = event
  }

  enter(node: Host): void {
    node.replica.driver.step(this.#event)
  }
}

/** A client proposes a command. */
export class Proposal implements Arrival {
  readonly #command: Uint8Array
  readonly #taken: () => void
  readonly #completion: Completion<unknown>

  constructor(command: Uint8Array, taken: () => void, completion: Completion<unknown>) {
    this.#command = command
    this.#taken = taken
    this.#completion = completion
  }

  enter(node: Host): void {
    if (!node.up) return
    this.#taken()
    node.replica.propose(this.#command, undefined, this.#completion)
  }
}

/** A client reads. */
export class Reading implements Arrival {
  readonly #consistency: Consistency
  readonly #taken: () => void
  readonly #completion: ReadCompletion

  constructor(consistency: Consistency, taken: () => void, completion: ReadCompletion) {
    this.#consistency = consistency
    this.#taken = taken
    this.#completion = completion
  }

  enter(node: Host): void {
    if (!node.up) return
    this.#taken()
    node.replica.read(this.#consistency, undefined, this.#completion)
  }
}

/** The application checks whether it leads. */
export class Look implements Arrival {
  enter(node: Host): void {
    node.looked()
  }
}
