// A payload on a channel:
//
//     [u16 magic][u8 version][u8 version of messages][u8 has tag?][u8 kind]
//     [sender][session][u64 counter][cluster][body][tag]
//
// Magic and versions must keep their places in all future versions.
import type { NodeId } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import { ByteReader, ByteWriter, protocolVersion, stringSize } from 'oarlock/wire'
import { tagSize } from '../authentication/index.ts'
import type { MessageAuthentication } from './message-authentication.ts'

const magic = 0x4f41
const busVersion = 2

export const BusKind = {
  /** Raft messages for one instance. */
  messages: 1,
  /** For all instances of the prefix. */
  announcement: 2,
  /** On the sender's own channel: does another process use this id? */
  probe: 3,
  /** The answer to a probe: yes. */
  taken: 4,
  /** To an instance whose session is older than its previous one: start a newer session. */
  outdated: 5,
  /** Who a member is (introduction.ts). */
  introduction: 6,
  /** To a member that is refused: why. */
  refusal: 7,
} as const

/** One run of a sender. Of two sessions, the later one can be told. */
export interface Session {
  /** When it began, in ms since 1970 by the sender's clock. */
  readonly start: number
  /** Random. */
  readonly nonce: string
}

export interface BusFrame {
  readonly kind: number
  readonly from: NodeId
  readonly session: Session
  readonly counter: number
  /** Empty: it belongs to no cluster. */
  readonly cluster: string
  readonly body: Uint8Array
}

const headerSize = 6

export function encodeFrame(
  frame: BusFrame,
  channel: string,
  authentication: MessageAuthentication | null,
): Buffer {
  const { kind, from, session, counter, cluster, body } = frame
  const size =
    headerSize + stringSize(from) + 8 + stringSize(session.nonce) + 8 + stringSize(cluster) + 4 + body.length
  const to = new ByteWriter(size + (authentication === null ? 0 : tagSize))
  to.u16(magic)
  to.u8(busVersion)
  to.u8(protocolVersion)
  to.bool(authentication !== null)
  to.u8(kind)
  to.string(from)
  to.u64(session.start)
  to.string(session.nonce)
  to.u64(counter)
  to.string(cluster)
  to.bytes(body)
  if (authentication !== null)
    authentication.tagOf(channel, to.buffer.subarray(0, size)).copy(to.buffer, size)
  return to.buffer
}

/** Why a frame is refused. */
type FrameProblem = 'damaged' | 'version' | 'no-tag' | 'unexpected-tag' | 'wrong-tag'

export const frameProblems: Record<FrameProblem, string> = {
  damaged: 'it is damaged, or not from this package',
  version: 'its sender runs an incompatible version of this package',
  'no-tag': 'its sender has no secret',
  'unexpected-tag': 'its sender has a secret, but this instance has none',
  'wrong-tag': 'its sender has another secret, or it was altered on the way',
}

/** The frame, or why it is refused. The tag is verified before anything after the header is read. */
export function decodeFrame(
  payload: Uint8Array,
  channel: string,
  authentication: MessageAuthentication | null,
): BusFrame | FrameProblem {
  if (payload.length < headerSize || payload[0]! * 256 + payload[1]! !== magic) return 'damaged'
  if (payload[2] !== busVersion || payload[3] !== protocolVersion) return 'version'
  const hasTag = payload[4] !== 0
  if (hasTag !== (authentication !== null)) return hasTag ? 'unexpected-tag' : 'no-tag'
  let content = payload
  if (authentication !== null) {
    const end = payload.length - tagSize
    if (end < headerSize) return 'damaged'
    content = payload.subarray(0, end)
    if (!authentication.verify(channel, content, payload.subarray(end))) return 'wrong-tag'
  }
  try {
    return readFrame(content)
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged'
    throw error
  }
}

function readFrame(content: Uint8Array): BusFrame {
  const reader = new ByteReader(content.subarray(headerSize - 1))
  const frame = {
    kind: reader.u8(),
    from: reader.string(),
    session: { start: reader.u64(), nonce: reader.string() },
    counter: reader.u64(),
    cluster: reader.string(),
    body: reader.bytes(),
  }
  if (reader.remaining > 0) throw new DecodeError(`${reader.remaining} bytes too many`)
  return frame
}
