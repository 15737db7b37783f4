// The connections on which this member sends to one peer, one for each lane. They are dialled together, lost
// together, and dialled again. A host name is looked up first, once for both. Messages are sent only while
// both are established. Otherwise they are dropped and not queued: a Raft message that waited is of no use.
import { isIP } from 'node:net'
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
import { type Address, formatAddress, isSameAddress } from './address.ts'
import type { BackOff } from './back-off.ts'
import type { ConnectionLimits, PeerStats } from './connection.ts'
import type { CloseReason, DropCounter, MessageDropReason } from './drops.ts'
import type { Secrets } from './handshake.ts'
import { LinkHistory } from './link-history.ts'
import { type NameLookup, NameNotResolvedError } from './names/index.ts'
import { NoMemberError, OutgoingLane, RefusedError } from './outgoing-lane.ts'
import { isTlsError, problemOf } from './problem.ts'
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
  readonly lookup: NameLookup
  /** As StreamLayer.dial. */
  readonly dial: (target: DialTarget, opened: () => void) => Duplex
  readonly limits: ConnectionLimits
  readonly backOff: BackOff
  readonly log: RateLimitedLog
  readonly drops: DropCounter
  /** The peer has accepted this member. Calls `answer` once, with null to accept the peer. */
  readonly meet: (peer: MemberIdentity, answer: (refusal: Refusal | null) => void) => void
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
  #state: State = 'waiting'
  #lanes: Lanes | null = null
  #lookup: AbortController | null = null
  /** The last answer for the name of the host. */
  #resolved: readonly string[] = []
  /** Limits the handshake, or waits to dial again. */
  #timer: NodeJS.Timeout | undefined
  #connectedAt: Millis = 0
  /** The peer has shown that it is up: dial again at once when this connection ends. */
  #redialAtOnce = false
  /** Where the peer has said that it is. */
  #advertised: Address | null = null
  /** Of the present attempt, or of the last one. */
  #address: Address
  #sentMessages = 0
  #sentBytes = 0
  #droppedMessages = 0

  constructor(init: OutgoingInit) {
    this.#init = init
    this.#address = init.address
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

  get link(): Link {
    const { current } = this.#link
    if (current.state !== 'unreachable') return current
    return { ...current, address: formatAddress(this.#address) }
  }

  /** Dials now, instead of after the back-off. */
  dial(): void {
    if (this.#state !== 'waiting') return
    clearTimeout(this.#timer)
    this.#redialAtOnce = false
    if (isIP(this.#address.host) === 0) void this.#resolve()
    else this.#connect()
  }

  /** At most one look-up is under way: the next one begins with the next attempt. */
  async #resolve(): Promise<void> {
    const { lookup } = this.#init
    const address = this.#address
    this.#state = 'resolving'
    this.#lookup = new AbortController()
    let failure: Error | null = null
    try {
      this.#resolved = checked(address.host, await lookup(address.host, this.#lookup.signal))
    } catch (error) {
      failure = error as Error
    }
    this.#lookup = null
    if (this.#state !== 'resolving') return
    // A name server that does not answer says nothing new.
    const mayBeRight = failure instanceof NameNotResolvedError && !failure.isUnknown
    if (failure === null || (mayBeRight && this.#resolved.length > 0)) this.#connect()
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
    const address = this.#address
    const target: DialTarget = { peer: introduction.to, address, resolved: this.#resolved }
    return new OutgoingLane({
      introduction: { ...introduction, lane, advertise: advertise() },
      secrets,
      dial: (opened) => dial(target, opened),
      limits,
      meet,
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
    this.#moved(advertised)
    if (this.#state === 'waiting') this.dial()
    else this.#redialAtOnce = this.#state !== 'connected' || this.#wasStable
  }

  /** The next attempt goes to the address that the peer has told, if that is a new one. */
  #moved(advertised: Address | null): void {
    if (advertised === null || isSameAddress(advertised, this.#advertised)) return
    this.#advertised = advertised
    if (isSameAddress(advertised, this.#address)) return
    if (this.#state === 'waiting') this.#useAddress(advertised)
  }

  #useAddress(address: Address): void {
    this.#address = address
    this.#resolved = []
  }

  /** After a failure the other address of the peer is tried, if it has two. */
  #turnToOtherAddress(): void {
    const { address } = this.#init
    if (this.#advertised === null || isSameAddress(this.#advertised, address)) return
    this.#useAddress(isSameAddress(this.#address, address) ? this.#advertised : address)
  }

  /** Adds the message to the next `flush` of its lane, or drops it. */
  add(message: PeerMessage): void {
    const lane = this.#lanes?.[laneOf(message)]
    if (this.#state !== 'connected' || lane === undefined || !lane.writable) {
      this.#drop('not-connected')
      return
    }
    const { limits, log, introduction } = this.#init
    const size = framedSize(message)
    const { queuedBytes } = lane
    if (size > limits.maxFrameBytes) {
      const fields = {
        peer: introduction.to,
        message: message.type,
        bytes: size,
        maxFrameBytes: limits.maxFrameBytes,
      }
      log.warn(
        `too-long ${introduction.to}`,
        fields,
        `dropped a message to '${introduction.to}': it is longer than a frame may be. Raise maxFrameBytes on every member, or write smaller commands`,
      )
      this.#drop('too-long')
    } else if (queuedBytes > 0 && queuedBytes + size > limits.maxQueueBytes) {
      const fields = { peer: introduction.to, queuedBytes, maxQueueBytes: limits.maxQueueBytes }
      log.warn(
        `slow ${introduction.to}`,
        fields,
        `dropping messages to '${introduction.to}': it receives them more slowly than they are sent`,
      )
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
    this.#lookup?.abort()
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
    log.debug({ peer: introduction.to, address: formatAddress(address) }, `connected to '${introduction.to}'`)
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
    if (!wasConnected) this.#turnToOtherAddress()
    else lost()
  }

  /** Refusals are logged by the receiver, which hears of those on other connections, too. */
  #logLoss(cause: Error | null, wasConnected: boolean, retryInMs: Millis): void {
    const { introduction, backOff, log } = this.#init
    const address = this.#address
    const needsPerson = isOfConfiguration(cause)
    const { to: peer } = introduction
    const where = formatAddress(address)
    const fields = { peer, address: where, problem: problemOf(cause), retryInMs }
    if (wasConnected) log.debug(fields, `lost the connection to '${peer}'`)
    else if (cause instanceof RefusedError) log.debug(fields, `no connection to '${peer}'`)
    else if (backOff.atLongest || needsPerson)
      log.warn(
        `${needsPerson ? 'not to be reached' : 'unreachable'} ${peer}`,
        fields,
        `cannot reach '${peer}' at ${where}: ${problemOf(cause)}. Trying again`,
      )
  }
}

/** Another try helps only after a person has changed something. */
const isOfConfiguration = (cause: Error | null): boolean =>
  cause instanceof RefusedError || cause instanceof NoMemberError || isTlsError(cause)

/** The look-up may be the application's own. */
function checked(host: string, addresses: unknown): readonly string[] {
  if (Array.isArray(addresses) && addresses.length > 0 && addresses.every((address) => isIP(address) !== 0))
    return addresses
  throw new Error(`the look-up of '${host}' gave no IP addresses`)
}
