// What a transport hands to a replica goes to its parts: messages to the core, bytes of snapshots to the
// snapshotter, and what is learned of a peer to all that keep something of it.
import type { Message, Millis, NodeId, Raft } from '@oarlock/core'
import type { Driver } from './driver/index.ts'
import type { FlowControl } from './flow/index.ts'
import type { MemberIdentity, PeerIdentities, Refusal } from './identity/index.ts'
import type { Removal } from './membership/index.ts'
import type { RoundTrips } from './meters/index.ts'
import {
  type Clock,
  isTransferMessage,
  type PeerMessage,
  raftMessages,
  type TransportReceiver,
} from './ports/index.ts'
import { type Proposals, withTime } from './proposals/index.ts'
import type { ReachablePeers } from './reachable-peers.ts'
import type { ReplicaListener } from './replica-init.ts'
import type { Snapshotter } from './snapshots/index.ts'

export interface ReplicaReceiverInit {
  readonly raft: Raft
  readonly clock: Clock
  readonly driver: Driver
  readonly identities: PeerIdentities
  readonly removal: Removal
  readonly reachable: ReachablePeers
  readonly flow: FlowControl
  readonly roundTrips: RoundTrips
  readonly proposals: Proposals<unknown>
  readonly snapshotter: Snapshotter | null
  /** For the commands of other members, on the leader. */
  readonly timeToWrite: () => Millis
  readonly listener: ReplicaListener
}

export class ReplicaReceiver implements TransportReceiver {
  /** Set by a host that serves clients. */
  client?: NonNullable<TransportReceiver['client']>
  readonly #init: ReplicaReceiverInit

  constructor(init: ReplicaReceiverInit) {
    this.#init = init
  }

  get identity(): MemberIdentity {
    return this.#init.identities.own
  }

  meet(
    peer: MemberIdentity,
    remote: string,
    answer: (refusal: Refusal | null) => void,
    rival?: string,
  ): void {
    this.#init.identities.meet({ peer, remote, rival }, answer)
  }

  accepted(peer: NodeId): void {
    const { removal, identities } = this.#init
    removal.acceptedBy(peer)
    identities.accepted(peer)
  }

  refused(by: NodeId, refusal: Refusal): void {
    const { identities, listener, removal } = this.#init
    identities.refusedBy(by, refusal)
    listener.refused(by, refusal)
    if (refusal.reason === 'removed-member') removal.refusedBy(by)
  }

  discovered(seed: MemberIdentity, addresses: Readonly<Record<NodeId, string>>): void {
    const { identities, listener } = this.#init
    identities.learnFounders(seed)
    listener.discovered?.(seed, addresses)
  }

  receive(from: NodeId, messages: readonly PeerMessage[]): void {
    const { raft, reachable, flow, roundTrips, clock, driver, removal, identities, listener } = this.#init
    reachable.heard(from)
    if (raft.role === 'leader') {
      const now = clock.now()
      flow.receiving(from, messages, now)
      roundTrips.receiving(from, messages, raft.term, now)
    }
    driver.receive(from, this.#withTime(this.#forCore(messages)))
    if (removal.isDoubtful && from === raft.leader && messages.some(isHeartbeat)) removal.heardLeader()
    this.#transfer(from, messages)
    for (const message of messages)
      if (message.type === 'store' && identities.isFounded) listener.storeMessage?.(from, message.bytes)
  }

  unreachable(peer: NodeId): void {
    const { reachable, removal, flow, proposals, driver } = this.#init
    reachable.lost(peer)
    removal.lost(peer)
    flow.lost(peer)
    proposals.unreachable(peer)
    driver.unreachable(peer)
  }

  /** The leader writes its time into the commands of other members, too. */
  #withTime(messages: readonly Message[]): readonly Message[] {
    const { raft, timeToWrite } = this.#init
    if (raft.role !== 'leader' || !messages.some(({ type }) => type === 'propose')) return messages
    const time = timeToWrite()
    return messages.map((message) =>
      message.type === 'propose' ? { ...message, entries: withTime(message.entries, time) } : message,
    )
  }

  /** With snapshots the core learns of one when its bytes are here, from the snapshotter and from no peer. */
  #forCore(messages: readonly PeerMessage[]): readonly Message[] {
    const forCore = raftMessages(messages)
    if (this.#init.snapshotter === null || !forCore.some(({ type }) => type === 'snapshot')) return forCore
    return forCore.filter(({ type }) => type !== 'snapshot')
  }

  #transfer(from: NodeId, messages: readonly PeerMessage[]): void {
    const { identities, snapshotter, listener } = this.#init
    if (!identities.isFounded) return
    if (snapshotter === null) {
      if (messages.some(({ type }) => type === 'snapshotOffer')) listener.offeredInVain?.(from)
      return
    }
    for (const message of messages) if (isTransferMessage(message)) snapshotter.receive(from, message)
  }
}

const isHeartbeat = ({ type }: PeerMessage): boolean => type === 'heartbeat'
