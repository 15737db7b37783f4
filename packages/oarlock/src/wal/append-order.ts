// The order that the entries of a write must have.
import { InvariantError, type Persist } from '@oarlock/core'
import type { PackedLog } from './packed-log.ts'

/** Throws unless the entries follow one another and the log, or a snapshot that replaces it, without a gap. */
export function checkOrder(batch: readonly Persist[], log: PackedLog): void {
  let oldest: number = log.firstIndex
  let last: number = log.lastIndex
  for (const { entries, snapshot } of batch) {
    if (snapshot !== null) {
      last = snapshot.index
      oldest = snapshot.index + 1
    }
    const first = entries[0]
    if (first === undefined) continue
    if (first.index < oldest || first.index > last + 1)
      throw new InvariantError(`appending at ${first.index} would leave a gap after ${last}`)
    for (let i = 0; i < entries.length; i++) {
      if (entries[i]!.index !== first.index + i)
        throw new InvariantError(`entries out of order at ${entries[i]!.index}`)
    }
    last = first.index + entries.length - 1
  }
}
