// Messages over channels: one channel for each instance and lane, and one for announcements. Frames name
// their sender. Frames without the secret and replayed frames are dropped (ARCHITECTURE.md, "What goes
// through Redis").
import { randomBytes } from 'node:crypto'
import type { NodeId } from '@oarlock/core'
import { DecodeError, type EventLogger, type Lane, printable } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import type { Secrets } from '../authentication/index.ts'
import {
  closeTimeout,
  fulfilledWithin,
  type RedisConnection,
  RedisProblems,
  RedisReplyError,
} from '../connection/index.ts'
import { BusTransport } from './bus-transport.ts'
import { DuplicateIdCheck } from './duplicate-id.ts'
import { type BusFrame, BusKind, decodeFrame, encodeFrame, frameProblems, type Session } from './frame.ts'
import { MessageAuthentication } from './message-authentication.ts'
import type { PeerLinks } from './peer-links.ts'
import { ReplayGuard } from './replay-guard.ts'

export interface RedisBusOptions {
  readonly connection: RedisConnection
  readonly prefix: string
  readonly id: NodeId
  /** Frames without one of them are dropped. If there is none, anyone who may PUBLISH can send. */
  readonly secrets?: Secrets
  /** The connection's lanes. With both, long messages have channels of their own. Default: only `control`. */
  readonly lanes?: readonly Lane[]
  readonly logger?: EventLogger | undefined
  /** What keeps this bus from sending and receiving is noted here. */
  readonly problems?: RedisProblems
  /** What this process says of itself to another one with its id. Default: nothing. */
  readonly about?: () => Uint8Array
  /** Another process was refused because it has this process's id. `about`: what it says of itself. */
  readonly refusedTwin?: (about: Uint8Array) => void
}

interface Subscription {
  readonly channel: string
  readonly lane: Lane
  readonly listener: (payload: Uint8Array) => void
}

type AnnouncementListener = (from: NodeId, body: Uint8Array) => void

export class RedisBus {
  readonly id: NodeId
  readonly connection: RedisConnection
  readonly lanes: readonly Lane[]
  /** Waits for Redis, and resolves when subscribed. Rejects if the connection is closed first. */
  readonly opened: Promise<void>
  readonly #prefix: string
  readonly #authentication: MessageAuthentication | null
  readonly #log: RateLimitedLog
  readonly #problems: RedisProblems
  readonly #replayGuard = new ReplayGuard()
  readonly #duplicateId: DuplicateIdCheck
  readonly #transports = new Set<BusTransport>()
  readonly #listeners = new Set<AnnouncementListener>()
  readonly #subscriptions: readonly Subscription[]
  #session: Session = { start: Date.now(), nonce: randomBytes(9).toString('base64url') }
  #counter = 0
  #isClosed = false

