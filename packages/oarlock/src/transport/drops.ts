// What a transport did not carry, counted by reason: connections that ended, and messages that were dropped.
import type { DecodeError } from '@oarlock/runtime'
import { FrameTooLongError, NotAuthenticError } from '../wire/index.ts'

/** Why a connection ended, or was not made. Counted once for each connection, on the side that names it. */
export const closeReasons = [
  /** The other side sent bytes that no member sends. */
  'protocol-error',
  /** The other side announced a frame beyond the limit. */
  'frame-too-long',
  /** TLS was not agreed on: no TLS at the other end, no common version, or a certificate that is not accepted. */
  'tls-failed',
  /** A frame does not carry the authentication of its connection: it was forged, changed or replayed. */
  'not-authentic',
  /** The handshake took too long. */
  'handshake-timeout',
  /** Too many connections had not finished their handshake. */
  'too-many-handshakes',
  /** This member refused the other one. */
  'refused',
  /** The other member refused this one. */
  'refused-by-peer',
  /** Nothing arrived for several intervals. */
  'silent',
  /** The peer has dialled again. */
  'replaced',
  /** The other lane to the same peer ended. */
  'other-lane',
  /** The network reported an error, or nothing answered. */
  'network-error',
  /** The other side ended the connection. */
  'ended',
  /** A client does not read its answers. */
  'slow-client',
  /** The other member is no peer any more. */
  'not-a-peer',
  /** This transport was closed. */
  'closed',
] as const

export type CloseReason = (typeof closeReasons)[number]

/** Why a message was dropped instead of sent. */
export const messageDropReasons = ['not-connected', 'queue-full', 'too-long'] as const

export type MessageDropReason = (typeof messageDropReasons)[number]

export interface TransportDrops {
  readonly connections: Readonly<Record<CloseReason, number>>
  readonly messages: Readonly<Record<MessageDropReason, number>>
}

/** Of bytes that no member sends. */
export function reasonOf(error: DecodeError): CloseReason {
  if (error instanceof FrameTooLongError) return 'frame-too-long'
  return error instanceof NotAuthenticError ? 'not-authentic' : 'protocol-error'
}

const zeros = <Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> =>
  Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>

export class DropCounter {
  readonly #connections = zeros(closeReasons)
  readonly #messages = zeros(messageDropReasons)

  connection(reason: CloseReason): void {
    this.#connections[reason]++
  }

  message(reason: MessageDropReason): void {
    this.#messages[reason]++
  }

  /** A copy. */
  get counts(): TransportDrops {
    return { connections: { ...this.#connections }, messages: { ...this.#messages } }
  }
}
