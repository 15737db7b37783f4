// A payload on a channel: [u16 magic][u8 version][u8 version of messages][u8 sealed?][u8 kind][sender][session][u64 counter][cluster][body][seal].
// Magic and versions stay where they are in all versions to come.
import type { NodeId } from '@oarlock/core'
import { DecodeError } from 'oarlock'
import { ByteReader, ByteWriter, protocolVersion, stringSize } from 'oarlock/wire'
import { type Seal, sealSize } from './message-authentication.ts'

const magic = 0x4f41
const busVersion = 1

export const BusKind = {
  /** Raft messages for one instance. */
  messages: 1,
  /** For all. */
  announcement: 2,
  /** To an instance's own channel: is there somebody else of this name? */
  probe: 3,
  /** The answer: yes. */
  taken: 4,
  /** To an instance whose session began before one that was heard: begin one after that. */
  outdated: 5,
} as const

/** One life of a sender: which of two is the later one can be told. */
export interface Session {
  /** When it began, in ms since 1970, by the sender's clock. */
  readonly start: number
  /** By chance. */
  readonly nonce: string
}

export interface BusFrame {
  readonly kind: number
  readonly from: NodeId
  readonly session: Session
  readonly counter: number
  /** Empty: of no cluster. */
  readonly cluster: string
  readonly body: Uint8Array
}

const headerSize = 6

export function encodeFrame(frame: BusFrame, channel: string, seal: Seal | null): Buffer {
  const { kind, from, session, counter, cluster, body } = frame
  const size =
    headerSize + stringSize(from) + 8 + stringSize(session.nonce) + 8 + stringSize(cluster) + 4 + body.length
  const to = new ByteWriter(size + (seal === null ? 0 : sealSize))
  to.u16(magic)
  to.u8(busVersion)
  to.u8(protocolVersion)
  to.bool(seal !== null)
  to.u8(kind)
  to.string(from)
  to.u64(session.start)
  to.string(session.nonce)
  to.u64(counter)
  to.string(cluster)
  to.bytes(body)
  if (seal !== null) seal.of(channel, to.buffer.subarray(0, size)).copy(to.buffer, size)
  return to.buffer
}

/** Why a frame is not taken. */
export type FrameProblem = 'damaged' | 'version' | 'unsealed' | 'sealed' | 'wrong-seal'

/** The frame, or what is wrong with it. Nothing in it is looked at before its seal. */
export function decodeFrame(
  payload: Uint8Array,
  channel: string,
  seal: Seal | null,
): BusFrame | FrameProblem {
  if (payload.length < headerSize || payload[0]! * 256 + payload[1]! !== magic) return 'damaged'
  if (payload[2] !== busVersion || payload[3] !== protocolVersion) return 'version'
  const isSealed = payload[4] !== 0
  if (isSealed !== (seal !== null)) return isSealed ? 'sealed' : 'unsealed'
  let content = payload
  if (seal !== null) {
    const end = payload.length - sealSize
    if (end < headerSize) return 'damaged'
    content = payload.subarray(0, end)
    if (!seal.fits(channel, content, payload.subarray(end))) return 'wrong-seal'
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
