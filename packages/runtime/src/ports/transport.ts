import type { Millis, NodeId } from '@oarlock/core'
import type { MemberIdentity, Refusal } from '../identity/index.ts'
import type { PeerEnvelope, PeerMessage } from './peer-message.ts'

export interface MessageReceiver {
  /**
   * Messages from one peer, in the order of their arrival. Those of one lane that arrive together come in one
   * call.
   */
  receive(from: NodeId, messages: readonly PeerMessage[]): void
  /** The connection to a peer was lost: the last messages to it may not have arrived. */
  unreachable(peer: NodeId): void
}

/**
 * The member at this end of a transport. The two ends of a connection show each other their identities before
 * any message: the one that dialled first. Each asks `meet` about the other. If one of them refuses, it says
 * so to the other, and no message passes.
 */
export interface TransportReceiver extends MessageReceiver {
  /** Shown to every peer. */
  readonly identity: MemberIdentity
  /**
   * A peer has shown its identity. Calls `answer` once, perhaps before this returns: with null to accept it.
   * `remote`: where the peer is, for messages. `rival`: where another process of the same member is, which
   * has shown another start and still speaks.
   */
  meet(peer: MemberIdentity, remote: string, answer: (refusal: Refusal | null) => void, rival?: string): void
  /** This end dialled, and each has accepted the other. */
  accepted(peer: NodeId): void
  /**
   * This end dialled, and the peer refuses this member. The receiver logs it, so a transport need not: a line
   * for each of the two members, not for each of their connections.
   */
  refused(by: NodeId, refusal: Refusal): void
  /**
   * A seed has answered: it is this member, and these are the addresses of the cluster's members, itself
   * included, as far as it knows.
   */
  discovered?(seed: MemberIdentity, addresses: Readonly<Record<NodeId, string>>): void
  /**
   * A client, which is no member, has connected. It is refused, or what it says goes to the handler. Without this
   * method every client is refused.
   */
  client?(cluster: string, connection: ClientConnection): ClientHandler | Refusal
}

/** The connection to one client, as its member sees it. */
export interface ClientConnection {
  /** Sent, and not yet taken by the network. */
  readonly queuedBytes: number
  send(message: Uint8Array): void
  /** Ends it. `why` is for the log. */
  destroy(why: string): void
}

/** What the connection to a client hands over. */
export interface ClientHandler {
  /** Throws DecodeError for what no client sends. */
  received(message: Uint8Array): void
  closed(): void
}

/** What a transport knows of the connection to one peer. Times are of the process's monotonic clock. */
export type Link =
  | { readonly state: 'connected'; readonly since: Millis }
  /** `problem` says why, for people, if it is known: `the name is not resolved`, `connection refused`. */
  | {
      readonly state: 'unreachable'
      readonly since: Millis
      readonly problem: string | null
      /** Where the peer is looked for, if it has an address. */
      readonly address?: string
    }
  /** `by`: the member that refuses. */
  | { readonly state: 'refused'; readonly since: Millis; readonly by: NodeId; readonly refusal: Refusal }

/** What a transport has sent to one peer since it was made, for metrics. */
export interface LinkStats {
  /** They wait to be sent. */
  readonly queuedBytes: number
  readonly sentMessages: number
  readonly sentBytes: number
}

/**
 * Carries messages. It may drop, duplicate, delay and reorder them. `send` never throws and never blocks.
 * Messages of the lane `control` must not wait for those of `bulk` (see laneOf).
 */
export interface Transport<Receiver extends MessageReceiver = TransportReceiver> {
  /** Without it the members of this transport are taken to be who they say they are. */
  readonly showsIdentities?: boolean
  /** Where it listens, with the actual port; null or undefined if it does not. */
  readonly address?: string | null
  /** Where peers reach it, if that is not what they have in their options. Null or undefined: it is. */
  readonly advertised?: string | null
  open(receiver: Receiver): Promise<void>
  send(envelopes: readonly PeerEnvelope[]): void
  /**
   * The other members are these from now on, and they are reached at these addresses. Closes the connections
   * to and from all others, and delivers nothing more that came over them: another process may take the name
   * of one that was removed, and must not be taken for it.
   */
  setPeers?(peers: Readonly<Record<NodeId, string>>): void
  /**
   * Asks the members at these addresses who the members of the cluster are, each again and again, until this
   * is called with none. What they say goes to `discovered`.
   */
  seek?(seeds: readonly string[]): void
  /** The connection to each seed that is being asked, by address. */
  seeds?(): ReadonlyMap<string, Link>
  /**
   * The connection to each peer, for `why()` and `status()`. Commands for a leader wait here while it has one
   * that is not connected, so leave a peer out of which nothing is known.
   */
  links?(): ReadonlyMap<NodeId, Link>
  /** What was sent to each peer, for `metrics()`. */
  stats?(): ReadonlyMap<NodeId, LinkStats>
  /** Connections that ended and messages that were dropped, by reason, since the transport was made. */
  drops?(): {
    readonly connections: Readonly<Record<string, number>>
    readonly messages: Readonly<Record<string, number>>
  }
  close(): Promise<void>
}
