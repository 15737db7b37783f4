// A shared secret: how the two ends of a connection prove that they know it, and how each later frame shows that
// it comes from the other end of this connection.
//
// Both Hellos hold a fresh nonce. From the secret and the two Hellos each side derives four keys (HKDF-SHA-256,
// RFC 5869): for each direction one for the proof and one for the frames. The proof is an HMAC-SHA-256 over both
// Hellos. The side that dials proves first, so that a stranger who dials learns nothing that he could try
// secrets against.
//
// * A replayed proof fails, because the other side's nonce is new.
// * A reflected one fails, because each direction has its own key.
// * A change of the versions fails, because both Hellos are in the keys.
// * Each later frame carries an HMAC over its number and its bytes. So nobody between the two can add, change,
//   drop, reorder or replay a frame unnoticed. Identities, the cluster and the lane are in such frames.
//
// Nothing is encrypted.
import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { DecodeError } from '@oarlock/runtime'
import { ByteReader } from './byte-reader.ts'
import { encodeFrame, FrameKind } from './frame.ts'
import { end } from './handshake.ts'

/** The frame does not come from the other end of this connection, or not at this place. */
export class NotAuthenticError extends DecodeError {}

export type Side = 'dialler' | 'dialled'

const proofBytes = 32
/** So many secrets are valid at once, during a rotation. */
const maxSecrets = 2

/** The authentication of the frames in one direction. The order of the calls is the order of the frames. */
export class FrameTags {
  static readonly bytes = 16
  readonly #key: KeyObject
  readonly #number = Buffer.alloc(8)

  constructor(key: KeyObject) {
    this.#key = key
  }

  /** The tag of the next frame. */
  next(frame: Uint8Array): Buffer {
    const tag = createHmac('sha256', this.#key).update(this.#number).update(frame).digest()
    this.#number.writeBigUInt64BE(this.#number.readBigUInt64BE() + 1n)
    return tag.subarray(0, FrameTags.bytes)
  }

  /** Throws {@link NotAuthenticError} unless `tag` is that of the next frame. */
  check(frame: Uint8Array, tag: Uint8Array): void {
    if (!timingSafeEqual(this.next(frame), tag))
      throw new NotAuthenticError('a frame was forged, changed, dropped or replayed on its way')
  }
}

/** What one secret gives for one connection. */
export class AuthenticatedSession {
  readonly #secret: Uint8Array
  readonly #hellos: Buffer

  constructor(secret: Uint8Array, hellos: Buffer) {
    this.#secret = secret
    this.#hellos = hellos
  }

  proofOf(side: Side): Buffer {
    return createHmac('sha256', this.#key(`proof of the ${side}`))
      .update(this.#hellos)
      .digest()
  }

  /** For the frames that `side` sends. */
  tagsOf(side: Side): FrameTags {
    return new FrameTags(this.#key(`frames of the ${side}`))
  }

  #key(purpose: string): KeyObject {
    const key = hkdfSync('sha256', this.#secret, this.#hellos, `oarlock: ${purpose}`, 32)
    return createSecretKey(Buffer.from(key))
  }
}

/** One session for each secret that this member accepts. `dialler`, `dialled`: the bodies of both Hellos. */
export function sessionsOf(
  secrets: readonly Uint8Array[],
  dialler: Uint8Array,
  dialled: Uint8Array,
): AuthenticatedSession[] {
  const digest = (body: Uint8Array) => createHash('sha256').update(body).digest()
  const hellos = Buffer.concat([digest(dialler), digest(dialled)])
  return secrets.map((secret) => new AuthenticatedSession(secret, hellos))
}

/** The session that `side` has proved, or null. */
export function provedSession(
  sessions: readonly AuthenticatedSession[],
  side: Side,
  proofs: readonly Uint8Array[],
): AuthenticatedSession | null {
  let proved: AuthenticatedSession | null = null
  for (const session of sessions) {
    const expected = session.proofOf(side)
    for (const proof of proofs) if (timingSafeEqual(expected, proof)) proved ??= session
  }
  return proved
}

/** The side that dials has a proof for each of its secrets, the other one for that which both have. */
export function encodeProofs(proofs: readonly Uint8Array[]): Buffer {
  return encodeFrame(FrameKind.proof, proofs.length * proofBytes, (writer) => {
    for (const proof of proofs) writer.raw(proof)
  })
}

/** Throws DecodeError. */
export function decodeProofs(body: Uint8Array): Uint8Array[] {
  const from = new ByteReader(body)
  const proofs: Uint8Array[] = []
  while (from.remaining >= proofBytes && proofs.length < maxSecrets) proofs.push(from.raw(proofBytes))
  return end(from, proofs)
}
