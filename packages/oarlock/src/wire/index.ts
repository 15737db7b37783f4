// The wire protocol: messages as bytes, the frames that carry them, and the handshake before them.
export {
  type AuthenticatedSession,
  decodeProofs,
  encodeProofs,
  FrameTags,
  NotAuthenticError,
  provedSession,
  type Side,
  sessionsOf,
} from './authentication.ts'
export { ByteReader } from './byte-reader.ts'
export { ByteWriter, stringSize } from './byte-writer.ts'
export { defaultMaxFrameBytes, eachFrame, type Frame, FrameKind, FrameTooLongError } from './frame.ts'
export { FrameDecoder } from './frame-decoder.ts'
export {
  anyMember,
  type ClientIntroduction,
  commonVersion,
  decodeClientIntroduction,
  decodeHello,
  decodeIntroduction,
  decodeRefusal,
  decodeWelcome,
  encodeAlive,
  encodeClientIntroduction,
  encodeClientMessage,
  encodeHello,
  encodeIntroduction,
  encodeRefusal,
  encodeWelcome,
  type Hello,
  type Introduction,
  maxHandshakeBytes,
  nonceBytes,
  ownHello,
  protocolVersion,
  type Welcome,
} from './handshake.ts'
export { identitySize, readIdentity, writeIdentity } from './identity-codec.ts'
export { type EncodedBatch, framedSize, MessageBatch } from './message-batch.ts'
export { decodeMessages, messageSize, writeMessage } from './message-codec.ts'
