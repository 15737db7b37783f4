// A stream of bytes over a WebSocket. Its messages are pieces of the stream, and mean nothing by themselves.
import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

/**
 * The greatest length of a WebSocket message, in bytes. A message is in memory as a whole before anything of it is read, so
 * this is what a stranger can occupy.
 */
export const maxPieceBytes: number = 64 * 1024

interface Written {
  readonly chunk: Buffer
}

export class WebSocketStream extends Duplex {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: false, decodeStrings: true })
    this.#socket = socket
    socket.binaryType = 'nodebuffer'
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.destroy(new Error('it sent text'))
      else if (!this.push(data)) socket.pause()
    })
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => {
      if (!this.destroyed) this.push(null)
    })
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenOpen(() => this.#send(chunk, done))
  }

  override _writev(writes: readonly Written[], done: (error?: Error | null) => void): void {
    this.#whenOpen(() => this.#send(Buffer.concat(writes.map(({ chunk }) => chunk)), done))
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenOpen(() => {
      if (this.#socket.readyState === WebSocket.CLOSED) return done()
      this.#socket.once('close', () => done())
      this.#socket.close()
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate()
    done(error)
  }

  #whenOpen(go: () => void): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.once('open', go)
    else go()
  }

  /** `done` is called when the network has taken the last piece. */
  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    let at = 0
    for (; bytes.length - at > maxPieceBytes; at += maxPieceBytes)
      this.#socket.send(bytes.subarray(at, at + maxPieceBytes), () => {})
    this.#socket.send(bytes.subarray(at), done)
  }
}
