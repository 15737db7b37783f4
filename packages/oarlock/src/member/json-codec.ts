// Commands as JSON: the default codec.
import type { Codec } from '@oarlock/runtime'

/** JSON in UTF-8. Throws TypeError for undefined, a function, a bigint or a cycle. */
export function jsonCodec<Value>(): Codec<Value> {
  return {
    encode(value) {
      const text: string | undefined = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`JSON cannot hold ${typeof value}`)
      return Buffer.from(text)
    },
    decode(bytes) {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Value
    },
  }
}
