// The data of a recorded run (runs/recording.ts), to be drawn and told. Times are true simulated time, in ms.
// A place is the number of a node.
import type { Message, Role } from '@oarlock/core'
import type { Checker } from '../world/index.ts'

/** A message on its way. */
export interface Flight {
  readonly from: number
  readonly to: number
  readonly message: Message
  readonly left: number
  /** When the receiver took it in; null: it has not. */
  arrived: number | null
  /** When it was lost; null: it was not, or it is still on its way. */
  lost: number | null
  /** The network duplicated or shortened another message. */
  readonly copy: boolean
}

export type MarkKind =
  | 'start'
  | 'crash'
  | 'pause'
  | 'resume'
  | 'term'
  | 'role'
  | 'commit'
  | 'applied'
  | 'installed'
  | 'asked'

/** Something that happened at one member. */
export interface Mark {
  readonly at: number
  readonly place: number
  readonly kind: MarkKind
  /** `term 3`, `commit 7`. */
  readonly text: string
  /** The member's role from then on. */
  readonly role: Role
  readonly term: number
}

export interface FaultRecord {
  readonly at: number
  readonly number: number
  readonly kind: string
  readonly victim: string
}

/** A directed link that lost everything for a while. */
export interface Cut {
  readonly from: number
  readonly to: number
  readonly since: number
  /** Null: to the end of the run. */
  until: number | null
}

export interface Recorded {
  /** The nodes' names, by place. */
  readonly ids: readonly string[]
  readonly marks: readonly Mark[]
  readonly faults: readonly FaultRecord[]
  readonly cuts: readonly Cut[]
}

/** How a run ended. */
export interface End {
  readonly simulated: number
  readonly violation: { readonly checker: Checker; readonly message: string } | null
}
