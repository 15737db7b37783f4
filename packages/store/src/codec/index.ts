// Requests, answers and the whole store as bytes.
export { decodeAnswer, encodeAnswer, type Result } from './answer-codec.ts'
export { decodeRequest, encodeRequest, type Request } from './request-codec.ts'
export { encodeState, StateDecoder, stateFormat } from './state-codec.ts'
