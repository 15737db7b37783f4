// A frame on the wire: [u32 length][u32 crc32][u8 kind][body]. The length counts the bytes after the
// checksum, and the checksum covers the same bytes. With a damaged length, the checksum is computed over the
// wrong bytes and fails. On a connection with a shared secret, 16 bytes follow that authenticate the frame
// (authentication.ts). The length does not count them.
import { crc32 } from 'node:zlib'
import { DecodeError } from '@oarlock/runtime'
import { ByteWriter } from './byte-writer.ts'

export const FrameKind = {
  /** The first frame of each side: its versions. */
  hello: 1,
  /** The answer that accepts the connection, with the identity of the side that was dialled. */
  welcome: 2,
  /** The answer that refuses the connection, with the reason. */
  refused: 3,
  /** Raft messages. */
  messages: 4,
  /** Empty. Sent on an idle connection to show that this side is alive. */
  alive: 5,
  /** That the sender knows the shared secret. */
  proof: 6,
  /** The identity of the side that dialled, and the member that it wants. */
  introduction: 7,
  /** A client that is no member introduces itself. */
  client: 8,
  /** What a client and a member say to each other. */
  clientMessage: 9,
} as const

export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export interface Frame {
  /** One of {@link FrameKind}, if the other side has the same protocol version. */
  readonly kind: number
  /** A view of the received bytes. */
  readonly body: Uint8Array
}

/** A frame beyond the limit is announced. */
export class FrameTooLongError extends DecodeError {}

/** Length and checksum. */
export const frameHeaderSize = 8
/** The size of a frame without its body. */
export const frameOverhead: number = frameHeaderSize + 1

/** In bytes. Longer frames are neither sent nor accepted. */
export const defaultMaxFrameBytes: number = 64 * 1024 * 1024

/** Leaves space for the header and writes the kind. Returns the frame's position, for `endFrame`. */
export function beginFrame(to: ByteWriter, kind: FrameKind): number {
  const start = to.at
  to.u32(0)
  to.u32(0)
  to.u8(kind)
  return start
}

/** Writes the length and the checksum of the frame that began at `start` and ends here. */
export function endFrame(to: ByteWriter, start: number): void {
  const content = start + frameHeaderSize
  to.u32At(start, to.at - content)
  to.u32At(start + 4, crc32(to.buffer.subarray(content, to.at)))
}

/** A whole frame. `write` writes its body of `size` bytes. */
export function encodeFrame(kind: FrameKind, size = 0, write?: (to: ByteWriter) => void): Buffer {
  const to = new ByteWriter(frameOverhead + size)
  const start = beginFrame(to, kind)
  write?.(to)
  endFrame(to, start)
  return to.buffer
}

/** The frames that `bytes` consists of, each with its header. */
export function* eachFrame(bytes: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + frameHeaderSize + bytes.readUInt32BE(at)
    yield bytes.subarray(at, end)
    at = end
  }
}

/** The length that a header announces. Throws {@link DecodeError} for an impossible one. */
export function contentLength(header: Buffer, at: number, maxFrameBytes: number): number {
  const length = header.readUInt32BE(at)
  if (length === 0) throw new DecodeError('a frame has no kind')
  if (length > maxFrameBytes - frameHeaderSize)
    throw new FrameTooLongError(`a frame has ${length} bytes, more than the ${maxFrameBytes} allowed`)
  return length
}

/** The frame in `bytes` from `start` to `end`. Throws {@link DecodeError} if the checksum is wrong. */
export function openFrame(bytes: Buffer, start: number, end: number): Frame {
  const content = bytes.subarray(start + frameHeaderSize, end)
  if (crc32(content) !== bytes.readUInt32BE(start + 4))
    throw new DecodeError('the checksum of a frame is wrong')
  return { kind: content[0]!, body: content.subarray(1) }
}
