// `oarlock/wire`, for transports of your own: messages as bytes, in the layout of Oarlock's TCP transport.
// `protocolVersion` changes with the layout: refuse other versions.
export { RateLimitedLog } from './transport/index.ts'
export {
  ByteReader,
  ByteWriter,
  decodeMessages,
  identitySize,
  messageSize,
  protocolVersion,
  readIdentity,
  stringSize,
  writeIdentity,
  writeMessage,
} from './wire/index.ts'
