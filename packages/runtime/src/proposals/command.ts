// A command in a log entry: a kind, the identity of its proposal, and its bytes.
//
//   kind (1) | origin (8) | request (6) | offset (3) | command …            numbers big-endian
//
// `origin` is drawn at each start of a member, `request` names one submission to the core, and `offset` is
// the command's place in it. By these a member recognises its own proposals when they are applied, and the
// proposer gets the result even if the leader's answer was lost. They do not make a retry safe: that takes
// client sessions, which will be another kind.
import type { Payload } from '@oarlock/core'
import { DecodeError } from '../errors.ts'
import { Slab } from './slab.ts'

const plainCommand = 1
/** The length of everything before the command. */
export const commandHeaderBytes = 18

/** The longest batch whose offsets fit. */
export const maxBatch: number = 2 ** 24

export type Origin = Uint8Array

export const newOrigin = (): Origin => crypto.getRandomValues(new Uint8Array(8))

/** Random, so that a late answer to a request from before a restart does not match a new request. */
export const newFirstRequest = (): number => {
  const words = crypto.getRandomValues(new Uint32Array(2))
  return (words[0]! % 2 ** 15) * 2 ** 32 + words[1]!
}

const slab = new Slab()

/** The entries of one request, in one buffer. */
export function encodeCommands(
  origin: Origin,
  request: number,
  commands: readonly { readonly command: Uint8Array }[],
): Payload[] {
  let total = 0
  for (const { command } of commands) total += commandHeaderBytes + command.length
  const bytes = slab.allocate(total)
  const { buffer, byteOffset } = bytes
  const requestHigh = Math.floor(request / 2 ** 32)
  const payloads: Payload[] = new Array(commands.length)
  let start = 0
  for (let offset = 0; offset < commands.length; offset++) {
    const { command } = commands[offset]!
    bytes[start] = plainCommand
    bytes.set(origin, start + 1)
    bytes[start + 9] = requestHigh >>> 8
    bytes[start + 10] = requestHigh
    bytes[start + 11] = request >>> 24
    bytes[start + 12] = request >>> 16
    bytes[start + 13] = request >>> 8
    bytes[start + 14] = request
    bytes[start + 15] = offset >>> 16
    bytes[start + 16] = offset >>> 8
    bytes[start + 17] = offset
    bytes.set(command, start + commandHeaderBytes)
    const length = commandHeaderBytes + command.length
    payloads[offset] = { type: 'normal', data: new Uint8Array(buffer, byteOffset + start, length) }
    start += length
  }
  return payloads
}

/** The command's bytes in an entry's data. Throws DecodeError for entries of another kind. */
export function commandOf(data: Uint8Array): Uint8Array {
  if (data[0] !== plainCommand || data.length < commandHeaderBytes)
    throw new DecodeError(
      `the log has an entry of kind ${data[0]}, which this version does not know: run a newer version`,
    )
  return new Uint8Array(data.buffer, data.byteOffset + commandHeaderBytes, data.length - commandHeaderBytes)
}

/** Whether the member that drew this origin proposed the command. */
export function isFrom(origin: Origin, data: Uint8Array): boolean {
  for (let i = 0; i < origin.length; i++) if (data[i + 1] !== origin[i]) return false
  return true
}

export function requestOf(data: Uint8Array): number {
  const high = (data[9]! << 8) | data[10]!
  const low = ((data[11]! << 24) | (data[12]! << 16) | (data[13]! << 8) | data[14]!) >>> 0
  return high * 2 ** 32 + low
}

export function offsetOf(data: Uint8Array): number {
  return (data[15]! << 16) | (data[16]! << 8) | data[17]!
}
