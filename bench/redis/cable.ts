// What stands between one process and Redis, and can be cut: then nothing passes, and nobody is told. What was sent meanwhile arrives when
// it is mended, as after a loss on the net.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Cable {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  /** Those that came while it was cut: Redis has not heard of them. */
  readonly #waiting = new Set<Socket>()
  #isCut = false

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => {
      this.#keep(client)
      if (this.#isCut) {
        client.pause()
        this.#waiting.add(client)
      } else this.#join(client)
    })
  }

  /** To that port of this machine. */
  static async start(target: number): Promise<Cable> {
    const cable = new Cable(target)
    cable.#server.listen(0, '127.0.0.1')
    await once(cable.#server, 'listening')
    return cable
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  mend(): void {
    this.#isCut = false
    for (const client of this.#waiting) this.#join(client)
    this.#waiting.clear()
    for (const socket of this.#sockets) socket.resume()
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket): void {
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
    // One end that breaks is one end that is closed.
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#waiting.delete(socket)
    })
  }
}
