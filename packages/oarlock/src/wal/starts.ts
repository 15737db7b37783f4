// How often the member was started on its directory, with a random token for each start: `starts.json`. A
// peer that has seen a start knows an older copy of the directory by the token that the copy lacks.
import type { Starts } from '@oarlock/runtime'
import { decodeChecked, encodeChecked } from './checked-file.ts'

export const STARTS_NAME = 'starts.json'
/** A peer recognises as many starts as these. Of older ones it sees only that there were more. */
const MOST_TOKENS = 256
export const noStarts: Starts = { count: 0, recent: [] }

export function withStart({ count, recent }: Starts, token: string): Starts {
  return { count: count + 1, recent: [...recent, token].slice(-MOST_TOKENS) }
}

export const encodeStarts = ({ count, recent }: Starts, incarnation: Uint8Array): Uint8Array =>
  encodeChecked({ count, recent }, incarnation)

/** Null if the file is damaged. */
export function decodeStarts(bytes: Uint8Array, incarnation: Uint8Array): Starts | null {
  return (decodeChecked(bytes, incarnation) as Starts | undefined) ?? null
}
