// Which peers this member has met and accepted, and which have accepted it. Every member introduces itself to
// all when it begins, and again to each peer that it is not connected with. Messages pass between two members
// only after each has accepted the other, as on a TCP connection after its handshake.
import type { Millis, NodeId } from '@oarlock/core'
import {
  DecodeError,
  type Lane,
  type Link,
  type MemberIdentity,
  printable,
  type Refusal,
  type TransportReceiver,
} from '@oarlock/runtime'
import type { RedisProblem } from '../connection/index.ts'
import { BusKind } from './frame.ts'
import {
  decodeIntroduction,
  decodeRefusalNotice,
  encodeIntroduction,
  encodeRefusalNotice,
} from './introduction.ts'
import { connected, isAccepted, newPeer, type Peer, refused, unreachable } from './peer.ts'

/** How often a peer is introduced to that has not accepted this member. */
const introductionInterval: Millis = 250
/** How many introductions there is time for between two looks at the channels of the others. */
const looksPerCheck = 4
/** The most peers that are kept. Without a secret anyone can introduce itself. */
const maxPeers = 256
/** A refusal usually lasts until a person does something. */
const refusedInterval: Millis = 2000

const withoutReceiver: Record<Lane, string> = {
  control: 'no process listens for it on this Redis: is it running, with this Redis and prefix?',
  bulk: 'it listens for votes on this Redis, but not for entries: why() and the log of its process say why',
}

export interface PeerLinksInit {
  readonly receiver: Pick<TransportReceiver, 'identity' | 'meet' | 'accepted' | 'refused'>
  /** The nonce of this process's session. */
  readonly session: string
  /** This process, for people. */
  readonly where: string
  /** To one peer, or to all (null). Resolves with the number of receivers. */
  readonly publish: (to: NodeId | null, kind: number, body: Uint8Array) => Promise<number>
  /** Why Redis does not carry messages at all, or drops some. */
  readonly problems: () => readonly RedisProblem[]
  readonly isUp: () => boolean
  /** Finds out whether the channels of these peers have subscribers in each lane, and says so. */
  readonly checkChannels: (ids: readonly NodeId[]) => void
  /** The last messages to this peer may not have arrived. */
  readonly lost: (id: NodeId) => void
}

