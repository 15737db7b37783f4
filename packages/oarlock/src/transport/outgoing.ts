// The connections on which this member sends to one peer, one for each lane. They are dialled together, lost
// together, and dialled again. A host name is looked up first, once for both. Messages are sent only while
// both are established. Otherwise they are dropped and not queued: a Raft message that waited is of no use.
import type { Duplex } from 'node:stream'
import type { Millis } from '@oarlock/core'
import {
  type Lane,
  type Link,
  laneOf,
  lanes,
  type MemberIdentity,
  type PeerMessage,
  type Refusal,
} from '@oarlock/runtime'
import { type EncodedBatch, framedSize, type Introduction } from '../wire/index.ts'
import { type Address, formatAddress } from './address.ts'
import type { BackOff } from './back-off.ts'
import type { ConnectionLimits, PeerStats } from './connection.ts'
import type { CloseReason, DropCounter, MessageDropReason } from './drops.ts'
import type { Secrets } from './handshake.ts'
import { LinkHistory } from './link-history.ts'
import { warnOfLongMessage, warnOfSlowPeer } from './message-warnings.ts'
import type { NameLookup } from './names/index.ts'
import { isOfConfiguration, OutgoingLane, RefusedError } from './outgoing-lane.ts'
import { PeerAddress } from './peer-address.ts'
import { problemOf } from './problem.ts'
import type { RateLimitedLog } from './rate-limited-log.ts'
import type { DialTarget } from './stream-layer.ts'

/** After a connection of this length the back-off begins again. */
const stableConnection: Millis = 1000

export interface OutgoingInit {
  readonly introduction: Pick<Introduction, 'identity' | 'to'>
  /** As Introduction.advertise. */
  readonly advertise: () => string
  readonly secrets: Secrets
  readonly address: Address
  /** As PeerAddress. */
  readonly fallback: Address | null
  readonly lookup: NameLookup
  /** As StreamLayer.dial. */
  readonly dial: (target: DialTarget, opened: () => void) => Duplex
  readonly limits: ConnectionLimits
  readonly backOff: BackOff
  readonly log: RateLimitedLog
  readonly drops: DropCounter
  /** The peer has accepted this member. Calls `answer` once, with null to accept the peer. */
  readonly meet: (peer: MemberIdentity, remote: string, answer: (refusal: Refusal | null) => void) => void
  /** Each side has accepted the other. */
  readonly established: () => void
  /** The peer refuses this member. */
  readonly refused: (refusal: Refusal) => void
  /** An established connection is lost. */
  readonly lost: () => void
}

type State = 'waiting' | 'resolving' | 'dialling' | 'connected' | 'closed'
type Lanes = Readonly<Record<Lane, OutgoingLane>>

export class Outgoing {
  readonly #init: OutgoingInit
  readonly #link = new LinkHistory()
  readonly #address: PeerAddress
  #state: State = 'waiting'
  #lanes: Lanes | null = null
  /** Limits the handshake, or waits to dial again. */
  #timer: NodeJS.Timeout | undefined
  #connectedAt: Millis = 0
  /** The peer has shown that it is up: dial again at once when this connection ends. */
  #redialAtOnce = false
  #sentMessages = 0
  #sentBytes = 0
  #droppedMessages = 0

  constructor(init: OutgoingInit) {
    this.#init = init
    this.#address = new PeerAddress(init.address, init.lookup, init.fallback)
  }

