/** A command as bytes in the log and on the wire. Each version must decode the bytes of earlier ones. */
export interface Codec<Value> {
  encode(value: Value): Uint8Array
  decode(bytes: Uint8Array): Value
}
