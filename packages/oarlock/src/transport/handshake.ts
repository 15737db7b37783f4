// Both sides of the handshake, up to the frame that tells an identity: the versions, and the secret if there is
// one. No identity is told before the other side has proved that it knows the secret.
import { randomBytes } from 'node:crypto'
import { DecodeError, type Refusal } from '@oarlock/runtime'
import {
  type AuthenticatedSession,
  commonVersion,
  decodeHello,
  decodeProofs,
  decodeRefusal,
  encodeHello,
  encodeProofs,
  type Frame,
  FrameKind,
  type FrameTags,
  type Hello,
  nonceBytes,
  ownHello,
  protocolVersion,
  provedSession,
  sessionsOf,
} from '../wire/index.ts'

/** The secrets that this member accepts: none, one, or two while they are rotated. The first is preferred. */
export type Secrets = readonly Uint8Array[]

/** The connection of a handshake. */
export interface HandshakeChannel {
  send(frames: Buffer): void
  /** The frames after this are authenticated, in both directions. */
  authenticate(sent: FrameTags, received: FrameTags): void
}

/**
 * How a handshake stands after a frame: it goes on, it is ready for identities, this side has to refuse the
 * other, or the other side refuses this one.
 */
export type HandshakeStep =
  | { readonly type: 'goes-on' | 'ready' }
  | { readonly type: 'refuse' | 'refused'; readonly refusal: Refusal }

const goesOn: HandshakeStep = { type: 'goes-on' }
const ready: HandshakeStep = { type: 'ready' }

const sameSecret = 'give the same secret to every member'
const wrongSecret = (what: string): HandshakeStep => ({
  type: 'refuse',
  refusal: { reason: 'wrong-secret', detail: `${what}: ${sameSecret}` },
})
const secretsDiffer = wrongSecret('the secrets of the two members differ')
const diallerLacksSecret = wrongSecret('the member that dials has no secret, and the other one asks for it')
const dialledLacksSecret = wrongSecret('the member that dials has a secret, and the other one has none')

const wrongVersion = (dialler: number, dialled: number): HandshakeStep => ({
  type: 'refuse',
  refusal: {
    reason: 'wrong-version',
    detail: `the member that dials uses protocol version ${dialler}, and the other one uses ${dialled}: run the same version of Oarlock on every member`,
  },
})

/**
 * A refusal before the secret is proved may come from anyone. So it may only say what a stranger can bring
 * about anyway: that no connection is made.
 */
const beforeIdentities: readonly string[] = [
  'wrong-version',
  'wrong-tls',
  'wrong-certificate',
  'wrong-secret',
]

function refusedStep(body: Uint8Array): HandshakeStep {
  const refusal = decodeRefusal(body)
  if (!beforeIdentities.includes(refusal.reason))
    throw new DecodeError(`a refusal (${refusal.reason}) came before the identities`)
  return { type: 'refused', refusal }
}

const bodyOf = (hello: Buffer): Buffer => hello.subarray(9)

export class DialledHandshake {
  readonly #secrets: Secrets
  readonly #channel: HandshakeChannel
  /** Once Hello has arrived. */
  #sessions: readonly AuthenticatedSession[] | null = null

  constructor(secrets: Secrets, channel: HandshakeChannel) {
    this.#secrets = secrets
    this.#channel = channel
  }

  /** Throws DecodeError. */
  take(frame: Frame): HandshakeStep {
    if (this.#sessions === null) return this.#hello(frame)
    if (frame.kind === FrameKind.refused) return refusedStep(frame.body)
    if (frame.kind !== FrameKind.proof || this.#secrets.length === 0)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
    const session = provedSession(this.#sessions, 'dialler', decodeProofs(frame.body))
    if (session === null) return secretsDiffer
    this.#channel.send(encodeProofs([session.proofOf('dialled')]))
    this.#channel.authenticate(session.tagsOf('dialled'), session.tagsOf('dialler'))
    return ready
  }

  #hello({ kind, body }: Frame): HandshakeStep {
    if (kind !== FrameKind.hello) throw new DecodeError('the first frame is not Hello')
    const hello = decodeHello(body)
    if (hello.nonce === null || commonVersion(hello) === null)
      return wrongVersion(hello.version, protocolVersion)
    const hasSecret = this.#secrets.length > 0
    if (hello.hasSecret !== hasSecret) return hasSecret ? diallerLacksSecret : dialledLacksSecret
    const answer = encodeHello(ownHello(hasSecret, randomBytes(nonceBytes)))
    this.#channel.send(answer)
    this.#sessions = sessionsOf(this.#secrets, body, bodyOf(answer))
    return hasSecret ? goesOn : ready
  }
}

export class DiallerHandshake {
  readonly #secrets: Secrets
  readonly #channel: HandshakeChannel
  readonly #own: Hello
  readonly #hello: Buffer
  #sessions: readonly AuthenticatedSession[] | null = null

  constructor(secrets: Secrets, channel: HandshakeChannel) {
    this.#secrets = secrets
    this.#channel = channel
    this.#own = ownHello(secrets.length > 0, randomBytes(nonceBytes))
    this.#hello = encodeHello(this.#own)
  }

  begin(): void {
    this.#channel.send(this.#hello)
  }

  /** Throws DecodeError. */
  take(frame: Frame): HandshakeStep {
    if (frame.kind === FrameKind.refused) return refusedStep(frame.body)
    if (this.#sessions === null) return this.#answer(frame)
    if (frame.kind !== FrameKind.proof)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
    const session = provedSession(this.#sessions, 'dialled', decodeProofs(frame.body))
    if (session === null) return secretsDiffer
    this.#channel.authenticate(session.tagsOf('dialler'), session.tagsOf('dialled'))
    return ready
  }

  #answer({ kind, body }: Frame): HandshakeStep {
    if (kind !== FrameKind.hello) throw new DecodeError('the first frame is not Hello')
    const hello = decodeHello(body)
    if (hello.nonce === null || commonVersion(hello) === null)
      return wrongVersion(protocolVersion, hello.version)
    if (hello.hasSecret !== this.#own.hasSecret)
      return hello.hasSecret ? diallerLacksSecret : dialledLacksSecret
    if (Buffer.from(this.#own.nonce).equals(hello.nonce)) throw new DecodeError('its Hello is our own')
    if (!this.#own.hasSecret) {
      this.#sessions = []
      return ready
    }
    this.#sessions = sessionsOf(this.#secrets, bodyOf(this.#hello), body)
    this.#channel.send(encodeProofs(this.#sessions.map((session) => session.proofOf('dialler'))))
    return goesOn
  }
}
