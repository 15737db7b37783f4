// What members say to each other before any message: who they are, and whether they accept each other.
import type { MemberIdentity, Refusal } from '@oarlock/runtime'
import { DecodeError } from '@oarlock/runtime'
import { ByteReader, ByteWriter, identitySize, readIdentity, stringSize, writeIdentity } from 'oarlock/wire'

export interface Introduction {
  readonly identity: MemberIdentity
  /** The process of the sender, for people. */
  readonly where: string
  /** The sender's session. */
  readonly session: string
  /** The session of the receiver that the sender has accepted. Empty: none. */
  readonly accepts: string
  /** The sender does not know that the receiver accepts it. */
  readonly asks: boolean
}

export function encodeIntroduction({ identity, where, session, accepts, asks }: Introduction): Buffer {
  const to = new ByteWriter(
    identitySize(identity) + stringSize(where) + stringSize(session) + stringSize(accepts) + 1,
  )
  writeIdentity(to, identity)
  to.string(where)
  to.string(session)
  to.string(accepts)
  to.bool(asks)
  return to.buffer
}

/** Throws DecodeError. */
export function decodeIntroduction(body: Uint8Array): Introduction {
  const from = new ByteReader(body)
  const introduction = {
    identity: readIdentity(from),
    where: from.string(),
    session: from.string(),
    accepts: from.string(),
    asks: from.bool(),
  }
  if (from.remaining > 0) throw new DecodeError(`an introduction has ${from.remaining} bytes too many`)
  return introduction
}

export interface RefusalNotice {
  /** The session that is refused. */
  readonly session: string
  readonly refusal: Refusal
}

export const encodeRefusalNotice = (notice: RefusalNotice): Buffer => Buffer.from(JSON.stringify(notice))

/** Throws DecodeError. */
export function decodeRefusalNotice(body: Uint8Array): RefusalNotice {
  try {
    const { session, refusal } = JSON.parse(Buffer.from(body).toString()) as Partial<RefusalNotice>
    const { reason, detail } = refusal ?? {}
    if (typeof session === 'string' && typeof reason === 'string' && typeof detail === 'string')
      return { session, refusal: { reason, detail } }
  } catch {
    // As for other wrong bytes.
  }
  throw new DecodeError('a refusal cannot be read')
}
