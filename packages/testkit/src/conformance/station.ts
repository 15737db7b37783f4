// A member for the transports' suite: its transport, and a record of everything that it received.
import type { Index, NodeId, Term } from '@oarlock/core'
import type {
  MemberIdentity,
  PeerEnvelope,
  PeerMessage,
  Refusal,
  Transport,
  TransportReceiver,
} from '@oarlock/runtime'

/** The longest wait, in ms. Far more than anything takes, even on a busy machine. */
const patience = 15_000

export class Station implements TransportReceiver, AsyncDisposable {
  readonly id: NodeId
  readonly transport: Transport
  readonly identity: MemberIdentity
  /** The identities of the peers that were judged, by id. */
  readonly met: Map<NodeId, MemberIdentity> = new Map()
  /** Where the other process of a peer was when the peer was met. */
  readonly rivals: Map<NodeId, string> = new Map()
  readonly acceptedBy: Set<NodeId> = new Set()
  readonly refusedBy: Map<NodeId, Refusal> = new Map()
  /** One for each call of `receive`. */
  readonly batches: { readonly from: NodeId; readonly messages: readonly PeerMessage[] }[] = []
  readonly lost: NodeId[] = []
  readonly greetedBy: Set<NodeId> = new Set()
  onReceive: () => void = () => {}
  /** Whether this member accepts a peer. */
  judge: (peer: MemberIdentity, answer: (refusal: Refusal | null) => void) => void = (_peer, answer) =>
    answer(null)
  #changed: () => void = () => {}

  constructor(id: NodeId, transport: Transport, identity: MemberIdentity = identityOf(id)) {
    this.id = id
    this.transport = transport
    this.identity = identity
  }

  open(): Promise<void> {
    return this.transport.open(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close()
  }

  meet(
    peer: MemberIdentity,
    _remote: string,
    answer: (refusal: Refusal | null) => void,
    rival?: string,
  ): void {
    this.met.set(peer.id, peer)
    if (rival !== undefined) this.rivals.set(peer.id, rival)
    this.judge(peer, answer)
    this.#changed()
  }

  accepted(peer: NodeId): void {
    this.acceptedBy.add(peer)
    this.#changed()
  }

  refused(by: NodeId, refusal: Refusal): void {
    this.refusedBy.set(by, refusal)
    this.#changed()
  }

  receive(from: NodeId, all: readonly PeerMessage[]): void {
    const messages = all.filter((message) => !isGreeting(message))
    if (messages.length < all.length) this.greetedBy.add(from)
    if (messages.length > 0) {
      this.batches.push({ from, messages })
      this.onReceive()
    }
    this.#changed()
  }

  unreachable(peer: NodeId): void {
    this.lost.push(peer)
    this.#changed()
  }

  messagesFrom(from: NodeId): PeerMessage[] {
    return this.batches.filter((batch) => batch.from === from).flatMap((batch) => batch.messages)
  }

  /** Resolves when `condition` holds; it is checked after everything that is received. One call at a time. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`'${this.id}' waited in vain for ${condition}`)),
        patience,
      )
      this.#changed = () => {
        if (!condition()) return
        clearTimeout(timer)
        this.#changed = () => {}
        resolve()
      }
      this.#changed()
    })
  }
}

/** An identity for tests of transports. */
export const identityOf = (id: NodeId): MemberIdentity => ({
  id,
  cluster: 'oarlock',
  incarnation: `incarnation of ${id}`,
  starts: { count: 1, recent: ['start'] },
  founders: [id],
  purpose: 'replication',
  kind: 'full',
  electionTimeout: 500,
})

export const to =
  (peer: NodeId): ((message: PeerMessage) => PeerEnvelope) =>
  (message) => ({ from: 'unused', to: peer, message })

/** A message that no other number makes. */
export const numbered = (n: number): PeerMessage => ({
  type: 'heartbeat',
  term: 1 as Term,
  commit: n as Index,
  sentAt: 0,
  round: 0,
  successorPriority: 1,
  heldByAll: 0 as Index,
})

export const numbersFrom = (station: Station, from: NodeId): number[] =>
  station.messagesFrom(from).flatMap((message) => (message.type === 'heartbeat' ? [message.commit] : []))

const aGreeting: PeerMessage = {
  type: 'heartbeat',
  term: 0 as Term,
  commit: 0 as Index,
  sentAt: 0,
  round: 0,
  successorPriority: 1,
  heldByAll: 0 as Index,
}
const isGreeting = (message: PeerMessage): boolean => message.type === 'heartbeat' && message.term === 0

/** Greets until a greeting arrives. From then on the link stands and loses nothing. */
export const link = (from: Station, towards: Station): Promise<void> =>
  greeting(
    from,
    towards,
    towards.until(() => towards.greetedBy.has(from.id)),
  )

/** Greets until the transport reports the peer unreachable. */
export const linkLost = (from: Station, towards: Station): Promise<void> =>
  greeting(
    from,
    towards,
    from.until(() => from.lost.includes(towards.id)),
  )

async function greeting(from: Station, towards: Station, enough: Promise<void>): Promise<void> {
  const greet = (): void => from.transport.send([to(towards.id)(aGreeting)])
  const timer = setInterval(greet, 2)
  greet()
  try {
    await enough
  } finally {
    clearInterval(timer)
  }
}
