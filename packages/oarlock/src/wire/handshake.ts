// The first frames of a connection. The side that dialled sends Hello: its protocol version, its identity, the
// name of the member that it wants, and the lane that it will send on this connection. The other side answers
// Welcome with its own identity, or Refused with the reason. The side that dialled may then refuse as well:
// it answers Welcome with Refused. Messages are sent only after Welcome. The frame header, the start of Hello
// (magic, version) and Refused are the same in every version, so that two versions can tell each other what
// is wrong.
import type { NodeId } from '@oarlock/core'
import {
  DecodeError,
  type Lane,
  lanes,
  type MemberIdentity,
  printable,
  type Refusal,
  type RefusalReason,
} from '@oarlock/runtime'
import { ByteReader } from './byte-reader.ts'
import { stringSize } from './byte-writer.ts'
import { encodeFrame, FrameKind } from './frame.ts'
import { identitySize, readIdentity, writeIdentity } from './identity-codec.ts'

export const protocolVersion = 2

/** 'OARL' */
const magic = 0x4f41524c

/** In bytes. Before the handshake is done, no longer frame is accepted. */
export const maxHandshakeBytes: number = 16 * 1024

export interface Hello {
  readonly version: number
  readonly identity: MemberIdentity
  readonly to: NodeId
  readonly lane: Lane
}

/** A Hello of another version, of which only the version is read. */
export interface ForeignHello {
  readonly version: number
  readonly identity: null
}

const tagOfReason = {
  'wrong-version': 1,
  'wrong-cluster': 2,
  'wrong-member': 3,
  'unknown-member': 4,
  'duplicate-id': 5,
  'other-founders': 6,
  'other-purpose': 7,
  'other-incarnation': 8,
  'older-copy': 9,
  'second-process': 10,
  'wrong-tls': 11,
  'wrong-certificate': 12,
} satisfies Record<RefusalReason, number>
const reasons = Object.keys(tagOfReason) as RefusalReason[]

/** In bytes. The rest of a longer detail is not sent. */
const longestDetail = 4096

const tagOfLane = { control: 1, bulk: 2 } satisfies Record<Lane, number>

export function encodeHello({ version, identity, to, lane }: Hello): Buffer {
  const size = 4 + 2 + identitySize(identity) + stringSize(to) + 1
  return encodeFrame(FrameKind.hello, size, (writer) => {
    writer.u32(magic)
    writer.u16(version)
    writeIdentity(writer, identity)
    writer.string(to)
    writer.u8(tagOfLane[lane])
  })
}

/** Throws DecodeError for other bytes. */
export function decodeHello(body: Uint8Array): Hello | ForeignHello {
  const from = new ByteReader(body)
  if (from.u32() !== magic) throw new DecodeError("the other side does not use Oarlock's protocol")
  const version = from.u16()
  if (version !== protocolVersion) return { version, identity: null }
  return end(from, { version, identity: readIdentity(from), to: from.string(), lane: readLane(from) })
}

function readLane(from: ByteReader): Lane {
  const tag = from.u8()
  for (const lane of lanes) if (tagOfLane[lane] === tag) return lane
  throw new DecodeError(`the lane ${tag} is unknown`)
}

export function encodeWelcome(identity: MemberIdentity): Buffer {
  return encodeFrame(FrameKind.welcome, identitySize(identity), (writer) => writeIdentity(writer, identity))
}

export function decodeWelcome(body: Uint8Array): MemberIdentity {
  const from = new ByteReader(body)
  return end(from, readIdentity(from))
}

export function encodeRefusal({ reason, detail }: Refusal): Buffer {
  const sent = Buffer.from(detail).subarray(0, longestDetail).toString()
  return encodeFrame(FrameKind.refused, 1 + stringSize(sent), (writer) => {
    writer.u8(tagOfReason[reason])
    writer.string(sent)
  })
}

/** A reason that is unknown here comes from a newer version. */
export function decodeRefusal(body: Uint8Array): Refusal {
  const from = new ByteReader(body)
  const tag = from.u8()
  const reason = reasons.find((known) => tagOfReason[known] === tag) ?? 'wrong-version'
  return end(from, { reason, detail: printable(from.string(), longestDetail) })
}

export const encodeAlive = (): Buffer => encodeFrame(FrameKind.alive)

function end<T>(from: ByteReader, value: T): T {
  if (from.remaining > 0)
    throw new DecodeError(`a frame of the handshake has ${from.remaining} bytes too many`)
  return value
}
