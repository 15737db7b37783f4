// The interface of a member for its own parts. They get this instead of the node, so that imports go one way.
import type { Event, NodeId } from '@oarlock/core'
import type { Replica } from '@oarlock/runtime'
import type { Destination, Disk, LogCopy, Network, NodeClock } from '../hardware/index.ts'
import type { Machine } from '../machine/index.ts'

/** Input that waits for the node's turn. */
export interface Arrival {
  enter(node: Host): void
}

/** A write of the log. */
export interface PendingWrite {
  readonly busy: boolean
  /** Called at the end, with null if the write is durable, else with the failure. */
  ended(failure: Error | null): void
}

export interface Host {
  readonly id: NodeId
  readonly up: boolean
  /** Counts starts, crashes and stops: each process has its own number. */
  readonly life: number
  readonly clock: NodeClock
  readonly disk: Disk
  readonly loop: { readonly busy: number }
  readonly machine: Machine
  readonly log: LogCopy
  readonly network: Network<Arrival>
  /** Its connections to the other members. */
  readonly connections: { to(peer: NodeId): Destination | null }
  readonly replica: Replica<unknown>
  readonly raft: Replica<unknown>['raft']
  arrive(arrival: Arrival): void
  receive(envelope: Parameters<Network<Arrival>['send']>[0]): void
  crash(): void
  /** Tells the runtime that its write has ended. */
  told(write: PendingWrite, failure: Error | null): void
  looked(): void
}

/** The reports of an observed core to its node. */
export interface CoreObserver {
  /** The core is about to handle an event. */
  steps(event: Event): void
  /** The core has taken in an event. */
  stepped(event: Event): void
  /** The core has handed out effects. */
  taken(effects: ReturnType<Replica<unknown>['raft']['take']>): void
  /** Reports a failure. Returns the error to throw. */
  noted(error: unknown): unknown
}
