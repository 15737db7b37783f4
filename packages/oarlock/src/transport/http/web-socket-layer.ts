// Streams over WebSockets: accepted on a path of the service's own HTTP server, beside everything else that
// it serves.
import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { NodeId } from '@oarlock/core'
import { InvalidOptionsError } from '@oarlock/runtime'
import { WebSocket, WebSocketServer } from 'ws'
import { ListenError } from '../../errors.ts'
import { type Address, formatAddress, isLoopback } from '../address.ts'
import type { LayerContext } from '../layer-context.ts'
import { answering } from '../names/index.ts'
import { type Origin, originOf } from '../origin.ts'
import type { DialTarget, Listening, StreamAcceptor, StreamLayer } from '../stream-layer.ts'
import { Credentials, isNamed, wrongName } from '../tls/index.ts'
import type { HttpTransportOptions } from './options.ts'
import { maxPieceBytes, WebSocketStream } from './web-socket-stream.ts'

/** The WebSocket subprotocol. */
const subprotocol = 'oarlock'

const pathsInUse = new WeakMap<object, Set<string>>()

/** The server of node:https that asks every client for a certificate, and refuses those without one. */
const asksForCertificates = (server: object): boolean => {
  const { requestCert, rejectUnauthorized } = server as Readonly<Record<string, unknown>>
  return requestCert === true && rejectUnauthorized !== false
}

export class WebSocketLayer implements StreamLayer {
  readonly #options: HttpTransportOptions
  readonly #context: LayerContext
  readonly #path: string
  readonly #credentials: Credentials | null
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxPieceBytes,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })
  #acceptor: StreamAcceptor | null = null
  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    this.#upgraded(request, socket, head)

  constructor(options: HttpTransportOptions, context: LayerContext) {
    this.#options = options
    this.#context = context
    this.#path = options.path ?? '/oarlock'
    this.#credentials = options.tls === undefined ? null : new Credentials(options.tls, context.log)
  }

  get knowsPeers(): boolean {
    return asksForCertificates(this.#options.server)
  }

  addressOf(peer: NodeId, text: string): Address {
    const url = URL.canParse(text) ? new URL(text) : null
    if (
      url === null ||
      !['http:', 'https:'].includes(url.protocol) ||
      url.username + url.search + url.hash !== ''
    )
      throw new InvalidOptionsError(
        `the address of '${peer}' cannot be used: '${text}' is no URL with http: or https:, as in http://10.0.0.1:8080`,
      )
    if (url.pathname === '/') url.pathname = this.#path
    const isSecure = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    return { host, port: Number(url.port || (isSecure ? 443 : 80)), url: url.href }
  }

  async listen(acceptor: StreamAcceptor): Promise<Listening> {
    const { server, id } = this.#options
    const paths = pathsInUse.get(server) ?? new Set()
    pathsInUse.set(server, paths)
    if (paths.has(this.#path))
      throw new ListenError(
        `member '${id}' cannot listen: another member listens on ${this.#path} of that server: give this one another path`,
      )
    paths.add(this.#path)
    this.#acceptor = acceptor
    await this.#credentials?.open(() => {})
    // Closed meanwhile.
    if (this.#acceptor !== null) server.on('upgrade', this.#upgrade)
    return this.#listening()
  }

  /** The server may listen later, and elsewhere. */
  #listening(): Listening {
    const { server } = this.#options
    const path = this.#path
    const current = (): AddressInfo | null => {
      const address = server.address()
      return typeof address === 'string' ? null : address
    }
    return {
      get address() {
        const at = current()
        if (at === null) return path
        const scheme = 'setSecureContext' in server ? 'https' : 'http'
        return `${scheme}://${formatAddress({ host: at.address, port: at.port })}${path}`
      },
      isAssigned: false,
      isLoopback: isLoopback(current()?.address ?? ''),
    }
  }

  dial({ peer, address, resolved }: DialTarget, opened: () => void): Duplex {
    const socket = new WebSocket(address.url!.replace(/^http/, 'ws'), subprotocol, {
      perMessageDeflate: false,
      maxPayload: maxPieceBytes,
      handshakeTimeout: this.#context.limits.handshakeTimeout,
      lookup: answering(resolved),
      ...this.#tlsTo(peer),
    })
    const stream = new WebSocketStream(socket)
    socket.on('open', opened)
    socket.on('unexpected-response', (_request, { statusCode }) => {
      const why = 'is the path right, and does every proxy on the way pass WebSockets on?'
      stream.destroy(new Error(`it answers ${statusCode} to a WebSocket: ${why}`))
    })
    return stream
  }

  #tlsTo(peer: NodeId | null): object {
    if (this.#credentials === null) return {}
    const { context, names } = this.#credentials
    const secure = { secureContext: context }
    if (names === 'any' || peer === null) return secure
    const checkServerIdentity = (_host: string, { raw }: { readonly raw: Buffer }): Error | undefined =>
      isNamed(new X509Certificate(raw), peer) ? undefined : wrongName(peer)
    return { ...secure, checkServerIdentity }
  }

  async close(): Promise<void> {
    const { server } = this.#options
    this.#credentials?.close()
    if (this.#acceptor === null) return
    this.#acceptor = null
    server.off('upgrade', this.#upgrade)
    pathsInUse.get(server)?.delete(this.#path)
  }

  #upgraded(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const acceptor = this.#acceptor
    const socket = stream as Socket
    if (request.url?.split('?')[0] !== this.#path) {
      // Others may answer. Without any, the client would wait for ever.
      if (this.#options.server.listenerCount('upgrade') === 1) refuse(socket, '404 Not Found')
      return
    }
    if (acceptor === null) return refuse(socket, '503 Service Unavailable')
    // Only browsers send it. No page may speak for a member.
    if (request.headers.origin !== undefined) return refuse(socket, '403 Forbidden')
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
    if (!offered.includes(subprotocol)) return refuse(socket, '400 Bad Request')
    const origin = this.#originOf(socket)
    this.#sockets.handleUpgrade(request, socket, head, (opened) =>
      acceptor.accept(new WebSocketStream(opened), origin),
    )
  }

  #originOf(socket: Socket): Origin {
    const origin = originOf(socket)
    if (this.#credentials?.names !== 'id' || !(socket instanceof TLSSocket)) return origin
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined
    return {
      ...origin,
      certifies: (id) => certificate !== undefined && isNamed(certificate, id),
    }
  }
}

function refuse(socket: Socket, status: string): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}
