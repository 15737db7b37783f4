// The connections that peers have dialled to this member, from the first byte to the last, and who may keep one.
import type { Duplex } from 'node:stream'
import type { Millis, NodeId } from '@oarlock/core'
import {
  type DecodeError,
  type Lane,
  lanes,
  type MemberIdentity,
  type PeerMessage,
  printable,
  type Refusal,
} from '@oarlock/runtime'
import { type ForeignHello, type Hello, protocolVersion } from '../wire/index.ts'
import type { ConnectionLimits } from './connection.ts'
import type { CloseReason, DropCounter } from './drops.ts'
import { type Dialler, Incoming } from './incoming.ts'
import { type Origin, oldestOfBusiestHost } from './origin.ts'
import type { RateLimitedLog } from './rate-limited-log.ts'
import type { StreamAcceptor } from './stream-layer.ts'

type Answer = (refusal: Refusal | null) => void

export interface AcceptorInit {
  readonly own: MemberIdentity
  readonly limits: ConnectionLimits
  readonly log: RateLimitedLog
  readonly drops: DropCounter
  /**
   * How long another process of the same member may take to show that it still speaks. Longer than the
   * interval in which a peer speaks, and shorter than the handshake.
   */
  readonly probeTime: Millis
  readonly isPeer: (id: NodeId) => boolean
  /** As TransportReceiver.meet. */
  readonly meet: (peer: MemberIdentity, remote: string, answer: Answer, rival: string | undefined) => void
  /** A peer was accepted on a new connection for the lane `control`. */
  readonly peerIsUp: (id: NodeId) => void
  /** A peer refuses this member, after this member had accepted the peer. */
  readonly refused: (by: NodeId, refusal: Refusal) => void
  readonly received: (from: NodeId, messages: readonly PeerMessage[]) => void
}

export class Acceptor implements StreamAcceptor {
  readonly #init: AcceptorInit
  readonly #handshaking = new Set<Incoming>()
  readonly #accepted: Readonly<Record<Lane, Map<NodeId, Incoming>>> = { control: new Map(), bulk: new Map() }

  constructor(init: AcceptorInit) {
    this.#init = init
  }

  accept(stream: Duplex, origin: Origin): void {
    this.#receive(stream, origin)
  }

  refuse(stream: Duplex, origin: Origin, refusal: Refusal): void {
    this.#logRefusal(null, origin.remote, refusal)
    this.#receive(stream, origin).refuse(refusal)
  }

