// A command of a client with a session (thesis §6.3).
import type { Index } from '@oarlock/core'
import type { SessionPlace } from '@oarlock/runtime'

/** A command that must take effect once, however often it is submitted. */
export interface Operation {
  readonly name: string
  readonly command: Uint8Array
  /** How much had been seen at the first call: see history.ts. */
  readonly called: Index
  /** The index where it took effect, once it has. */
  effect: Index | null
  /** How often it was requested. */
  asked: number
  /** It has an answer, or its client has given it up. */
  over: boolean
}

/** Thesis §6.3: a command is repeated in its session, under the same number, so that it has one effect. */
export function placeToAskIn(place: SessionPlace): SessionPlace | null {
  return place
}
