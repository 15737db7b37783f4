// One proposal of a client.
import type { EntryId, Index, Payload } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import type { Operation } from './sessions.ts'

/** A proposal and what became of it. */
export interface Write {
  /** Counted from 1; the request's number, too. */
  readonly id: number
  readonly node: SimNode
  /** Of the node when it proposed: after a restart nobody waits any more. */
  readonly incarnation: number
  /** What had been seen when it was proposed: see history.ts. */
  readonly called: Index
  /** How many entries; all hold the write's number. */
  readonly count: number
  /** In this order. */
  readonly entries: readonly Payload[]
  /** What a client with a session asks for by it, perhaps again. */
  readonly operation: Operation | null
  /** Where the first entry was appended, once known. */
  at: EntryId | null
  /** Its proposer has seen it applied. */
  acknowledged: boolean
  refused: boolean
  /** Other entries are where it was to be. */
  lost: boolean
  /** A snapshot went over its place: its proposer does not learn whether it was there. */
  passed: boolean
  reason: string | null
  /** The network copied it, so it may be refused once and appended once. */
  duplicated: boolean
}
