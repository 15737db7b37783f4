// Messages as bytes, for transports of one's own (`oarlock/wire`): what a transport carries from `send` to `receive`, in
// the layout of Oarlock's own TCP transport. `protocolVersion` changes when the layout does: refuse other versions.
export { RareLog } from './transport/rare-log.ts'
export { ByteReader } from './wire/byte-reader.ts'
export { ByteWriter, stringSize } from './wire/byte-writer.ts'
export { protocolVersion } from './wire/handshake.ts'
export { decodeMessages, messageSize, writeMessage } from './wire/message-codec.ts'
