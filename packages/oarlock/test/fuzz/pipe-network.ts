// For the fuzzer: transports over pipes in memory. Every stream can be recorded, and strangers can dial in.
import { Duplex } from 'node:stream'
import type { NodeId } from '@oarlock/core'
import { type Address, parseAddress } from '../../src/transport/address.ts'
import { NetworkTransport } from '../../src/transport/network-transport.ts'
import type { NetworkTransportOptions } from '../../src/transport/options.ts'
import type { DialTarget, Listening, StreamAcceptor, StreamLayer } from '../../src/transport/stream-layer.ts'

/** One end of a pipe. If one end is destroyed, so is the other. */
class PipeEnd extends Duplex {
  other: PipeEnd | null = null

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // As from a socket: in a later turn, and in a buffer of the receiver.
    setImmediate(() => {
      if (this.other?.destroyed === false) this.other.push(Buffer.from(chunk))
      done()
    })
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      if (this.other?.destroyed === false) this.other.push(null)
      done()
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this
    setImmediate(() => other?.destroy())
    done(error)
  }
}

export function pipe(): [Duplex, Duplex] {
  const [one, two] = [new PipeEnd({ allowHalfOpen: false }), new PipeEnd({ allowHalfOpen: false })]
  one.other = two
  two.other = one
  return [one, two]
}

export class PipeNetwork {
  readonly #acceptors = new Map<NodeId, StreamAcceptor>()
  /** What was sent on each stream between members, by the side that dialled and by the other one. */
  readonly recorded: { readonly dialler: Buffer[]; readonly dialled: Buffer[] }[] = []
  /** Takes what is dialled to a name that nobody has. */
  onStranger: (stream: Duplex) => void = (stream) => stream.destroy()

  transport(options: Omit<NetworkTransportOptions, 'peers'>, peers: readonly NodeId[]): NetworkTransport {
    return new PipeTransport(this, {
      ...options,
      peers: Object.fromEntries(peers.map((peer) => [peer, `${peer}:1`])),
    })
  }

  open(id: NodeId, acceptor: StreamAcceptor): void {
    this.#acceptors.set(id, acceptor)
  }

  /** A stranger dials `id`. Returns the stranger's end. */
  connect(id: NodeId, host = 'stranger'): Duplex {
    const [own, theirs] = pipe()
    own.on('error', () => {})
    this.#acceptors.get(id)?.accept(theirs, { remote: `${host}:1`, host, certifies: null })
    return own
  }

  dial({ peer, address }: DialTarget, opened: () => void): Duplex {
    const [own, theirs] = pipe()
    const acceptor = this.#acceptors.get(peer ?? address.host)
    setImmediate(() => {
      if (acceptor === undefined) this.onStranger(theirs)
      else {
        if (this.recorded.length < 16) this.#record(own, theirs)
        acceptor.accept(theirs, { remote: 'member:1', host: 'member', certifies: null })
      }
      opened()
    })
    return own
  }

  #record(own: Duplex, theirs: Duplex): void {
    const record = { dialler: [] as Buffer[], dialled: [] as Buffer[] }
    this.recorded.push(record)
    theirs.on('data', (chunk: Buffer) => record.dialler.push(Buffer.from(chunk)))
    own.on('data', (chunk: Buffer) => record.dialled.push(Buffer.from(chunk)))
  }
}

class PipeLayer implements StreamLayer {
  readonly knowsPeers = false
  readonly #network: PipeNetwork
  readonly #id: NodeId

  constructor(network: PipeNetwork, id: NodeId) {
    this.#network = network
    this.#id = id
  }

  addressOf(_peer: NodeId, text: string): Address {
    return { ...parseAddress(text), host: '127.0.0.1' }
  }

  async listen(acceptor: StreamAcceptor): Promise<Listening> {
    this.#network.open(this.#id, acceptor)
    return { address: '127.0.0.1:1', isAssigned: false, isLoopback: true }
  }

  dial(target: DialTarget, opened: () => void): Duplex {
    return this.#network.dial(target, opened)
  }

  async close(): Promise<void> {}
}

class PipeTransport extends NetworkTransport {
  constructor(network: PipeNetwork, options: NetworkTransportOptions) {
    super(options, () => new PipeLayer(network, options.id))
  }
}
