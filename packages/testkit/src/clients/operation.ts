// A command of a client with a session (thesis §6.3).
import type { Index } from '@oarlock/core'
import type { Place } from '../machine/index.ts'

/** A command that must take effect once, however often the client asks. */
export interface Operation {
  readonly place: Place
  readonly command: Uint8Array
  /** How much had been seen at the first call: see history.ts. */
  readonly called: Index
  /** The index where it took effect, once it has. */
  effect: Index | null
  /** How often it was requested. */
  asked: number
  answered: boolean
  /** The first answer. */
  result: unknown
}

export const nameOf = ({ place: { session, sequence } }: Operation): string =>
  `command ${sequence} of session ${session}`

/** Thesis §6.3: a command is repeated in its session, under the same number, so that it has one effect. */
export function placeToAskIn(place: Place): Place | null {
  return place
}
