// The side of TLS that is dialled: from the first byte of a connection to a stream that is encrypted. It is
// bounded as the handshake of members is. A peer whose certificate is not accepted is told so, in a Refused
// frame: the end of the connection alone would not say why.
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls'
import type { NodeId } from '@oarlock/core'
import type { Refusal } from '@oarlock/runtime'
import type { ConnectionLimits } from './connection.ts'
import type { CloseReason, DropCounter } from './drops.ts'
import { tlsHandshakeByte } from './incoming.ts'
import { type Origin, oldestOfBusiestHost, originOf } from './origin.ts'
import type { RateLimitedLog } from './rate-limited-log.ts'
import type { StreamAcceptor } from './stream-layer.ts'
import { certificateProblem, isNamed } from './tls/index.ts'

export interface TlsAcceptorInit {
  readonly acceptor: StreamAcceptor
  readonly drops: DropCounter
  readonly limits: ConnectionLimits
  readonly log: RateLimitedLog
  readonly names: 'any' | 'id'
}

/** A connection on which TLS is not agreed on yet. */
interface Pending {
  readonly socket: Socket
  readonly host: string
  readonly timer: NodeJS.Timeout
  /** Counted if it ends now. */
  reason: CloseReason
}

/** Nobody resumes a session: the certificate is verified for each connection. */
const secureOptions = constants.SSL_OP_NO_TICKET

const plainRefusal: Refusal = {
  reason: 'wrong-tls',
  detail:
    'the member that dials speaks no TLS, and the other one asks for it: give tls to every member, or to none',
}

export class TlsAcceptor {
  readonly #init: TlsAcceptorInit
  /** Does not listen: it is handed the connections that begin with a TLS handshake. */
  readonly #server: Server
  /** By remote address and port, which the TLSSocket of a connection has as well. */
  readonly #pending = new Map<string, Pending>()

  constructor(init: TlsAcceptorInit) {
    this.#init = init
    this.#server = createServer({
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      secureOptions,
    })
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('tlsClientError', (error, socket) => this.#logFailure(error, originOf(socket)))
  }

  /** For new connections. */
  use(options: SecureContextOptions): void {
    this.#server.setSecureContext({ ...options, secureOptions })
  }

  accept(socket: Socket): void {
    const { drops, limits } = this.#init
    const { remote, host } = originOf(socket)
    const timer = setTimeout(() => this.#end(pending, 'handshake-timeout'), limits.handshakeTimeout)
    const pending: Pending = { socket, host, timer, reason: 'ended' }
    this.#pending.set(remote, pending)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      if (this.#pending.get(remote) !== pending) return
      this.#pending.delete(remote)
      drops.connection(pending.reason)
    })
    socket.once('data', (bytes) => this.#begin(pending, bytes))
    if (this.#pending.size > limits.maxHandshakes) {
      const oldest = oldestOfBusiestHost(this.#pending.values())
      if (oldest !== undefined) this.#end(oldest, 'too-many-handshakes')
    }
  }

  close(): void {
    for (const pending of this.#pending.values()) this.#end(pending, 'closed')
  }

  #end(pending: Pending, reason: CloseReason): void {
    pending.reason = reason
    pending.socket.destroy()
  }

  #begin(pending: Pending, bytes: Buffer): void {
    const { socket } = pending
    if (bytes[0] !== tlsHandshakeByte) {
      this.#settled(socket)
      this.#init.acceptor.refuse(socket, originOf(socket), plainRefusal)
      return
    }
    pending.reason = 'tls-failed'
    socket.pause()
    socket.unshift(bytes)
    this.#server.emit('connection', socket)
  }

  #settled(socket: Socket): void {
    const { remote } = originOf(socket)
    clearTimeout(this.#pending.get(remote)?.timer)
    this.#pending.delete(remote)
  }

  #secured(socket: TLSSocket): void {
    const { acceptor, names } = this.#init
    this.#settled(socket)
    const origin = originOf(socket)
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined)
      return acceptor.refuse(socket, origin, refusal('the member that dials shows no certificate'))
    if (!socket.authorized) {
      // OpenSSL's code, which the types call an Error.
      const code = String(socket.authorizationError)
      const problem = certificateProblem(code) ?? `is not accepted (${code})`
      return acceptor.refuse(socket, origin, refusal(`the certificate of the member that dials ${problem}`))
    }
    const certifies = names === 'id' ? (id: NodeId) => isNamed(certificate, id) : null
    acceptor.accept(socket, { ...origin, certifies })
  }

  #logFailure(error: Error, { remote, host }: Origin): void {
    this.#init.log.warnOfStranger(
      `tls ${host}`,
      { event: 'tls-not-agreed', remote, problem: error.message },
      `a connection from ${remote} did not agree on TLS: ${error.message}`,
    )
  }
}

const refusal = (detail: string): Refusal => ({ reason: 'wrong-certificate', detail })
