// What to tell people when the core had to stop.
import { LostEntriesError as CoreLostEntriesError, type NodeId } from '@oarlock/core'
import { LostEntriesError } from '../errors.ts'

export function failureOf(id: NodeId, cause: unknown): unknown {
  if (!(cause instanceof CoreLostEntriesError)) return cause
  return new LostEntriesError(
    `the disk of '${id}' has lost entries that it had stored: ${cause.message}. Others may count on them, so it must not take part with this data directory again: see “A member that lost its disk” in docs/errors.md`,
    { cause },
  )
}