export class PeerLinks {
  readonly #init: PeerLinksInit
  readonly #peers = new Map<NodeId, Peer>()
  #looks = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(init: PeerLinksInit) {
    this.#init = init
    const { id, founders } = init.receiver.identity
    for (const peer of founders) if (peer !== id) this.#peerOf(peer)
  }

  start(): void {
    this.#introduce(null)
    this.#timer = setInterval(() => this.#look(), introductionInterval)
    this.#look()
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
  }

  /** Messages may be sent to this peer. If not, introduces this member to it. */
  mayTalkTo(id: NodeId): boolean {
    const peer = this.#peerOf(id)
    if (isAccepted(peer)) return true
    this.#introduceSoon(id, peer)
    return false
  }

  /** Messages of this session of the peer are received. */
  mayHear(id: NodeId, session: string): boolean {
    return this.#peers.get(id)?.session === session
  }

  links(): ReadonlyMap<NodeId, Link> {
    const { isUp, problems } = this.#init
    const [problem] = problems()
    return new Map(
      [...this.#peers].map(([id, { link }]): [NodeId, Link] => {
        if (isUp() || problem === undefined) return [id, link]
        const since = link.state === 'unreachable' ? Math.min(link.since, problem.since) : problem.since
        return [id, { state: 'unreachable', since, problem: problem.text }]
      }),
    )
  }

  /** Each channel of the peer has a subscriber (again). */
  reachable(id: NodeId): void {
    const peer = this.#peerOf(id)
    if (isAccepted(peer) && peer.link.state === 'unreachable') connected(peer)
  }

  /** The peer's channel in this lane has no subscriber. */
  noReceiver(id: NodeId, lane: Lane): void {
    unreachable(this.#peerOf(id), withoutReceiver[lane])
  }

  /** The peer sent a message in a session that this member has not accepted: asks who that is. */
  heardUnknownSession(id: NodeId): void {
    const peer = this.#peers.get(id)
    if (peer !== undefined) this.#introduceSoon(id, peer)
  }

  /** Another process of this member's own id introduces itself, or has been refused. Throws DecodeError. */
  heardTwin(kind: number, body: Uint8Array): void {
    const { receiver, publish, session: own, where: here } = this.#init
    const { id } = receiver.identity
    if (kind === BusKind.refusal) {
      const { session, refusal } = decodeRefusalNotice(body)
      if (session === own) receiver.refused(id, refusal)
      return
    }
    const { identity, where, session } = decodeIntroduction(body)
    const answer = (refusal: Refusal | null): void => {
      if (this.#isClosed || refusal === null) return
      void publish(id, BusKind.refusal, encodeRefusalNotice({ session, refusal })).catch(() => {})
    }
    // Both processes show the refusal, so it names both.
    receiver.meet(identity, printable(where), answer, here)
  }

  /** Introduces this member to the peers that it is not connected with, and looks whether the others are there. */
  #look(): void {
    for (const [id, peer] of this.#peers) if (!isAccepted(peer)) this.#introduceSoon(id, peer)
    if (++this.#looks % looksPerCheck !== 0 || !this.#init.isUp()) return
    const ids = [...this.#peers].flatMap(([id, peer]) => (isAccepted(peer) ? id : []))
    if (ids.length > 0) this.#init.checkChannels(ids)
  }

  /** Throws DecodeError. */
  received(from: NodeId, session: string, kind: number, body: Uint8Array): void {
    if (this.#isClosed) return
    if (kind === BusKind.introduction) this.#introduced(from, session, body)
    else if (kind === BusKind.refusal) this.#refusedBy(from, body)
  }

  #introduced(from: NodeId, session: string, body: Uint8Array): void {
    const { identity, where, accepts, asks } = decodeIntroduction(body)
    if (identity.id !== from) throw new DecodeError(`the sender introduces itself as another member`)
    const peer = this.#peerOf(from)
    if (accepts === this.#init.session) peer.acceptedBy = session
    if (peer.session !== session) return this.#judge(from, peer, session, identity, where)
    if (asks) this.#introduce(from)
    this.#connectIfAccepted(from, peer)
  }

  #judge(id: NodeId, peer: Peer, session: string, identity: MemberIdentity, where: string): void {
    if (peer.judging === session) return
    peer.judging = session
    const { receiver } = this.#init
    receiver.meet(identity, printable(where), (refusal) => {
      if (this.#isClosed || peer.judging !== session) return
      peer.judging = null
      if (refusal !== null) return this.#refuse(id, peer, session, refusal)
      // The process that it was before is gone.
      if (peer.session !== null && peer.link.state === 'connected') {
        unreachable(peer, 'it was restarted')
        this.#init.lost(id)
      }
      peer.session = session
      this.#introduce(id)
      this.#connectIfAccepted(id, peer)
    })
  }

  #refuse(id: NodeId, peer: Peer, session: string, refusal: Refusal): void {
    if (peer.session === session) peer.session = null
    refused(peer, this.#init.receiver.identity.id, refusal)
    void this.#init.publish(id, BusKind.refusal, encodeRefusalNotice({ session, refusal })).catch(() => {})
  }

  #refusedBy(from: NodeId, body: Uint8Array): void {
    const { session, refusal } = decodeRefusalNotice(body)
    if (session !== this.#init.session) return
    const peer = this.#peerOf(from)
    peer.acceptedBy = null
    refused(peer, from, refusal)
    this.#init.receiver.refused(from, refusal)
  }

  #connectIfAccepted(id: NodeId, peer: Peer): void {
    if (!isAccepted(peer) || peer.link.state === 'connected') return
    connected(peer)
    this.#init.receiver.accepted(id)
  }

  #introduceSoon(id: NodeId, peer: Peer): void {
    const pause = peer.link.state === 'refused' ? refusedInterval : introductionInterval
    if (!this.#init.isUp() || performance.now() - peer.introducedAt < pause) return
    peer.introducedAt = performance.now()
    this.#introduce(id)
  }

  #introduce(id: NodeId | null): void {
    if (this.#isClosed) return
    const { receiver, where, publish } = this.#init
    const peer = id === null ? null : this.#peerOf(id)
    const introduction = {
      identity: receiver.identity,
      where,
      session: this.#init.session,
      accepts: peer?.session ?? '',
      asks: peer === null || !isAccepted(peer),
    }
    void publish(id, BusKind.introduction, encodeIntroduction(introduction)).then(
      (receivers) => {
        if (id !== null) this.#introducedTo(id, receivers)
      },
      () => {},
    )
  }

  #introducedTo(id: NodeId, receivers: number): void {
    const peer = this.#peerOf(id)
    if (receivers === 0) return this.noReceiver(id, 'control')
    const [problem] = this.#init.problems()
    if (peer.link.state === 'unreachable' && !isAccepted(peer))
      unreachable(peer, problem?.text ?? 'it does not answer')
  }

  #forgetStranger(): void {
    const { founders } = this.#init.receiver.identity
    for (const [id, peer] of this.#peers)
      if (!founders.includes(id) && !isAccepted(peer)) {
        this.#peers.delete(id)
        return
      }
  }

  #peerOf(id: NodeId): Peer {
    const known = this.#peers.get(id)
    if (known !== undefined) return known
    const peer = newPeer()
    this.#peers.set(id, peer)
    if (this.#peers.size > maxPeers) this.#forgetStranger()
    return peer
  }
}
