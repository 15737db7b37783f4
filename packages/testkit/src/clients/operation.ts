// A command of a client with a session (thesis §6.3).
import type { Index } from '@oarlock/core'
import type { Place } from '../machine/index.ts'

/** What a client wants done once, however often it asks. */
export interface Operation {
  readonly place: Place
  readonly command: Uint8Array
  /** What had been seen when it was called first: see history.ts. */
  readonly called: Index
  /** Where it took effect, once it has. */
  effect: Index | null
  /** How often it was asked. */
  asked: number
  answered: boolean
  /** The first answer. */
  result: unknown
}

export const nameOf = ({ place: { session, sequence } }: Operation): string =>
  `command ${sequence} of session ${session}`

/** Thesis §6.3: whoever repeats a command does so in its session, under the same number: then it takes effect once. */
export function placeToAskIn(place: Place): Place | null {
  return place
}