  get stats(): PeerStats {
    return {
      connected: this.#state === 'connected',
      queuedBytes: (this.#lanes?.control.queuedBytes ?? 0) + (this.#lanes?.bulk.queuedBytes ?? 0),
      sentMessages: this.#sentMessages,
      sentBytes: this.#sentBytes,
      droppedMessages: this.#droppedMessages,
    }
  }

  /** Of the connection, or of the present or next attempt. */
  get address(): Address {
    return this.#address.current
  }

  get link(): Link {
    const { current } = this.#link
    if (current.state !== 'unreachable') return current
    return { ...current, address: String(this.#address) }
  }

  /** Dials now, instead of after the back-off. */
  dial(): void {
    if (this.#state !== 'waiting') return
    clearTimeout(this.#timer)
    this.#redialAtOnce = false
    if (this.#address.isName) void this.#resolve()
    else this.#connect()
  }

  /** At most one look-up is under way: the next one begins with the next attempt. */
  async #resolve(): Promise<void> {
    this.#state = 'resolving'
    const failure = await this.#address.resolve()
    if (this.#state !== 'resolving') return
    if (failure === null) this.#connect()
    else this.#ended(failure)
  }

  #connect(): void {
    this.#state = 'dialling'
    const { handshakeTimeout } = this.#init.limits
    const pair: Lanes = {
      control: this.#dialLane('control', () => pair),
      bulk: this.#dialLane('bulk', () => pair),
    }
    this.#lanes = pair
    this.#timer = setTimeout(
      () => this.#closed(pair, new Error(`no answer in ${handshakeTimeout} ms`), 'handshake-timeout'),
      handshakeTimeout,
    )
  }

  #dialLane(lane: Lane, pair: () => Lanes): OutgoingLane {
    const { introduction, advertise, secrets, limits, meet, dial, drops } = this.#init
    const { current, resolved } = this.#address
    const target: DialTarget = { peer: introduction.to, address: current, resolved }
    return new OutgoingLane({
      introduction: { ...introduction, lane, advertise: advertise() },
      secrets,
      dial: (opened) => dial(target, opened),
      limits,
      meet: (peer, answer) => meet(peer, formatAddress(current), answer),
      established: () => this.#established(pair()),
      closed: (cause) => this.#closed(pair(), cause),
      ended: (reason) => drops.connection(reason),
    })
  }

  /**
   * The peer has shown that it is up: dials now and resets the back-off. A dial under way may have come too
   * early, and a stable connection may lead to the process that the peer was before it restarted. If one of
   * them ends, the peer is dialled again at once. A connection that is new is not: two members that drop each
   * other as soon as they talk would dial without a pause.
   */
  peerIsUp(advertised: Address | null): void {
    this.#init.backOff.reset()
    this.#address.told(advertised, this.#state === 'waiting')
    if (this.#state === 'waiting') this.dial()
    else this.#redialAtOnce = this.#state !== 'connected' || this.#wasStable
  }

  /** Adds the message to the next `flush` of its lane, or drops it. */
  add(message: PeerMessage): void {
    const lane = this.#lanes?.[laneOf(message)]
    if (this.#state !== 'connected' || lane === undefined || !lane.writable) {
      this.#drop('not-connected')
      return
    }
    const { limits, log, introduction } = this.#init
    const { to: peer } = introduction
    const size = framedSize(message)
    const { queuedBytes } = lane
    if (size > limits.maxFrameBytes) {
      warnOfLongMessage(log, {
        peer,
        message: message.type,
        bytes: size,
        maxFrameBytes: limits.maxFrameBytes,
      })
      this.#drop('too-long')
    } else if (queuedBytes > 0 && queuedBytes + size > limits.maxQueueBytes) {
      warnOfSlowPeer(log, { peer, queuedBytes, maxQueueBytes: limits.maxQueueBytes })
      this.#drop('queue-full')
    } else {
      this.#sentMessages++
      this.#sentBytes += size
      lane.add(message, size)
    }
  }

  #drop(reason: MessageDropReason): void {
    this.#droppedMessages++
    this.#init.drops.message(reason)
  }

  /** Sends what was added to a lane in one write. If `other` holds the same messages, its bytes are used. */
  flush(lane: Lane, other: EncodedBatch | null): EncodedBatch | null {
    return this.#lanes?.[lane].flush(other) ?? null
  }

  /** Called once per interval. */
  keepAlive(): void {
    if (this.#state !== 'connected') return
    for (const lane of lanes) this.#lanes?.[lane].keepAlive()
  }

  /** Waits for sent messages to leave, for `linger` at most. Resolves when the sockets are closed. */
  async close(): Promise<void> {
    this.#state = 'closed'
    clearTimeout(this.#timer)
    this.#address.abandon()
    if (this.#lanes !== null) await Promise.all(lanes.map((lane) => this.#lanes![lane].end()))
  }

  #established(pair: Lanes): void {
    if (this.#lanes !== pair || this.#state !== 'dialling') return
    if (!pair.control.isEstablished || !pair.bulk.isEstablished) return
    const { introduction, log, established } = this.#init
    const address = this.#address
    clearTimeout(this.#timer)
    this.#state = 'connected'
    this.#redialAtOnce = false
    this.#connectedAt = performance.now()
    this.#link.connected()
    log.resolved(`unreachable ${introduction.to}`)
    log.resolved(`not to be reached ${introduction.to}`)
    log.debug({ peer: introduction.to, address: String(address) }, `connected to '${introduction.to}'`)
    established()
  }

  get #wasStable(): boolean {
    return performance.now() - this.#connectedAt >= stableConnection
  }

  /** The first lane that ends takes the other one with it. */
  #closed(pair: Lanes, cause: Error | null, reason: CloseReason = 'other-lane'): void {
    if (this.#lanes !== pair || this.#state === 'closed') return
    for (const lane of lanes) pair[lane].destroy(reason)
    this.#lanes = null
    this.#ended(cause)
  }

  /** An attempt has failed, or an established connection is lost. */
  #ended(cause: Error | null): void {
    const { introduction, backOff, refused, lost } = this.#init
    const wasConnected = this.#state === 'connected'
    clearTimeout(this.#timer)
    this.#state = 'waiting'
    if (wasConnected && this.#wasStable) backOff.reset()
    const retryInMs = this.#redialAtOnce
      ? 0
      : Math.round(isOfConfiguration(cause) ? backOff.nextAfterRefusal() : backOff.next())
    this.#timer = setTimeout(() => this.dial(), retryInMs)
    this.#logLoss(cause, wasConnected, retryInMs)
    if (cause instanceof RefusedError) {
      this.#link.refused(cause.by, cause.refusal)
      if (cause.by === introduction.to) refused(cause.refusal)
    } else this.#link.unreachable(problemOf(cause))
    if (wasConnected) {
      this.#address.lost()
      lost()
    } else this.#address.failed()
  }

  /** Refusals are logged by the receiver, which hears of those on other connections, too. */
  #logLoss(cause: Error | null, wasConnected: boolean, retryInMs: Millis): void {
    const { introduction, backOff, log } = this.#init
    const address = this.#address
    const needsPerson = isOfConfiguration(cause)
    const { to: peer } = introduction
    const where = String(address)
    const fields = { peer, address: where, problem: problemOf(cause), retryInMs }
    if (wasConnected) log.debug(fields, `lost the connection to '${peer}'`)
    else if (cause instanceof RefusedError) log.debug(fields, `no connection to '${peer}'`)
    else if (backOff.atLongest || needsPerson)
      log.warn(
        `${needsPerson ? 'not to be reached' : 'unreachable'} ${peer}`,
        { event: 'peer-unreachable', ...fields },
        `cannot reach '${peer}' at ${where}: ${problemOf(cause)}. Trying again`,
      )
  }
}
