// The things that all parts of a started node share.
import type { CompleteOptions, DocumentStore } from '../node/index.ts'
import type { RaftNode } from '../wire/index.ts'
import type { ActiveClock } from './active-clock.ts'
import type { Peers } from './peers.ts'

export interface NodeContext {
  readonly node: RaftNode
  /** An id of this start of the node. */
  readonly life: string
  readonly options: CompleteOptions
  readonly peers: Peers
  readonly activeClock: ActiveClock
  readonly store: DocumentStore
  readonly log: (message: string) => void
}
