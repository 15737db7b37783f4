// TCP proxies between members that carry only so many bytes a second: all connections between two members
// share one queue in each direction. A full queue makes its senders wait, and loses nothing.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface ThrottledLinksOptions {
  /** By member: the port of 127.0.0.1 on which it listens. */
  readonly ports: Readonly<Record<string, number>>
  /** In bytes a second, for each direction of each link. */
  readonly rate: number
  /** The longest queue, in ms. */
  readonly queue: number
}

export class ThrottledLinks implements AsyncDisposable {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #directions: Direction[] = []
  /** By member that dials: the addresses that it dials the others at, and its own. */
  readonly peers: Readonly<Record<string, Readonly<Record<string, string>>>>

  private constructor(peers: Readonly<Record<string, Readonly<Record<string, string>>>>) {
    this.peers = peers
  }

  static async open({ ports, rate, queue }: ThrottledLinksOptions): Promise<ThrottledLinks> {
    const members = Object.keys(ports)
    const directions = new Map<string, Direction>()
    const peers: Record<string, Record<string, string>> = {}
    const links = new ThrottledLinks(peers)
    for (const from of members)
      for (const to of members)
        if (from !== to) directions.set(`${from} ${to}`, new Direction(rate, (rate * queue) / 1000))
    links.#directions.push(...directions.values())
    for (const from of members) {
      peers[from] = { [from]: `127.0.0.1:${ports[from]}` }
      for (const to of members) {
        if (from === to) continue
        const there = directions.get(`${from} ${to}`)!
        const back = directions.get(`${to} ${from}`)!
        const port = await links.#proxy(ports[to]!, there, back)
        peers[from][to] = `127.0.0.1:${port}`
      }
    }
    return links
  }

  async #proxy(target: number, there: Direction, back: Direction): Promise<number> {
    const server = createServer({ noDelay: true }, (dialler) => {
      const listener = connect({ port: target, host: '127.0.0.1', noDelay: true })
      this.#carry(dialler, listener, there)
      this.#carry(listener, dialler, back)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#servers.push(server)
    return (server.address() as AddressInfo).port
  }

  #carry(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from)
    from.on('data', (chunk) => direction.take(chunk, from, to))
    from.on('end', () => direction.end(to))
    // 'close' follows.
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      direction.end(to)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const direction of this.#directions) direction.stop()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

interface Queued {
  readonly to: Socket
  /** Null: the end of the stream. */
  chunk: Buffer | null
}

/** In ms. */
const tick = 2
/** In bytes. */
const packet = 1500

class Direction {
  readonly #rate: number
  readonly #longest: number
  readonly #queue: Queued[] = []
  readonly #waiting = new Set<Socket>()
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  /** What may leave, and when that was computed. */
  #credit = 0
  #at = 0

  /** `rate` in bytes a second, `longest` in bytes. */
  constructor(rate: number, longest: number) {
    this.#rate = rate / 1000
    this.#longest = longest
  }

  /** What does not fit stays with its sender. A packet always fits, as queues of real links count packets. */
  take(chunk: Buffer, from: Socket, to: Socket): void {
    const fits = Math.max(Math.floor(this.#longest - this.#bytes), packet)
    this.#queue.push({ to, chunk: chunk.subarray(0, fits) })
    this.#bytes += Math.min(fits, chunk.length)
    if (this.#bytes >= this.#longest) {
      from.pause()
      this.#waiting.add(from)
    }
    if (fits < chunk.length) from.unshift(chunk.subarray(fits))
    this.#start()
  }

  end(to: Socket): void {
    this.#queue.push({ to, chunk: null })
    this.#start()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#queue.length = 0
  }

  #start(): void {
    if (this.#timer !== undefined) return
    this.#at = performance.now()
    this.#credit = 0
    this.#timer = setInterval(() => this.#transmit(), tick)
  }

  #transmit(): void {
    const now = performance.now()
    this.#credit += (now - this.#at) * this.#rate
    this.#at = now
    while (this.#queue.length > 0 && this.#credit > 0) {
      const first = this.#queue[0]!
      const { to, chunk } = first
      const part = chunk?.subarray(0, Math.ceil(this.#credit))
      if (part === undefined) to.end()
      else {
        this.#credit -= part.length
        this.#bytes -= part.length
        if (!to.destroyed) to.write(part)
      }
      if (chunk === null || part === undefined || part.length === chunk.length) this.#queue.shift()
      else first.chunk = chunk.subarray(part.length)
    }
    if (this.#bytes < this.#longest) {
      for (const socket of this.#waiting) socket.resume()
      this.#waiting.clear()
    }
    if (this.#queue.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
