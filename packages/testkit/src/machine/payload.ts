// How a client's command lies in an entry: the number of the write that proposed it; where the client has a session, that and
// the command's number in it (thesis §6.3); then the command.
import type { Entry, Payload } from '@oarlock/core'

/** A client's session, and the number of the command in it: a retry has the same. */
export interface Place {
  /** From 1 to 255. */
  readonly session: number
  /** Counted from 1. */
  readonly sequence: number
}

const IN_SESSION = 0x80
const NUMBER = 4
const PLACE = 3

export function payloadOf(write: number, place: Place | null, command: Uint8Array): Payload {
  const at = place === null ? NUMBER : NUMBER + PLACE
  const data = new Uint8Array(at + command.length)
  data[0] = (write >>> 24) | (place === null ? 0 : IN_SESSION)
  data[1] = write >>> 16
  data[2] = write >>> 8
  data[3] = write
  if (place !== null) {
    data[4] = place.session
    data[5] = place.sequence >>> 8
    data[6] = place.sequence
  }
  data.set(command, at)
  return { type: 'normal', data }
}

/** Is it a client's command, not a leader's no-op or a change of the membership? */
export function isCommand({ type, data }: Pick<Entry, 'type' | 'data'>): boolean {
  return type === 'normal' && data.length >= NUMBER
}

/** The number of the write that an entry is of; 0 for what is no client's command. */
export function writeOf(entry: Pick<Entry, 'type' | 'data'>): number {
  const { data } = entry
  return isCommand(entry)
    ? (((data[0]! & ~IN_SESSION) << 24) | (data[1]! << 16) | (data[2]! << 8) | data[3]!) >>> 0
    : 0
}

/** Null: it was proposed outside any session. Of commands only. */
export function placeInSession({ data }: Pick<Entry, 'data'>): Place | null {
  return (data[0]! & IN_SESSION) === 0 ? null : { session: data[4]!, sequence: (data[5]! << 8) | data[6]! }
}

/** Of commands only. */
export function commandIn({ data }: Pick<Entry, 'data'>): Uint8Array {
  return data.subarray((data[0]! & IN_SESSION) === 0 ? NUMBER : NUMBER + PLACE)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
