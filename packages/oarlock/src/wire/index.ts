// The wire protocol: messages as bytes, the frames that carry them, and the handshake before them.
export { ByteReader } from './byte-reader.ts'
export { ByteWriter, stringSize } from './byte-writer.ts'
export { defaultMaxFrameBytes, type Frame, FrameKind, FrameTooLongError } from './frame.ts'
export { FrameDecoder } from './frame-decoder.ts'
export {
  decodeHello,
  decodeRefusal,
  decodeWelcome,
  encodeAlive,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
  type ForeignHello,
  type Hello,
  maxHandshakeBytes,
  protocolVersion,
} from './handshake.ts'
export { identitySize, readIdentity, writeIdentity } from './identity-codec.ts'
export { type EncodedBatch, framedSize, MessageBatch } from './message-batch.ts'
export { decodeMessages, messageSize, writeMessage } from './message-codec.ts'
