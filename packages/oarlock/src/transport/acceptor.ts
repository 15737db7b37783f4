// The connections that peers have dialled to this member, from the first byte to the last, and who may keep
// one.
import type { Duplex } from 'node:stream'
import type { Millis, NodeId } from '@oarlock/core'
import {
  type ClientConnection,
  type ClientHandler,
  type DecodeError,
  type Lane,
  lanes,
  type MemberIdentity,
  type PeerMessage,
  printable,
  type Refusal,
  refusalOfNewcomer,
} from '@oarlock/runtime'
import { type Introduction, NotAuthenticError, type Welcome } from '../wire/index.ts'
import type { ConnectionLimits } from './connection.ts'
import type { CloseReason, DropCounter } from './drops.ts'
import type { Secrets } from './handshake.ts'
import { type Dialler, Incoming } from './incoming.ts'
import { type Origin, oldestOfBusiestHost } from './origin.ts'
import type { RateLimitedLog } from './rate-limited-log.ts'
import type { StreamAcceptor } from './stream-layer.ts'

type Answer = (refusal: Refusal | null) => void

export interface AcceptorInit {
  readonly own: () => MemberIdentity
  /** As Introduction.advertise. */
  readonly advertise: () => string
  /** Answers those that ask who the members are. */
  readonly welcomeOfSeed: () => Welcome
  /** As TransportReceiver.client. Undefined: clients are refused. */
  readonly client: (cluster: string, connection: ClientConnection) => ClientHandler | Refusal | undefined
  readonly secrets: Secrets
  readonly limits: ConnectionLimits
  readonly log: RateLimitedLog
  readonly drops: DropCounter
  /**
   * How long another process of the same member may take to show that it still speaks. Longer than the
   * interval in which a peer speaks, and shorter than the handshake.
   */
  readonly probeTime: Millis
  /** Whether this member sends to the other one, or may begin to. */
  readonly isPeer: (peer: MemberIdentity) => boolean
  /** As TransportReceiver.meet. */
  readonly meet: (peer: MemberIdentity, remote: string, answer: Answer, rival: string | undefined) => void
  /** A peer was accepted on a new connection for the lane `control`. `advertise`: as in its Introduction. */
  readonly peerIsUp: (peer: MemberIdentity, advertise: string) => void
  /** A peer refuses this member, after this member had accepted the peer. */
  readonly refused: (by: NodeId, refusal: Refusal) => void
  readonly received: (from: NodeId, messages: readonly PeerMessage[]) => void
}

/** Connections of clients. */
const mostClients = 10_000

const tooManyClients: Refusal = {
  reason: 'unknown-member',
  detail: `this member serves ${mostClients} clients already`,
}
const noClients: Refusal = { reason: 'unknown-member', detail: 'this member serves no clients' }