  constructor(options: RedisBusOptions) {
    const { connection, prefix, id, secrets = [], lanes = ['control'], logger, problems } = options
    this.id = id
    this.connection = connection
    this.lanes = lanes
    // Redis shares channels between its databases.
    this.#prefix = connection.database === 0 ? `{${prefix}}` : `{${prefix}}:db${connection.database}`
    this.#authentication = secrets.length === 0 ? null : new MessageAuthentication(secrets)
    this.#log = new RateLimitedLog(logger)
    this.#problems = problems ?? new RedisProblems(logger)
    this.#duplicateId = new DuplicateIdCheck(this.#session.nonce, {
      publish: (kind, body) => this.publish(this.channelOf(id), kind, '', body),
      about: options.about ?? (() => new Uint8Array(0)),
      refused: options.refusedTwin ?? (() => {}),
    })
    const subscription = (channel: string, lane: Lane): Subscription => ({
      channel,
      lane,
      listener: (payload) => this.#received(channel, lane, payload),
    })
    this.#subscriptions = [
      ...lanes.map((lane) => subscription(this.channelOf(id, lane), lane)),
      subscription(this.#all, 'control'),
    ]
    this.opened = Promise.all(
      this.#subscriptions.map(({ channel, listener, lane }) => connection.subscribe(channel, listener, lane)),
    ).then(() => {})
    this.opened.catch(() => {})
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The channel of one instance in this lane. */
  channelOf(id: NodeId, lane: Lane = 'control'): string {
    return `${this.#prefix}:${lane === 'control' ? 'to' : lane}:${id}`
  }

  /** The session of this process. */
  get nonce(): string {
    return this.#session.nonce
  }

  /**
   * Exchanges messages only with other instances' transports of the same cluster. With `peers`, only with
   * peers that have accepted each other.
   */
  transport(cluster: string, peers: PeerLinks | null = null): BusTransport {
    return new BusTransport({ bus: this, cluster, peers, transports: this.#transports, log: this.#log })
  }

  /**
   * Sends to one instance, or to all (null), as a member of this cluster. Rejects as `connection.command`
   * does.
   */
  tell(to: NodeId | null, kind: number, cluster: string, body: Uint8Array): Promise<number> {
    return this.publish(to === null ? this.#all : this.channelOf(to), kind, cluster, body)
  }

  /** Sends to all other instances. Rejects as `connection.command` does. */
  async announce(body: Uint8Array): Promise<void> {
    await this.publish(this.#all, BusKind.announcement, '', body)
  }

  onAnnouncement(listener: AnnouncementListener): () => void {
    const own: AnnouncementListener = (from, body) => listener(from, body)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /**
   * The number of connections subscribed to that instance's channel: 0 if it is gone. Rejects as
   * `connection.command` does.
   */
  async subscribers(id: NodeId): Promise<number> {
    return (await this.subscribersOf([id]))[0]!
  }

  /** As `subscribers`, for several instances, in this lane. */
  async subscribersOf(ids: readonly NodeId[], lane: Lane = 'control'): Promise<readonly number[]> {
    const channels = ids.map((id) => this.channelOf(id, lane))
    const reply = (await this.connection.command(['PUBSUB', 'NUMSUB', ...channels])) as readonly unknown[]
    return ids.map((_, at) => Number(reply[2 * at + 1]))
  }

  /** What another live process with this id says of itself. Null: there is none. */
  async ownerOfId(): Promise<Uint8Array | null> {
    return (await this.subscribers(this.id)) > 1 ? await this.#duplicateId.owner() : null
  }

  /** This process owns the id from now on. Other processes that ask for it are told so. */
  claimId(): void {
    this.#duplicateId.claim()
  }

  /** Resolves with the number of connections that received it. Rejects as `connection.command` does. */
  async publish(
    channel: string,
    kind: number,
    cluster: string,
    body: Uint8Array,
    lane: Lane = 'control',
  ): Promise<number> {
    const frame = { kind, from: this.id, session: this.#session, counter: ++this.#counter, cluster, body }
    const payload = encodeFrame(frame, channel, this.#authentication)
    try {
      const receivers = Number(await this.connection.command(['PUBLISH', channel, payload], lane))
      this.#problems.succeeded(`publish ${lane}`)
      return receivers
    } catch (error) {
      if (error instanceof RedisReplyError) this.#problems.failed(`publish ${lane}`, `${error.message}.`)
      throw error
    }
  }

  /**
   * Stops receiving and closes the bus's transports, but not the connection. Does not wait for a Redis that
   * does not answer.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listeners.clear()
    await Promise.all([...this.#transports].map((transport) => transport.close()))
    const unsubscribed = this.#subscriptions.map(({ channel, listener }) =>
      this.connection.unsubscribe(channel, listener),
    )
    await fulfilledWithin(closeTimeout, Promise.allSettled(unsubscribed))
  }

  get #all(): string {
    return `${this.#prefix}:all`
  }

  #received(channel: string, lane: Lane, payload: Uint8Array): void {
    if (this.#isClosed) return
    const frame = decodeFrame(payload, channel, this.#authentication)
    if (typeof frame === 'string') {
      const message = `dropped a message on ${channel}: ${frameProblems[frame]}`
      this.#problems.note(`frame ${frame}`, `Messages are dropped: ${frameProblems[frame]}.`)
      this.#log.warn(`frame ${frame}`, { event: 'message-refused', channel, problem: frame }, message)
      return
    }
    try {
      if (frame.from !== this.id) this.#accept(frame, channel, lane)
      else if (frame.session.nonce !== this.#session.nonce) this.#receivedFromOwnId(frame)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const fields = { event: 'message-refused', channel, problem: error.message } as const
      this.#log.warn('body', fields, `dropped a message on ${channel}: ${error.message}`)
    }
  }

  #accept(frame: BusFrame, channel: string, lane: Lane): void {
    const { from, session, counter, kind, cluster, body } = frame
    const verdict = this.#replayGuard.check(from, lane, session, counter)
    if (verdict.type !== 'accepted') {
      // Anyone may send without a secret, so neither the number of lines nor their length depends on senders.
      const peer = printable(from)
      const message = `dropped a message from '${peer}': it is older than the last one from there`
      this.#log.warn(verdict.type, { event: 'message-refused', peer, problem: verdict.type }, message)
      if (verdict.type === 'outdated') this.#tellOutdated(from, verdict.latest)
      return
    }
    if (kind === BusKind.messages) {
      for (const transport of [...this.#transports])
        if (transport.cluster === cluster) transport.received(from, session.nonce, body)
    } else if (kind === BusKind.introduction || kind === BusKind.refusal) {
      // A member of another cluster that writes to this one has its name among its peers.
      for (const transport of [...this.#transports])
        if (transport.cluster === cluster || channel !== this.#all)
          transport.peers?.received(from, session.nonce, kind, body)
    } else if (kind === BusKind.announcement) {
      for (const listener of [...this.#listeners]) listener(from, body)
    } else if (kind === BusKind.outdated) this.#renewSession(body)
  }

  #receivedFromOwnId({ kind, body, session }: BusFrame): void {
    if (kind === BusKind.probe || kind === BusKind.taken)
      return this.#duplicateId.received(kind, body, session)
    if (kind === BusKind.introduction || kind === BusKind.refusal)
      for (const { peers } of [...this.#transports]) peers?.heardTwin(kind, body)
    const message = `another process uses the id '${this.id}': give each process its own id`
    this.#log.warn('duplicate-id', { event: 'id-duplicate', id: this.id }, message)
  }

  /** If this is the real sender, its clock was set back: it can start a newer session. */
  #tellOutdated(from: NodeId, { start }: Session): void {
    const body = Buffer.alloc(8)
    body.writeBigUInt64BE(BigInt(start))
    this.publish(this.channelOf(from), BusKind.outdated, '', body).catch(() => {})
  }

  #renewSession(body: Uint8Array): void {
    if (body.length !== 8) return
    const start = Number(Buffer.from(body).readBigUInt64BE()) + 1
    if (start <= this.#session.start || !Number.isSafeInteger(start)) return
    this.#session = { start, nonce: this.#session.nonce }
  }
}
