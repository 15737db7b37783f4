// Streams over TCP, with or without TLS.
import { X509Certificate } from 'node:crypto'
import { connect, createServer, isIP, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { NodeId } from '@oarlock/core'
import { type Address, formatAddress, isLoopback, parseAddress, peerAddress } from './address.ts'
import { keepAliveDelay } from './connection.ts'
import type { LayerContext } from './layer-context.ts'
import { listen } from './listen.ts'
import { answering } from './names/index.ts'
import type { TcpTransportOptions } from './options.ts'
import { originOf } from './origin.ts'
import type { DialTarget, Listening, StreamAcceptor, StreamLayer } from './stream-layer.ts'
import { Credentials, isNamed, wrongName } from './tls/index.ts'
import { TlsAcceptor } from './tls-acceptor.ts'

export class TcpStreamLayer implements StreamLayer {
  readonly #options: TcpTransportOptions
  readonly #context: LayerContext
  readonly #credentials: Credentials | null
  #server: Server | null = null
  #opening: Promise<Address> | null = null
  #tls: TlsAcceptor | null = null
  #isClosed = false

  constructor(options: TcpTransportOptions, context: LayerContext) {
    this.#options = options
    this.#context = context
    this.#credentials = options.tls === undefined ? null : new Credentials(options.tls, context.log)
  }

  get knowsPeers(): boolean {
    return this.#credentials !== null
  }

  addressOf(peer: NodeId, text: string): Address {
    return peerAddress(peer, text)
  }

  async listen(acceptor: StreamAcceptor, signal: AbortSignal): Promise<Listening> {
    const { log, lookup, drops, limits } = this.#context
    if (this.#credentials !== null) {
      const tls = new TlsAcceptor({ acceptor, drops, limits, log, names: this.#credentials.names })
      await this.#credentials.open((options) => tls.use(options))
      this.#tls = tls
    }
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay },
      (socket) => {
        if (this.#isClosed) socket.destroy()
        else if (this.#tls !== null) this.#tls.accept(socket)
        else acceptor.accept(socket, originOf(socket))
      },
    )
    this.#server = server
    this.#opening = listen(server, this.#options.listen, this.#options.id, { lookup, signal })
    const address = await this.#opening
    server.on('error', (error) => {
      log.warn('accept', { event: 'accept-failed', problem: error.message }, 'could not accept a connection')
    })
    const asked = parseAddress(this.#options.listen)
    return {
      address: formatAddress(address),
      isAssigned: asked.port === 0 && asked.host !== '',
      isLoopback: isLoopback(address.host),
    }
  }

  /** For a process that only dials. Rejects with TlsError. */
  async prepareToDial(): Promise<void> {
    await this.#credentials?.open(() => {})
  }

  dial({ peer, address, resolved }: DialTarget, opened: () => void): Duplex {
    const target = { host: address.host, port: address.port, lookup: answering(resolved) }
    if (this.#credentials === null) {
      const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay }
      return connect({ ...target, ...options }, opened)
    }
    const { context, names } = this.#credentials
    const socket = connectTls(
      {
        ...target,
        ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
        secureContext: context,
        checkServerIdentity: (_host, { raw }) =>
          names === 'id' && peer !== null && !isNamed(new X509Certificate(raw), peer)
            ? wrongName(peer)
            : undefined,
      },
      opened,
    )
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveDelay)
    return socket
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#credentials?.close()
    this.#tls?.close()
    const listening = await this.#opening?.then(
      () => true,
      () => false,
    )
    if (listening) await new Promise((resolve) => this.#server?.close(resolve))
  }
}
