// For tests: someone between two members, who sees every byte, and may change some.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { parseAddress } from '../src/transport/address.ts'

type Change = (chunk: Buffer) => Buffer

export class TapProxy {
  readonly address: string
  readonly #target: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #seen: Buffer[] = []
  /** What the dialling side sent on each connection. */
  readonly #sent: Buffer[][] = []
  #change: Change | null = null

  private constructor(target: string, server: Server, port: number) {
    this.#target = target
    this.#server = server
    this.address = `127.0.0.1:${port}`
    server.on('connection', (socket) => this.#join(socket))
  }

  static async to(target: string): Promise<TapProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TapProxy(target, server, (server.address() as { port: number }).port)
  }

  /** Everything that has passed, in both directions. */
  get seen(): Buffer {
    return Buffer.concat(this.#seen)
  }

  /** What the dialling side sent on the connection that was made first. */
  get firstConnection(): Buffer {
    return Buffer.concat(this.#sent[0] ?? [])
  }

  /** Changes the next chunk from the side that dials. */
  changeNext(change: Change): void {
    this.#change = change
  }

  /** Sends the bytes on a connection of its own. Resolves with the answer when the other side ends it. */
  async replay(bytes: Buffer): Promise<Buffer> {
    const socket = connect(parseAddress(this.#target))
    const answer: Buffer[] = []
    socket.on('data', (chunk) => answer.push(chunk))
    socket.on('error', () => {})
    socket.write(bytes)
    await once(socket, 'end')
    socket.destroy()
    return Buffer.concat(answer)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(dialler: Socket): void {
    const target = connect(parseAddress(this.#target))
    const sent: Buffer[] = []
    this.#sent.push(sent)
    const pass = (from: Socket, towards: Socket, change: Change): void => {
      this.#sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        this.#seen.push(chunk)
        towards.write(change(chunk))
      })
      from.on('error', () => towards.destroy())
      from.on('close', () => towards.destroy())
    }
    pass(dialler, target, (chunk) => {
      sent.push(chunk)
      const change = this.#change ?? ((same: Buffer) => same)
      this.#change = null
      return change(chunk)
    })
    pass(target, dialler, (chunk) => chunk)
  }
}
