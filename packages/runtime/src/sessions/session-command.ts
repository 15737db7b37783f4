// What the entries of sessions hold after the header of every command (proposals/command.ts; thesis §6.3).
//
//   a command     session (6) | number (6) | acknowledged (6) | the command's bytes …
//   an opening    timeout in ms (6)
//   a closing     session (6)                                             numbers big-endian
//
// `session` is the index of the entry that opened it. `number` names the command in the session; a retry has
// the same one. The client needs no answer to any number below `acknowledged`, and asks for none again.
import type { Millis } from '@oarlock/core'
import { DecodeError } from '../errors.ts'
import { setUint48, uint48At } from '../proposals/index.ts'

/** A command's place in its session. */
export interface SessionPlace {
  readonly session: number
  /** From 1. */
  readonly number: number
  readonly acknowledged: number
}

/** The length of a command's place. */
export const sessionPlaceBytes = 18

export function encodeSessionCommand(
  { session, number, acknowledged }: SessionPlace,
  command: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(sessionPlaceBytes + command.length)
  setUint48(bytes, 0, session)
  setUint48(bytes, 6, number)
  setUint48(bytes, 12, acknowledged)
  bytes.set(command, sessionPlaceBytes)
  return bytes
}

export function decodeSessionCommand(bytes: Uint8Array): SessionPlace & { readonly command: Uint8Array } {
  if (bytes.length < sessionPlaceBytes) throw new DecodeError('a session command in the log is cut short')
  return {
    session: uint48At(bytes, 0),
    number: uint48At(bytes, 6),
    acknowledged: uint48At(bytes, 12),
    command: bytes.subarray(sessionPlaceBytes),
  }
}

/** An opening, of which `value` is the timeout, or a closing, of which it is the session. */
export function encodeNumber(value: Millis | number): Uint8Array {
  const bytes = new Uint8Array(6)
  setUint48(bytes, 0, value)
  return bytes
}

export function decodeNumber(bytes: Uint8Array): number {
  if (bytes.length < 6) throw new DecodeError('the opening or closing of a session in the log is cut short')
  return uint48At(bytes, 0)
}