  #receive(stream: Duplex, origin: Origin): Incoming {
    const { own, limits, drops, refused, received } = this.#init
    const incoming = new Incoming({
      stream,
      origin,
      limits,
      identity: own,
      meet: (hello, from, answer) => this.#judge(hello, from, answer),
      speaksTls: ({ remote }) => this.#refusalOfTls(remote),
      accepted: (connection, dialler) => this.#keep(connection, dialler),
      refused,
      received,
      protocolError: (from, remote, error) => this.#logProtocolError(from, remote, error),
      closed: (connection, dialler, reason) => {
        drops.connection(reason)
        this.#handshaking.delete(connection)
        if (dialler === null) return
        const accepted = this.#accepted[dialler.lane]
        if (accepted.get(dialler.id) === connection) accepted.delete(dialler.id)
      },
    })
    this.#handshaking.add(incoming)
    if (this.#handshaking.size > limits.maxHandshakes)
      oldestOfBusiestHost(this.#handshaking)?.destroy('too-many-handshakes')
    return incoming
  }

  keepAlive(): void {
    for (const connection of this.#all()) connection.keepAlive()
  }

  destroy(reason: CloseReason): void {
    for (const connection of [...this.#handshaking, ...this.#all()]) connection.destroy(reason)
  }

  /** If there is a connection from another process of the same member, finds out whether it still speaks. */
  meet(peer: MemberIdentity, remote: string, answer: Answer): void {
    const { meet, probeTime } = this.#init
    const rival = this.#all().find(({ dialler }) => dialler !== null && isRival(dialler, peer))
    if (rival === undefined) meet(peer, remote, answer, undefined)
    else rival.probe(probeTime, (speaks) => meet(peer, remote, answer, speaks ? rival.remote : undefined))
  }

  #all(): Incoming[] {
    return lanes.flatMap((lane) => [...this.#accepted[lane].values()])
  }

  #keep(connection: Incoming, { id, lane }: Dialler): void {
    this.#handshaking.delete(connection)
    // The peer has dialled again, so its older connection is dead, even if this side has not noticed.
    this.#accepted[lane].get(id)?.destroy('replaced')
    this.#accepted[lane].set(id, connection)
    if (lane === 'control') this.#init.peerIsUp(id)
  }

  /** The receiver judges who the other member is. Whether it talks to the right one is judged here. */
  #judge(hello: Hello | ForeignHello, { remote, certifies }: Origin, answer: Answer): void {
    const { own, isPeer } = this.#init
    const refuse = (reason: Refusal['reason'], detail: string): void => {
      this.#logRefusal(hello.identity?.id ?? null, remote, { reason, detail })
      answer({ reason, detail })
    }
    if (hello.identity === null)
      return refuse(
        'wrong-version',
        `it uses protocol version ${hello.version}, and '${own.id}' uses ${protocolVersion}: run the same version of Oarlock on every member`,
      )
    const { identity, to } = hello
    if (isSameProcess(own, identity))
      return refuse(
        'wrong-member',
        `the address of '${printable(to)}' leads to '${own.id}' itself: correct the addresses in peers`,
      )
    const name = printable(identity.id)
    if (certifies !== null && !certifies(identity.id))
      return refuse(
        'wrong-certificate',
        `the certificate of '${name}' does not name it: make one with the DNS name '${name}', or leave out tls.names on every member`,
      )
    this.meet(identity, remote, (refusal) => {
      if (refusal !== null) answer(refusal)
      else if (to !== own.id)
        refuse(
          'wrong-member',
          `'${name}' wants '${printable(to)}', and '${own.id}' is at the address that it dialled: correct the addresses in peers`,
        )
      else if (!isPeer(identity.id))
        refuse('unknown-member', `'${name}' is not among the peers of '${own.id}'`)
      else answer(null)
    })
  }

  #refusalOfTls(remote: string): Refusal {
    const refusal: Refusal = {
      reason: 'wrong-tls',
      detail:
        'the member that dials speaks TLS, and the other one does not: give tls to every member, or to none',
    }
    this.#logRefusal(null, remote, refusal)
    return refusal
  }

  #logRefusal(id: NodeId | null, remote: string, { reason, detail }: Refusal): void {
    const peer = id === null ? null : printable(id)
    this.#init.log.warnOfStranger(
      `refusing ${reason} ${peer}`,
      { remote, peer, reason },
      `refused a connection from ${remote} (${reason}): ${detail}`,
    )
  }

  #logProtocolError(from: NodeId | null, remote: string, { message }: DecodeError): void {
    const peer = from === null ? `something at ${remote}` : `'${from}' at ${remote}`
    this.#init.log.warn(
      `protocol ${from}`,
      { peer: from, remote, problem: message },
      `${peer} does not use the protocol of a member: connection closed`,
    )
  }
}

/** Another process on the same data directory, or on a copy of it. */
const isRival = ({ id, incarnation, start }: Dialler, peer: MemberIdentity): boolean =>
  id === peer.id && incarnation === peer.incarnation && start !== (peer.starts.recent.at(-1) ?? '')

/** Each start has its own token. */
const isSameProcess = (own: MemberIdentity, other: MemberIdentity): boolean =>
  other.id === own.id &&
  other.incarnation === own.incarnation &&
  other.starts.recent.at(-1) === own.starts.recent.at(-1)
