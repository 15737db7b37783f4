// A member as its own parts see it: they are handed this, not the node, so that imports go one way.
import type { Event, NodeId } from '@oarlock/core'
import type { Replica } from '@oarlock/runtime'
import type { Disk, LogCopy, Network, NodeClock } from '../hardware/index.ts'
import type { Machine, Snapshot } from '../machine/index.ts'

/** Something that reached the node and waits for its turn. */
export interface Arrival {
  enter(node: Host): void
}

/** A write of the log that is under way, if one is. */
export interface PendingWrite {
  readonly busy: boolean
  /** It has ended: with null when it is durable, else with the failure. */
  ended(failure: Error | null): void
}

export interface Host {
  readonly id: NodeId
  readonly up: boolean
  /** Counts starts, crashes and stops. */
  readonly incarnation: number
  readonly clock: NodeClock
  readonly disk: Disk
  readonly loop: { readonly busy: number }
  readonly machine: Machine
  readonly log: LogCopy
  readonly network: Network<Arrival>
  readonly replica: Replica<unknown>
  readonly raft: Replica<unknown>['raft']
  arrive(arrival: Arrival): void
  receive(envelope: Parameters<Network<Arrival>['send']>[0]): void
  crash(): void
  /** The runtime is told that its write has ended. */
  told(write: PendingWrite, failure: Error | null): void
  /** A snapshot of its own is durable. */
  kept(snapshot: Snapshot): void
  looked(): void
}

/** What the observed core tells its node. */
export interface CoreObserver {
  readonly incarnation: number
  /** The core is about to take in an event. */
  steps(event: Event, incarnation: number): void
  /** It has taken in an event. */
  stepped(event: Event): void
  /** It has handed out effects. */
  taken(effects: ReturnType<Replica<unknown>['raft']['take']>): void
  /** Something went wrong: returns what to throw. */
  noted(error: unknown): unknown
}
