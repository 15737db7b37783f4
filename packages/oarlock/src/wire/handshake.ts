// The first frames of a connection. The side that dialled sends Hello: its protocol version, its cluster, its
// own name, the name of the member that it wants, and the lane that it will send on this connection. The
// other side answers Welcome, or Refused with the reason. Messages are sent only after Welcome. The frame header, the start of Hello (magic, version) and
// Refused are the same in every version, so that two versions can tell each other what is wrong.
import type { NodeId } from '@oarlock/core'
import { DecodeError, type Lane, lanes } from '@oarlock/runtime'
import { ByteReader } from './byte-reader.ts'
import { stringSize } from './byte-writer.ts'
import { encodeFrame, FrameKind } from './frame.ts'

export const protocolVersion = 2

/** 'OARL' */
const magic = 0x4f41524c

/** In bytes. Before the handshake is done, no longer frame is accepted. */
export const maxHandshakeBytes: number = 16 * 1024

export interface Hello {
  readonly version: number
  readonly cluster: string
  readonly from: NodeId
  readonly to: NodeId
  readonly lane: Lane
}

/** Why a connection is refused. */
export type RefusalReason = 'wrong-version' | 'wrong-cluster' | 'wrong-member' | 'unknown-member'

export interface Refusal {
  readonly reason: RefusalReason
  /** A sentence for people. */
  readonly detail: string
}

const tagOfReason = {
  'wrong-version': 1,
  'wrong-cluster': 2,
  'wrong-member': 3,
  'unknown-member': 4,
} satisfies Record<RefusalReason, number>
const reasons = Object.keys(tagOfReason) as RefusalReason[]

const tagOfLane = { control: 1, bulk: 2 } satisfies Record<Lane, number>

export function encodeHello({ version, cluster, from, to, lane }: Hello): Buffer {
  const size = 4 + 2 + stringSize(cluster) + stringSize(from) + stringSize(to) + 1
  return encodeFrame(FrameKind.hello, size, (writer) => {
    writer.u32(magic)
    writer.u16(version)
    writer.string(cluster)
    writer.string(from)
    writer.string(to)
    writer.u8(tagOfLane[lane])
  })
}

/** Of a Hello of another version only the version is read. Throws DecodeError for other bytes. */
export function decodeHello(body: Uint8Array): Hello {
  const from = new ByteReader(body)
  if (from.u32() !== magic) throw new DecodeError("the other side does not use Oarlock's protocol")
  const version = from.u16()
  if (version !== protocolVersion) return { version, cluster: '', from: '', to: '', lane: 'control' }
  return end(from, {
    version,
    cluster: from.string(),
    from: from.string(),
    to: from.string(),
    lane: readLane(from),
  })
}

function readLane(from: ByteReader): Lane {
  const tag = from.u8()
  for (const lane of lanes) if (tagOfLane[lane] === tag) return lane
  throw new DecodeError(`the lane ${tag} is unknown`)
}

export const encodeWelcome = (): Buffer => encodeFrame(FrameKind.welcome)

export function encodeRefusal({ reason, detail }: Refusal): Buffer {
  return encodeFrame(FrameKind.refused, 1 + stringSize(detail), (writer) => {
    writer.u8(tagOfReason[reason])
    writer.string(detail)
  })
}

export function decodeRefusal(body: Uint8Array): Refusal {
  const from = new ByteReader(body)
  const tag = from.u8()
  const reason = reasons.find((known) => tagOfReason[known] === tag)
  if (reason === undefined) throw new DecodeError(`the reason ${tag} for refusing a connection is unknown`)
  return end(from, { reason, detail: from.string() })
}

export const encodeAlive = (): Buffer => encodeFrame(FrameKind.alive)

function end<T>(from: ByteReader, value: T): T {
  if (from.remaining > 0)
    throw new DecodeError(`a frame of the handshake has ${from.remaining} bytes too many`)
  return value
}
