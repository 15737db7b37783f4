// A frame is what travels: [u32 length][u32 crc32][u8 kind][body]. The length counts what follows the checksum; the
// checksum covers the same bytes. A damaged length makes the checksum fail over the wrong span.

import { crc32 } from 'node:zlib'
import { DecodeError } from '@oarlock/runtime'
import { ByteWriter } from './byte-writer.ts'

export const FrameKind = {
  /** First on a connection, from the side that dialled: who it is and whom it wants. */
  hello: 1,
  /** The answer: go on. */
  welcome: 2,
  /** The answer: no, and why. */
  refused: 3,
  /** As many messages as fit. */
  messages: 4,
  /** Nothing to say, but still here. */
  alive: 5,
} as const

export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export interface Frame {
  /** One of {@link FrameKind}, if the other side speaks this version. */
  readonly kind: number
  /** A view of the received bytes. */
  readonly body: Uint8Array
}

/** Length and checksum. */
export const frameHeaderSize = 8
/** What a frame has besides its body. */
export const frameOverhead: number = frameHeaderSize + 1

/** Frames longer than this are not sent, and not accepted. In bytes. */
export const defaultMaxFrameBytes: number = 64 * 1024 * 1024

/** Leaves room for the header and writes the kind; returns where the frame starts, for `endFrame`. */
export function beginFrame(to: ByteWriter, kind: FrameKind): number {
  const start = to.at
  to.u32(0)
  to.u32(0)
  to.u8(kind)
  return start
}

/** Fills in length and checksum of the frame that goes from `start` to here. */
export function endFrame(to: ByteWriter, start: number): void {
  const content = start + frameHeaderSize
  to.u32At(start, to.at - content)
  to.u32At(start + 4, crc32(to.buffer.subarray(content, to.at)))
}

/** A frame with nothing in it but what `write` puts there, `size` bytes. */
export function encodeFrame(kind: FrameKind, size = 0, write?: (to: ByteWriter) => void): Buffer {
  const to = new ByteWriter(frameOverhead + size)
  const start = beginFrame(to, kind)
  write?.(to)
  endFrame(to, start)
  return to.buffer
}

/** The length that a header announces. Throws {@link DecodeError} for one that cannot be. */
export function contentLength(header: Buffer, at: number, maxFrameBytes: number): number {
  const length = header.readUInt32BE(at)
  if (length === 0) throw new DecodeError('a frame without a kind')
  if (length > maxFrameBytes - frameHeaderSize)
    throw new DecodeError(`a frame of ${length} bytes, more than the ${maxFrameBytes} allowed`)
  return length
}

/** The frame that fills `bytes` from `start` to `end`. Throws {@link DecodeError} when the checksum does not fit. */
export function openFrame(bytes: Buffer, start: number, end: number): Frame {
  const content = bytes.subarray(start + frameHeaderSize, end)
  if (crc32(content) !== bytes.readUInt32BE(start + 4))
    throw new DecodeError('a frame whose checksum does not fit')
  return { kind: content[0]!, body: content.subarray(1) }
}
