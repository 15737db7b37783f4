// Proves that bytes come from an instance that knows a secret: an HMAC-SHA256 whose key is derived from the
// secret for one purpose. During a rotation two secrets are known: the first one signs, and both are accepted.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Secrets } from './secrets.ts'

/** The size of a tag, in bytes. */
export const tagSize = 32

export class Authenticator {
  readonly #keys: readonly Uint8Array[]

  /** `secrets`: one at least. */
  constructor(secrets: Secrets, purpose: string) {
    this.#keys = secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32)))
  }

  tagOf(...parts: readonly Uint8Array[]): Buffer {
    return tag(this.#keys[0]!, parts)
  }

  verify(found: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
    return found.length === tagSize && this.#keys.some((key) => timingSafeEqual(tag(key, parts), found))
  }
}

function tag(key: Uint8Array, parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}
