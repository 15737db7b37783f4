// An instance's line to Redis, which can be cut. What was sent meanwhile is not lost: it arrives when the line is mended, however late,
// as in a network. It can be cut at the worst moment, when a transaction has left its sender and not arrived.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What passed from one socket to another; null is the end. */
interface Held {
  readonly to: Socket
  readonly bytes: Buffer | null
}

/** How a transaction ends in Redis' protocol, as ioredis writes it. */
const exec = '\r\n$4\r\nexec\r\n'

/** What Redis says instead of results if what the transaction watched has changed: null, in RESP3 or RESP2. */
const refusal = /QUEUED\r\n(?:_|\*-1)\r\n$/

export class Line {
  readonly url: string
  readonly #server: Server
  readonly #held: Held[] = []
  #isCut = false
  /** Of whom waits for a transaction to be cut off. */
  #onTransaction: (() => void) | null = null
  /** The side of Redis of the connection whose transaction was cut off. */
  #waiting: Socket | null = null

  /** To the Redis at this port. */
  static async to(port: number): Promise<Line> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Line(server, port)
  }

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('connection', (client) => {
      client.setNoDelay(true)
      const redis = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
      client.on('data', (bytes) => {
        if (this.#onTransaction !== null && bytes.includes(exec)) this.#cutAt(redis)
        this.#pass({ to: redis, bytes })
      })
      redis.on('data', (bytes) => this.#pass({ to: client, bytes }))
      for (const [from, to] of [
        [client, redis],
        [redis, client],
      ] as const) {
        // A process that is killed resets its connections.
        from.on('error', () => {})
        from.on('close', () => this.#pass({ to, bytes: null }))
        from.on('end', () => this.#pass({ to, bytes: null }))
      }
    })
  }

  /** Resolves when a transaction is on the line, and the line is cut. */
  cutAtTransaction(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTransaction = resolve
    })
  }

  /** Whatever was sent arrives now. Resolves with whether Redis refused the transaction. */
  async mend(): Promise<boolean> {
    const redis = this.#waiting
    if (redis === null) throw new Error('the line is not cut')
    const answered = new Promise<boolean>((resolve) => {
      let answer = ''
      redis.on('data', (bytes) => {
        answer += bytes.toString('latin1')
        if (refusal.test(answer)) resolve(true)
      })
      redis.once('close', () => resolve(false))
    })
    this.#isCut = false
    this.#waiting = null
    for (const held of this.#held.splice(0)) this.#pass(held)
    // Its sender has given up by now, so the connection ends with the answer.
    return answered
  }

  close(): void {
    this.#server.close()
  }

  #cutAt(redis: Socket): void {
    this.#isCut = true
    this.#waiting = redis
    this.#onTransaction?.()
    this.#onTransaction = null
  }

  #pass(held: Held): void {
    if (this.#isCut) this.#held.push(held)
    else if (held.bytes === null) held.to.end()
    else if (held.to.writable) held.to.write(held.bytes)
  }
}
