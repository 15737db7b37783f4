// The first frames of a connection.
//
//   dials                            is dialled
//   Hello         ───────────────▶                    versions, a nonce, whether there is a secret
//                 ◀───────────────   Hello
//   Proof         ───────────────▶                    only with a secret (authentication.ts)
//                 ◀───────────────   Proof
//   Introduction  ───────────────▶                    its identity, the member that it wants, the lane
//   or Client                                         the cluster that it wants to use
//                 ◀───────────────   Welcome          its identity
//
// Each side may answer with Refused, with the reason, and then ends the connection. Messages are sent only
// after Welcome. They are of the greatest version that both sides speak.
//
// The frame header, the start of Hello (magic, version) and Refused are the same in every version, so that
// any two versions can tell each other what is wrong. From version 3 on, all of Hello is; more may follow it.
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
import { type ByteWriter, stringSize } from './byte-writer.ts'
import { encodeFrame, FrameKind } from './frame.ts'
import { identitySize, readIdentity, writeIdentity } from './identity-codec.ts'
import { membershipText, parseMembership } from './membership-codec.ts'

/** The version of this program. */
export const protocolVersion = 3
/** The oldest version that this program speaks. */
const oldestVersion = 3
/** Hello has its present layout from here on. */
const firstWithRange = 3

/** 'OARL' */
const magic = 0x4f41524c

/** In bytes. Before the handshake is done, no longer frame is accepted. */
export const maxHandshakeBytes: number = 16 * 1024

export const nonceBytes = 32

export interface Hello {
  /** The newest version that the sender speaks, and the oldest one. */
  readonly version: number
  readonly oldest: number
  readonly hasSecret: boolean
  /** Random, of this connection. */
  readonly nonce: Uint8Array
}

/** A Hello from before version 3, of which only the version is read. */
interface OldHello {
  readonly version: number
  readonly nonce: null
}

/**
 * In an Introduction: it wants to know who the members are. It is answered by Welcome, and the connection
 * ends.
 */
export const anyMember = ''

export interface Introduction {
  readonly identity: MemberIdentity
  /** A member, or {@link anyMember}. */
  readonly to: NodeId
  readonly lane: Lane
  /** The address at which peers reach the sender; empty: the one that they know. */
  readonly advertise: string
}

export type Welcome = Pick<Introduction, 'identity' | 'advertise'>

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
  'wrong-secret': 13,
  'removed-member': 14,
  'other-generation': 15,
} satisfies Record<RefusalReason, number>
const reasons = Object.keys(tagOfReason) as RefusalReason[]

/** In bytes. The rest of a longer detail is not sent. */
const longestDetail = 4096

const tagOfLane = { control: 1, bulk: 2 } satisfies Record<Lane, number>

export const ownHello = (hasSecret: boolean, nonce: Uint8Array): Hello => ({
  version: protocolVersion,
  oldest: oldestVersion,
  hasSecret,
  nonce,
})

export function encodeHello({ version, oldest, hasSecret, nonce }: Hello): Buffer {
  return encodeFrame(FrameKind.hello, 4 + 2 + 2 + 1 + nonceBytes, (writer) => {
    writer.u32(magic)
    writer.u16(version)
    writer.u16(oldest)
    writer.bool(hasSecret)
    writer.raw(nonce)
  })
}

/** Throws DecodeError for other bytes. */
export function decodeHello(body: Uint8Array): Hello | OldHello {
  const from = new ByteReader(body)
  if (from.u32() !== magic) throw new DecodeError("the other side does not use Oarlock's protocol")
  const version = from.u16()
  if (version < firstWithRange) return { version, nonce: null }
  return { version, oldest: from.u16(), hasSecret: from.bool(), nonce: from.raw(nonceBytes) }
}

/** The greatest version that both speak, or null. */
export function commonVersion(theirs: Pick<Hello, 'version' | 'oldest'>): number | null {
  const version = Math.min(protocolVersion, theirs.version)
  return version >= Math.max(oldestVersion, theirs.oldest) ? version : null
}

export function encodeIntroduction({ identity, to, lane, advertise }: Introduction): Buffer {
  const members = membershipText(identity)
  const size = identitySize(identity) + stringSize(to) + 1 + stringSize(advertise) + membershipSize(members)
  return encodeFrame(FrameKind.introduction, size, (writer) => {
    writeIdentity(writer, identity)
    writer.string(to)
    writer.u8(tagOfLane[lane])
    writer.string(advertise)
    if (members !== '') writer.string(members)
  })
}

export function decodeIntroduction(body: Uint8Array): Introduction {
  const from = new ByteReader(body)
  const [identity, to, lane, advertise] = [readIdentity(from), from.string(), readLane(from), from.string()]
  return end(from, { identity: { ...identity, ...readMembership(from) }, to, lane, advertise })
}

function readLane(from: ByteReader): Lane {
  const tag = from.u8()
  for (const lane of lanes) if (tagOfLane[lane] === tag) return lane
  throw new DecodeError(`the lane ${tag} is unknown`)
}

/** A client that is no member wants to use this cluster. */
export interface ClientIntroduction {
  readonly cluster: string
}

export const encodeClientIntroduction = ({ cluster }: ClientIntroduction): Buffer =>
  encodeFrame(FrameKind.client, stringSize(cluster), (writer) => writer.string(cluster))

export function decodeClientIntroduction(body: Uint8Array): ClientIntroduction {
  const from = new ByteReader(body)
  return end(from, { cluster: from.string() })
}

export const encodeClientMessage = (message: Uint8Array): Buffer =>
  encodeFrame(FrameKind.clientMessage, message.length, (writer) => writer.raw(message))

export function encodeWelcome({ identity, advertise }: Welcome): Buffer {
  const members = membershipText(identity)
  const write = (writer: ByteWriter): void => {
    writeIdentity(writer, identity)
    writer.string(advertise)
    if (members !== '') writer.string(members)
  }
  const size = identitySize(identity) + stringSize(advertise) + membershipSize(members)
  return encodeFrame(FrameKind.welcome, size, write)
}

export function decodeWelcome(body: Uint8Array): Welcome {
  const from = new ByteReader(body)
  const [identity, advertise] = [readIdentity(from), from.string()]
  return end(from, { identity: { ...identity, ...readMembership(from) }, advertise })
}

const membershipSize = (text: string): number => (text === '' ? 0 : stringSize(text))

const readMembership = (from: ByteReader): ReturnType<typeof parseMembership> =>
  from.remaining === 0 ? {} : parseMembership(from.string())

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

/** Throws DecodeError if the frame goes on. */
export function end<T>(from: ByteReader, value: T): T {
  if (from.remaining > 0)
    throw new DecodeError(`a frame of the handshake has ${from.remaining} bytes too many`)
  return value
}
