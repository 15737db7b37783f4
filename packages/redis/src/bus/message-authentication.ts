// Proves that a frame comes from an instance that knows the secret: a tag over its channel and bytes.
import { Authenticator, type Secrets } from '../authentication/index.ts'

export class MessageAuthentication {
  readonly #authenticator: Authenticator

  constructor(secrets: Secrets) {
    this.#authenticator = new Authenticator(secrets, 'oarlock redis bus')
  }

  tagOf(channel: string, bytes: Uint8Array): Buffer {
    return this.#authenticator.tagOf(...named(channel), bytes)
  }

  verify(channel: string, bytes: Uint8Array, tag: Uint8Array): boolean {
    return this.#authenticator.verify(tag, ...named(channel), bytes)
  }
}

/** The channel with its length, so that no part of it can pass for the beginning of the bytes. */
function named(channel: string): [Uint8Array, Uint8Array] {
  const name = Buffer.from(channel)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  return [length, name]
}
