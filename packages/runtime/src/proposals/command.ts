// A command in a log entry: a kind, the identity of its proposal, the leader's time, and its bytes.
//
//   kind (1) | origin (8) | request (6) | offset (3) | leader time (6) | bytes …     numbers big-endian
//
// `origin` is drawn at each start of a member, `request` names one submission to the core, and `offset` is
// the command's place in it. By these a member recognises its own proposals when they are applied, and the
// proposer gets the result even if the leader's answer was lost. They do not make a retry safe: that takes
// a session, whose commands have more before their bytes (sessions/session-command.ts).
//
// The leader writes its time when it appends the entry (leader-time.ts). 0: it did not know it yet.
// Entries of kind 1 have no time: earlier versions wrote them.
import type { Payload } from '@oarlock/core'
import { DecodeError } from '../errors.ts'
import { Slab } from './slab.ts'

const untimedCommand = 1
/** A command for the state machine, which is applied as often as it is in the log. */
export const plainCommand = 2
/** A command for the state machine, which is applied once in its session. */
export const sessionCommand = 3
export const sessionOpening = 4
export const sessionClosing = 5
/** A command for the store, which is applied as often as it is in the log. */
export const storeCommand = 6
/** A command for the store, which is applied once in its session. */
export const storeSessionCommand = 7

export type CommandKind =
  | typeof plainCommand
  | typeof sessionCommand
  | typeof sessionOpening
  | typeof sessionClosing
  | typeof storeCommand
  | typeof storeSessionCommand

/** The length of everything before the bytes. */
export const commandHeaderBytes = 24
const timeAt = 18
const untimedHeaderBytes = timeAt

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

export interface CommandToEncode {
  readonly command: Uint8Array
  readonly kind: CommandKind
}

/** The entries of one request, in one buffer. `time` is the leader's time, or 0 if this is not the leader. */
export function encodeCommands(
  origin: Origin,
  request: number,
  commands: readonly CommandToEncode[],
  time: number,
): Payload[] {
  let total = 0
  for (const { command } of commands) total += commandHeaderBytes + command.length
  const bytes = slab.allocate(total)
  const { buffer, byteOffset } = bytes
  const payloads: Payload[] = new Array(commands.length)
  let start = 0
  for (let offset = 0; offset < commands.length; offset++) {
    const { command, kind } = commands[offset]!
    bytes[start] = kind
    bytes.set(origin, start + 1)
    setUint48(bytes, start + 9, request)
    bytes[start + 15] = offset >>> 16
    bytes[start + 16] = offset >>> 8
    bytes[start + 17] = offset
    setUint48(bytes, start + timeAt, time)
    bytes.set(command, start + commandHeaderBytes)
    const length = commandHeaderBytes + command.length
    payloads[offset] = { type: 'normal', data: new Uint8Array(buffer, byteOffset + start, length) }
    start += length
  }
  return payloads
}

/**
 * Copies of these entries, which another member has encoded, with the leader's time. They are copied because
 * the member, or a duplicate of its message, may hold the same bytes.
 */
export function withTime(entries: readonly Payload[], time: number): Payload[] {
  let total = 0
  for (const entry of entries) if (hasTime(entry)) total += entry.data.length
  const bytes = slab.allocate(total)
  const { buffer, byteOffset } = bytes
  let start = 0
  return entries.map((entry) => {
    if (!hasTime(entry)) return entry
    const { type, data } = entry
    bytes.set(data, start)
    setUint48(bytes, start + timeAt, time)
    const copy = new Uint8Array(buffer, byteOffset + start, data.length)
    start += data.length
    return { type, data: copy }
  })
}

const hasTime = ({ type, data }: Payload): boolean =>
  type === 'normal' && data.length >= commandHeaderBytes && data[0] !== untimedCommand

export function setUint48(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32)
  bytes[at] = high >>> 8
  bytes[at + 1] = high
  bytes[at + 2] = value >>> 24
  bytes[at + 3] = value >>> 16
  bytes[at + 4] = value >>> 8
  bytes[at + 5] = value
}

export function uint48At(data: Uint8Array, at: number): number {
  const high = (data[at]! << 8) | data[at + 1]!
  const low = ((data[at + 2]! << 24) | (data[at + 3]! << 16) | (data[at + 4]! << 8) | data[at + 5]!) >>> 0
  return high * 2 ** 32 + low
}

/** The kind of an entry. Throws DecodeError for one that only a newer version knows. */
export function kindOf(data: Uint8Array): CommandKind {
  const kind = data[0]!
  if (kind === untimedCommand && data.length >= untimedHeaderBytes) return plainCommand
  if (kind < plainCommand || kind > storeSessionCommand || data.length < commandHeaderBytes)
    throw new DecodeError(
      `the log has an entry of kind ${kind}, which this version does not know: run a newer version`,
    )
  return kind as CommandKind
}

export const isForStore = (data: Uint8Array): boolean =>
  data[0] === storeCommand || data[0] === storeSessionCommand

/** What follows the header, in an entry of a known kind. */
export function bytesOf(data: Uint8Array): Uint8Array {
  const header = data[0] === untimedCommand ? untimedHeaderBytes : commandHeaderBytes
  return new Uint8Array(data.buffer, data.byteOffset + header, data.length - header)
}

/** The leader's time in an entry of a known kind; 0 if it has none. */
export const timeOf = (data: Uint8Array): number => (data[0] === untimedCommand ? 0 : uint48At(data, timeAt))

/** Whether the member that drew this origin proposed the command. */
export function isFrom(origin: Origin, data: Uint8Array): boolean {
  for (let i = 0; i < origin.length; i++) if (data[i + 1] !== origin[i]) return false
  return true
}

export const requestOf = (data: Uint8Array): number => uint48At(data, 9)

export function offsetOf(data: Uint8Array): number {
  return (data[15]! << 16) | (data[16]! << 8) | data[17]!
}
