// The option `tls`, and what it may be.
import type { Millis } from '@oarlock/core'
import { confidential, duration, group, needed, oneOf, type Rule } from '@oarlock/runtime'

/** PEM as text or bytes, or the path of a file that holds it. */
export type PemSource = string | Uint8Array

/** Mutual TLS 1.3. */
export interface TlsOptions {
  /** This member's private key. Not encrypted. */
  readonly key: PemSource
  /**
   * This member's certificate, for server and client authentication, then the intermediate ones, if there are
   * any.
   */
  readonly cert: PemSource
  /** The certificates of the authorities that sign the members' certificates. Best an authority of their own. */
  readonly ca: PemSource | readonly PemSource[]
  /**
   * Which name a member's certificate must carry. With 'any', each certificate of the authority may stand for
   * any member. With 'id', a member's id must be a DNS name of its certificate, or its common name if that has
   * no DNS names. Default 'any'.
   */
  readonly names?: 'any' | 'id'
  /** The time between two looks at the files, in ms. Default 10 000. */
  readonly reloadInterval?: Millis
}

const isPem = (value: unknown): boolean =>
  value instanceof Uint8Array ? value.length > 0 : typeof value === 'string' && value !== ''

const what = 'PEM (text or bytes) or the path of a file'
const pem = confidential(what, isPem)
const authorities: Rule = confidential(`${what}, or a list of these`, (value) =>
  Array.isArray(value) ? value.length > 0 && value.every(isPem) : isPem(value),
)

export const tlsRule: Rule = group<TlsOptions>({
  key: needed(pem),
  cert: needed(pem),
  ca: needed(authorities),
  names: oneOf('any', 'id'),
  reloadInterval: duration,
})