export class Acceptor implements StreamAcceptor {
  readonly #init: AcceptorInit
  readonly #handshaking = new Set<Incoming>()
  readonly #clients = new Set<Incoming>()
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
    const { own, advertise, secrets, limits, drops, refused, received } = this.#init
    const incoming = new Incoming({
      stream,
      origin,
      limits,
      secrets,
      welcome: () => ({ identity: own(), advertise: advertise() }),
      meet: (introduction, from, answer) => this.#judge(introduction, from, answer),
      asked: (by, from) => this.#asked(by, from),
      client: (connection, { cluster }, channel) => this.#serve(connection, cluster, channel),
      refusedEarly: (by, refusal, { remote }) => this.#logEarlyRefusal(by, refusal, remote),
      accepted: (connection, dialler) => this.#keep(connection, dialler),
      refused,
      received,
      protocolError: (from, remote, error) => this.#logProtocolError(from, remote, error),
      closed: (connection, dialler, reason) => {
        drops.connection(reason)
        this.#handshaking.delete(connection)
        this.#clients.delete(connection)
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
    for (const connection of [...this.#all(), ...this.#clients]) connection.keepAlive()
  }

  destroy(reason: CloseReason): void {
    for (const connection of [...this.#handshaking, ...this.#all(), ...this.#clients])
      connection.destroy(reason)
  }

  /** Closes the connections of a member that is no peer any more. */
  drop(peer: NodeId): void {
    for (const lane of lanes) this.#accepted[lane].get(peer)?.destroy('not-a-peer')
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

  #keep(connection: Incoming, { id, lane, identity, advertise }: Dialler): void {
    this.#handshaking.delete(connection)
    // The peer has dialled again, so its older connection is dead, even if this side has not noticed.
    this.#accepted[lane].get(id)?.destroy('replaced')
    this.#accepted[lane].set(id, connection)
    if (lane === 'control') this.#init.peerIsUp(identity, advertise)
  }

  /** The receiver judges who the other member is. Whether it talks to the right one is judged here. */
  #judge({ identity, to }: Introduction, { remote, certifies }: Origin, answer: Answer): void {
    const { isPeer } = this.#init
    const own = this.#init.own()
    const refuse = (reason: Refusal['reason'], detail: string): void => {
      this.#logRefusal(identity.id, remote, { reason, detail })
      answer({ reason, detail })
    }
    if (isSameProcess(own, identity))
      return refuse(
        'wrong-member',
        `the address of '${printable(to)}' leads to '${own.id}' itself: correct the addresses in peers`,
      )
    const name = printable(identity.id)
    if (certifies !== null && !certifies(identity.id)) {
      const { reason, detail } = wrongCertificate(name)
      return refuse(reason, detail)
    }
    this.meet(identity, remote, (refusal) => {
      if (refusal !== null) answer(refusal)
      else if (to !== own.id)
        refuse(
          'wrong-member',
          `'${name}' wants '${printable(to)}', and '${own.id}' is at the address that it dialled: correct the addresses in peers`,
        )
      else if (!isPeer(identity)) refuse('unknown-member', `'${name}' is not among the peers of '${own.id}'`)
      else answer(null)
    })
  }

  #serve(
    connection: Incoming,
    cluster: string,
    channel: ClientConnection,
  ): Refusal | { readonly handler: ClientHandler; readonly welcome: Welcome } {
    const { client, welcomeOfSeed } = this.#init
    const full = this.#clients.size >= mostClients
    const answer = full ? tooManyClients : (client(cluster, channel) ?? noClients)
    if ('reason' in answer) {
      this.#logRefusal(null, connection.remote, answer)
      return answer
    }
    this.#handshaking.delete(connection)
    this.#clients.add(connection)
    return { handler: answer, welcome: welcomeOfSeed() }
  }

  #asked(by: MemberIdentity, { remote, certifies }: Origin): Refusal | Welcome {
    const own = this.#init.own()
    if (isSameProcess(own, by)) return { reason: 'wrong-member', detail: `it is '${own.id}' itself` }
    const refusal =
      certifies === null || certifies(by.id) ? refusalOfNewcomer(own, by) : wrongCertificate(printable(by.id))
    if (refusal === null) return this.#init.welcomeOfSeed()
    this.#logRefusal(by.id, remote, refusal)
    return refusal
  }

  #logEarlyRefusal(by: 'this' | 'other', refusal: Refusal, remote: string): void {
    if (by === 'this') return this.#logRefusal(null, remote, refusal)
    const { reason, detail } = refusal
    this.#init.log.warnOfStranger(
      `refused by a stranger ${reason}`,
      { event: 'connection-refused-there', remote, reason },
      `${remote} refuses this member (${reason}): ${detail}`,
    )
  }

  #logRefusal(id: NodeId | null, remote: string, { reason, detail }: Refusal): void {
    const peer = id === null ? null : printable(id)
    this.#init.log.warnOfStranger(
      `refusing ${reason} ${peer}`,
      { event: 'connection-refused', remote, peer, reason },
      `refused a connection from ${remote} (${reason}): ${detail}`,
    )
  }

  #logProtocolError(from: NodeId | null, remote: string, error: DecodeError): void {
    const peer = from === null ? `something at ${remote}` : `'${from}' at ${remote}`
    const isForged = error instanceof NotAuthenticError
    this.#init.log.warn(
      `${isForged ? 'forged' : 'protocol'} ${from}`,
      { event: 'connection-broken', peer: from, remote, problem: error.message },
      isForged
        ? `what arrives from ${peer} was not sent by a member: someone on the way changes it. Connection closed`
        : `${peer} does not use the protocol of a member: connection closed`,
    )
  }
}

/** Another process on the same data directory, or on a copy of it. */
const isRival = ({ id, incarnation, start }: Dialler, peer: MemberIdentity): boolean =>
  id === peer.id && incarnation === peer.incarnation && start !== (peer.starts.recent.at(-1) ?? '')

const wrongCertificate = (name: string): Refusal => ({
  reason: 'wrong-certificate',
  detail: `the certificate of '${name}' does not name it: make one with the DNS name '${name}', or leave out tls.names on every member`,
})

/** Each start has its own token. */
const isSameProcess = (own: MemberIdentity, other: MemberIdentity): boolean =>
  other.id === own.id &&
  other.incarnation === own.incarnation &&
  other.starts.recent.at(-1) === own.starts.recent.at(-1)
