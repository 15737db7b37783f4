// The wire: messages as bytes, frames around them, and the handshake that comes first.

export { defaultMaxFrameBytes, type Frame, FrameKind } from './frame.ts'
export { FrameDecoder } from './frame-decoder.ts'
export {
  decodeHello,
  decodeRefusal,
  encodeAlive,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
  type Hello,
  maxHandshakeBytes,
  protocolVersion,
  type Refusal,
  type RefusalReason,
} from './handshake.ts'
export { framedSize, MessageBatch, type TakenBatch } from './message-batch.ts'
export { decodeMessages, messageSize } from './message-codec.ts'
