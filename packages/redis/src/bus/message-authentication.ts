// Proof that a frame comes from somebody who knows the secret: HMAC-SHA256 over its channel and its bytes, under a key that is
// made of the secret for this purpose alone.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** In bytes. */
export const sealSize = 32

export class Seal {
  readonly #key: Uint8Array

  constructor(secret: string | Uint8Array) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'oarlock redis bus', 32))
  }

  of(channel: string, bytes: Uint8Array): Buffer {
    const name = Buffer.from(channel)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(name.length)
    return createHmac('sha256', this.#key).update(length).update(name).update(bytes).digest()
  }

  fits(channel: string, bytes: Uint8Array, seal: Uint8Array): boolean {
    return timingSafeEqual(this.of(channel, bytes), seal)
  }
}
