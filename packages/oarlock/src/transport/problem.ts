// Why a connection was not made or was lost, as a sentence for people.

import { certificateProblem } from './tls/index.ts'

/** Errors of the TLS handshake, at the side that dials. */
const meaningsOfTls: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS: give tls to every member, or to none',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it speaks no TLS: give tls to every member, or to none',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not speak TLS 1.3',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it does not speak TLS 1.3',
}

const codeOf = (cause: Error): string => {
  const [first] = cause instanceof AggregateError ? (cause.errors as NodeJS.ErrnoException[]) : []
  return (first ?? (cause as NodeJS.ErrnoException)).code ?? ''
}

/** The two sides do not agree on TLS. Another try helps only after a person has changed something. */
export const isTlsError = (cause: Error | null): boolean => {
  const code = cause === null ? '' : codeOf(cause)
  return certificateProblem(code) !== null || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
}

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this machine has no free port or no address for it',
  EMFILE: 'this process has too many open files',
}

/** `cause` is null if the other side closed the connection. */
export function problemOf(cause: Error | null): string {
  if (cause === null) return 'it closed the connection'
  // Several addresses of one name were tried.
  const [first] = cause instanceof AggregateError ? (cause.errors as NodeJS.ErrnoException[]) : []
  const { code, message } = first ?? (cause as NodeJS.ErrnoException)
  const certificate = certificateProblem(code ?? '')
  if (certificate !== null) return `its certificate ${certificate} (${code})`
  const meaning = meanings[code ?? ''] ?? meaningsOfTls[code ?? '']
  return meaning === undefined ? message : `${meaning} (${code})`
}
