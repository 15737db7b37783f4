// What a NetworkTransport runs on: streams of bytes to its peers and from them, over TCP, TLS or WebSocket.
import type { Duplex } from 'node:stream'
import type { NodeId } from '@oarlock/core'
import type { Refusal } from '@oarlock/runtime'
import type { Address } from './address.ts'
import type { Origin } from './origin.ts'

/** Takes what a stream layer accepts. */
export interface StreamAcceptor {
  accept(stream: Duplex, origin: Origin): void
  /** Tells the other side why it is refused, and ends the stream. */
  refuse(stream: Duplex, origin: Origin, refusal: Refusal): void
}

export interface DialTarget {
  /** Null: whoever is there. */
  readonly peer: NodeId | null
  readonly address: Address
  /** The IP addresses of the host, if it is a name. Not empty. */
  readonly resolved: readonly string[]
}

export interface Listening {
  /** With the actual port. */
  readonly address: string
  /** Whether nobody can know the address in advance, so that the peers have to be told. */
  readonly isAssigned: boolean
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean
}

export interface StreamLayer {
  /** Strangers are refused by the streams themselves: by TLS certificates. */
  readonly knowsPeers: boolean
  /** For each peer, where it is dialled. Throws InvalidOptionsError for an address that cannot be dialled. */
  addressOf(peer: NodeId, text: string): Address
  /** Accepts streams from now on. Rejects with ListenError or TlsError. */
  listen(acceptor: StreamAcceptor, abort: AbortSignal): Promise<Listening>
  /** Calls `opened` when the stream carries bytes. A failure is an 'error' of the stream. */
  dial(target: DialTarget, opened: () => void): Duplex
  /**
   * Accepts nothing more. The streams are the caller's to close. May be called before `listen` has resolved.
   */
  close(): Promise<void>
}
