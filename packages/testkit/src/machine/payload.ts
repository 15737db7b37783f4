// A client's command as it is proposed: the number of its write, then the application's command. In an entry
// the runtime's own header comes first, and in a session the command's place in it (thesis §6.3).
import type { Entry, Payload } from '@oarlock/core'
import {
  commandHeaderBytes,
  decodeSessionCommand,
  encodeCommands,
  encodeSessionCommand,
  plainCommand,
  type SessionPlace,
  sessionCommand,
  sessionPlaceBytes,
} from '@oarlock/runtime'

const NUMBER = 4

/** The bytes that a client proposes. */
export function proposalOf(write: number, command: Uint8Array): Uint8Array {
  const data = new Uint8Array(NUMBER + command.length)
  data[0] = write >>> 24
  data[1] = write >>> 16
  data[2] = write >>> 8
  data[3] = write
  data.set(command, NUMBER)
  return data
}

/** An entry's payload, as if the runtime had proposed this. */
export function payloadOf(write: number, place: SessionPlace | null, command: Uint8Array): Payload {
  const proposal = proposalOf(write, command)
  const encoded =
    place === null
      ? ({ command: proposal, kind: plainCommand } as const)
      : ({ command: encodeSessionCommand(place, proposal), kind: sessionCommand } as const)
  return encodeCommands(new Uint8Array(8), 0, [encoded], 0)[0]!
}

type Bytes = Pick<Entry, 'type' | 'data'>

/** Whether the entry is a client's command in a session. */
export function isInSession({ type, data }: Bytes): boolean {
  return (
    type === 'normal' &&
    data[0] === sessionCommand &&
    data.length >= commandHeaderBytes + sessionPlaceBytes + NUMBER
  )
}

/**
 * Whether the entry is a client's command, not a leader's no-op, a membership change, or the opening or closing
 * of a session.
 */
export function isCommand(entry: Bytes): boolean {
  const { type, data } = entry
  return type === 'normal' && data[0] === plainCommand
    ? data.length >= commandHeaderBytes + NUMBER
    : isInSession(entry)
}

/** Where the client's part begins in an entry. For commands only. */
const startOf = ({ data }: Pick<Entry, 'data'>): number =>
  data[0] === sessionCommand ? commandHeaderBytes + sessionPlaceBytes : commandHeaderBytes

/** The number of an entry's write, or 0 if it is not a client's command. */
export function writeOf(entry: Bytes): number {
  if (!isCommand(entry)) return 0
  const { data } = entry
  const at = startOf(entry)
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0
}

/** For commands in a session only. */
export function placeInSession({ data }: Pick<Entry, 'data'>): SessionPlace {
  return decodeSessionCommand(data.subarray(commandHeaderBytes))
}

/** The bytes that the client proposed. For commands only. */
export const proposedIn = (entry: Pick<Entry, 'data'>): Uint8Array => entry.data.subarray(startOf(entry))

/** For commands only. */
export const commandIn = (entry: Pick<Entry, 'data'>): Uint8Array =>
  entry.data.subarray(startOf(entry) + NUMBER)

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
