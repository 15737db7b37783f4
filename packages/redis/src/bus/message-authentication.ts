// Proves that a frame comes from an instance that knows the secret: an HMAC-SHA256 over its channel and
// bytes. Its key is derived from the secret for this purpose alone.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** In bytes. */
export const tagSize = 32

export class MessageAuthentication {
  readonly #key: Uint8Array

  constructor(secret: string | Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'oarlock redis bus', 32))
  }

  tagOf(channel: string, bytes: Uint8Array): Buffer {
    const name = Buffer.from(channel)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(name.length)
    return createHmac('sha256', this.#key).update(length).update(name).update(bytes).digest()
  }

  verify(channel: string, bytes: Uint8Array, tag: Uint8Array): boolean {
    return timingSafeEqual(this.tagOf(channel, bytes), tag)
  }
}
