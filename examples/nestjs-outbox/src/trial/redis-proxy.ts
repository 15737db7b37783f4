// A proxy between an instance and Redis that can be cut. Bytes sent meanwhile are not lost: as in a network,
// they arrive late, when the proxy is mended. It can be cut at the worst moment, when a transaction has left
// its sender and has not arrived.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes on their way from one socket to another. Null is the end of the stream. */
interface Passage {
  readonly to: Socket
  readonly bytes: Buffer | null
}

/** The end of a transaction in the Redis protocol, as ioredis writes it. */
const exec = '\r\n$4\r\nexec\r\n'

/** The answer of Redis if a watched key has changed: null, in RESP3 or RESP2. */
const refusal = /QUEUED\r\n(?:_|\*-1)\r\n$/

export class RedisProxy {
  readonly url: string
  readonly #server: Server
  readonly #held: Passage[] = []
  #isCut = false
  /** Called when a transaction is cut off, if cutAtTransaction() waits for that. */
  #onTransaction: (() => void) | null = null
  /** The socket to Redis of the connection whose transaction was cut off. */
  #cutOff: Socket | null = null

  /** A proxy to the Redis at this port. */
  static async to(port: number): Promise<RedisProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new RedisProxy(server, port)
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
        // A killed process resets its connections.
        from.on('error', () => {})
        from.on('close', () => this.#pass({ to, bytes: null }))
        from.on('end', () => this.#pass({ to, bytes: null }))
      }
    })
  }

  /** Cuts the proxy at the next transaction, and resolves when that has happened. */
  cutAtTransaction(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTransaction = resolve
    })
  }

  /** Lets the held bytes arrive. Resolves with whether Redis rejected the transaction. */
  async mend(): Promise<boolean> {
    const redis = this.#cutOff
    if (redis === null) throw new Error('the proxy is not cut')
    const answered = new Promise<boolean>((resolve) => {
      let answer = ''
      redis.on('data', (bytes) => {
        answer += bytes.toString('latin1')
        if (refusal.test(answer)) resolve(true)
      })
      redis.once('close', () => resolve(false))
    })
    this.#isCut = false
    this.#cutOff = null
    for (const passage of this.#held.splice(0)) this.#pass(passage)
    // The sender has given up by now, so the connection closes after the answer.
    return answered
  }

  close(): void {
    this.#server.close()
  }

  #cutAt(redis: Socket): void {
    this.#isCut = true
    this.#cutOff = redis
    this.#onTransaction?.()
    this.#onTransaction = null
  }

  #pass(passage: Passage): void {
    if (this.#isCut) this.#held.push(passage)
    else if (passage.bytes === null) passage.to.end()
    else if (passage.to.writable) passage.to.write(passage.bytes)
  }
}
