// For tests: the other end of a connection, which the test controls, so that it can do what no member does.

import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Lane, Logger } from '@oarlock/runtime'
import { identityOf } from '@oarlock/testkit/conformance'
import { parseAddress } from '../src/transport/address.ts'
import {
  decodeIntroduction,
  encodeHello,
  encodeIntroduction,
  encodeWelcome,
  type Frame,
  FrameDecoder,
  FrameKind,
  type Hello,
  type Introduction,
  nonceBytes,
  ownHello,
} from '../src/wire/index.ts'

/** One end of a connection. */
export class RawPeer {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  readonly #decoder = new FrameDecoder()
  readonly #frames: Frame[] = []
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('close', () => this.#wake())
    socket.on('data', (chunk) => {
      this.#frames.push(...this.#decoder.push(chunk))
      this.#wake()
    })
  }

  /** The next frame, or undefined once the connection is closed. */
  async frame(): Promise<Frame | undefined> {
    await this.peek()
    return this.#frames.shift()
  }

  /** As `frame`, which then returns the same frame. */
  async peek(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#frames[0]
  }

  /** The next frame that is not 'alive'. */
  async spoken(): Promise<Frame | undefined> {
    for (;;) {
      const frame = await this.frame()
      if (frame?.kind !== FrameKind.alive) return frame
    }
  }
}

/** The answer of 'b', which accepts. */
export const welcomeOfB: Buffer = encodeWelcome({ identity: identityOf('b'), advertise: '' })

export const helloOfB: Hello = ownHello(false, Buffer.alloc(nonceBytes, 'b'))

const introductionOfB: Introduction = {
  identity: identityOf('b'),
  to: 'a',
  lane: 'control',
  advertise: '',
}

/**
 * Dials `address` and introduces itself, by default as 'b' to 'a' for the lane `control`, unless `as` is null.
 * If it is refused before that, the refusal is the first frame of the result.
 */
export async function dialRaw(
  address: string | null,
  as: Partial<Hello & Introduction> | null = {},
): Promise<RawPeer> {
  const socket = connect(parseAddress(address ?? ''))
  const peer = new RawPeer(socket)
  await once(socket, 'connect')
  if (as === null) return peer
  socket.write(encodeHello({ ...helloOfB, ...as }))
  if ((await peer.peek())?.kind !== FrameKind.hello) return peer
  await peer.frame()
  socket.write(encodeIntroduction({ ...introductionOfB, ...as }))
  return peer
}

/** A server that members can dial. */
export class RawServer {
  readonly server: Server
  /** Answer each Introduction for the lane `bulk` with Welcome. */
  welcomesBulk = true
  readonly #peers: Record<Lane, RawPeer[]> = { control: [], bulk: [] }
  readonly #all = new Set<Socket>()
  #accepted = 0
  #wake: () => void = () => {}

  constructor() {
    this.server = createServer((socket) => {
      this.#all.add(socket)
      void this.#greet(new RawPeer(socket))
    })
  }

  async #greet(peer: RawPeer): Promise<void> {
    if ((await peer.frame()) === undefined) return
    peer.socket.write(encodeHello(helloOfB))
    const introduction = await peer.peek()
    if (introduction === undefined) return
    const { lane } = decodeIntroduction(introduction.body)
    if (lane === 'control') this.#accepted++
    else if (this.welcomesBulk) {
      await peer.frame()
      peer.socket.write(welcomeOfB)
    }
    this.#peers[lane].push(peer)
    this.#wake()
  }

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    const address = this.server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return `127.0.0.1:${address.port}`
  }

  /** The number of times that a member dialled: of connections for the lane `control`. */
  get accepted(): number {
    return this.#accepted
  }

  /** The next connection for `lane`. Its Introduction is not read yet, unless it was answered (`welcomesBulk`). */
  async next(lane: Lane = 'control'): Promise<RawPeer> {
    for (;;) {
      const peer = this.#peers[lane].shift()
      if (peer !== undefined) return peer
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next connection for the lane `control`, after answering its Introduction with Welcome. */
  async welcomed(): Promise<RawPeer> {
    const peer = await this.next()
    await peer.frame()
    peer.socket.write(welcomeOfB)
    return peer
  }

  async close(): Promise<void> {
    for (const socket of this.#all) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

/**
 * A free address. Its port is below those that systems assign, so that it stays free. The UDP port of the
 * same number is kept until this process ends, so that no test of this machine gets the address a second
 * time.
 */
export async function freeAddress(): Promise<string> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const claim = createSocket('udp4').unref()
    if (!(await had(claim.bind(port, '127.0.0.1')))) continue
    const server = createServer()
    if (!(await had(server.listen(port, '127.0.0.1')))) {
      claim.close()
      continue
    }
    await new Promise((resolve) => server.close(resolve))
    return `127.0.0.1:${port}`
  }
}

const had = (socket: EventEmitter): Promise<boolean> =>
  once(socket, 'listening').then(
    () => true,
    () => false,
  )

export interface Warning {
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A logger that keeps the warnings. */
export class WarningLog implements Logger {
  readonly warnings: Warning[] = []
  #wake: () => void = () => {}

  debug(): void {}
  info(): void {}
  error(): void {}

  warn(fields: object, message: string): void {
    this.warnings.push({ fields: { ...fields }, message })
    this.#wake()
  }

  /** Resolves with the first warning. */
  async first(): Promise<Warning> {
    while (this.warnings[0] === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.warnings[0]
  }
}
