// A TCP proxy between one process and Redis that can be cut. While it is cut nothing passes, and neither side
// notices. The bytes sent meanwhile arrive when it is restored, as after packet loss.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpProxy {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  /** Connections made while it was cut. Redis does not know them yet. */
  readonly #waiting = new Set<Socket>()
  #isCut = false

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => {
      this.#keep(client)
      if (this.#isCut) {
        client.pause()
        this.#waiting.add(client)
      } else this.#forward(client)
    })
  }

  /** Forwards to a port of this machine. */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  restore(): void {
    this.#isCut = false
    for (const client of this.#waiting) this.#forward(client)
    this.#waiting.clear()
    for (const socket of this.#sockets) socket.resume()
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #forward(client: Socket): void {
    const upstream = connect(this.#target, '127.0.0.1')
    this.#keep(upstream)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (bytes) => to.write(bytes))
      from.once('close', () => to.end())
      if (this.#isCut) from.pause()
    }
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    // An error is followed by 'close', which is handled below.
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#waiting.delete(socket)
    })
  }
}
