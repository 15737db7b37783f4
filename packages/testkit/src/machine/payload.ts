// A client's command as it is proposed: the number of its write; for a client with a session, that and the
// command's number in it (thesis §6.3); then the application's command. In an entry the runtime's own header
// comes first.
import type { Entry, Payload } from '@oarlock/core'
import { commandHeaderBytes, encodeCommands, plainCommand } from '@oarlock/runtime'

/** A client's session, and the command's number in it, which a retry repeats. */
export interface Place {
  /** From 1 to 255. */
  readonly session: number
  /** Counted from 1. */
  readonly sequence: number
}

/** Where the client's part begins in an entry. */
const H = commandHeaderBytes
const IN_SESSION = 0x80
const NUMBER = 4
const PLACE = 3

/** The bytes that a client proposes. */
export function proposalOf(write: number, place: Place | null, command: Uint8Array): Uint8Array {
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
  return data
}

/** An entry's payload, as if the runtime had proposed this. */
export function payloadOf(write: number, place: Place | null, command: Uint8Array): Payload {
  const proposal = { command: proposalOf(write, place, command), kind: plainCommand } as const
  return encodeCommands(new Uint8Array(8), 0, [proposal], 0)[0]!
}

/** Whether the entry is a client's command, not a leader's no-op or a membership change. */
export function isCommand({ type, data }: Pick<Entry, 'type' | 'data'>): boolean {
  return type === 'normal' && data.length >= H + NUMBER
}

/** The number of an entry's write, or 0 if it is not a client's command. */
export function writeOf(entry: Pick<Entry, 'type' | 'data'>): number {
  const { data } = entry
  return isCommand(entry)
    ? (((data[H]! & ~IN_SESSION) << 24) | (data[H + 1]! << 16) | (data[H + 2]! << 8) | data[H + 3]!) >>> 0
    : 0
}

/** Null if the command was proposed outside a session. For commands only. */
export function placeInSession({ data }: Pick<Entry, 'data'>): Place | null {
  return (data[H]! & IN_SESSION) === 0
    ? null
    : { session: data[H + 4]!, sequence: (data[H + 5]! << 8) | data[H + 6]! }
}

/** For commands only. */
export function commandIn({ data }: Pick<Entry, 'data'>): Uint8Array {
  return data.subarray(H + ((data[H]! & IN_SESSION) === 0 ? NUMBER : NUMBER + PLACE))
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
