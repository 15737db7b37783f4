// What is wrong with the certificate of the other side, in words.
import type { X509Certificate } from 'node:crypto'
import type { NodeId } from '@oarlock/core'

const unknownAuthority = 'is not signed by an authority of tls.ca'

/** By OpenSSL's code: what follows 'its certificate'. */
const problems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet: is the clock of one machine wrong?',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  INVALID_PURPOSE: 'is not made for both server and client authentication',
}

/** Completes 'its certificate …'; null: the code is not about a certificate. */
export const certificateProblem = (code: string): string | null => problems[code] ?? null

/** Whether the certificate names the member: as a DNS name, or as its common name if it has no DNS names. */
export const isNamed = (certificate: X509Certificate, id: NodeId): boolean =>
  certificate.checkHost(id, { wildcards: false, subject: 'default' }) !== undefined

/** With the code that Node gives a certificate for another name. */
export const wrongName = (peer: NodeId): Error =>
  Object.assign(new Error(`its certificate does not name '${peer}', as tls.names demands`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
