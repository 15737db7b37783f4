// Channels: one an instance, one for announcements. Says who sent what, lets only those be heard who know the secret, and
// nothing twice (ARCHITECTURE.md, "What goes through Redis").
import { randomBytes } from 'node:crypto'
import type { NodeId } from '@oarlock/core'
import { InvalidOptionsError, type Logger, type Transport } from 'oarlock'
import { RareLog } from 'oarlock/wire'
import { linger, type RedisConnection, within } from '../connection/index.ts'
import { BusTransport } from './bus-transport.ts'
import { IdClaim } from './duplicate-id.ts'
import { type BusFrame, BusKind, decodeFrame, encodeFrame, type FrameProblem, type Session } from './frame.ts'
import { Seal } from './message-authentication.ts'
import { Senders } from './replay-guard.ts'

export interface RedisBusOptions {
  readonly connection: RedisConnection
  readonly prefix: string
  readonly id: NodeId
  /** Who does not know it is not heard. Without one, everybody is who can PUBLISH. */
  readonly secret?: string | Uint8Array | undefined
  readonly logger?: Logger | undefined
  /** Default: one that begins now. */
  readonly session?: Session
}

type AnnouncementListener = (from: NodeId, body: Uint8Array) => void

const problems: Record<FrameProblem, string> = {
  damaged: 'it is not a frame of this package, or damaged',
  version: 'it is of another version of this package',
  unsealed: 'it has no seal: its sender was given no secret',
  sealed: 'it is sealed, but this instance was given no secret',
  'wrong-seal': 'its sender has another secret, or somebody has altered it',
}

export class RedisBus {
  readonly id: NodeId
  readonly connection: RedisConnection
  /** Resolves when it hears what is sent to it for the first time, which waits for Redis. Rejects if it is closed before. */
  readonly opened: Promise<void>
  readonly #prefix: string
  readonly #seal: Seal | null
  readonly #log: RareLog
  readonly #senders = new Senders()
  readonly #claim: IdClaim
  readonly #transports = new Set<BusTransport>()
  readonly #listeners = new Set<AnnouncementListener>()
  readonly #subscriptions: readonly { channel: string; listener: (payload: Uint8Array) => void }[]
  #session: Session
  #counter = 0
  #isClosed = false

  constructor({ connection, prefix, id, secret, logger, session }: RedisBusOptions) {
    if (secret !== undefined && secret.length === 0) throw new InvalidOptionsError('secret must not be empty')
    this.id = id
    this.connection = connection
    // Channels are the same for all databases of a Redis.
    this.#prefix = connection.database === 0 ? `{${prefix}}` : `{${prefix}}:db${connection.database}`
    this.#seal = secret === undefined ? null : new Seal(secret)
    this.#log = new RareLog(logger)
    this.#session = session ?? { start: Date.now(), nonce: randomBytes(9).toString('base64url') }
    this.#claim = new IdClaim(this.#session.nonce, (kind, body) =>
      this.publish(this.channelOf(id), kind, '', body),
    )
    this.#subscriptions = [this.channelOf(id), this.#all].map((channel) => ({
      channel,
      listener: (payload) => this.#received(channel, payload),
    }))
    this.opened = Promise.all(
      this.#subscriptions.map(({ channel, listener }) => connection.subscribe(channel, listener)),
    ).then(() => {})
    this.opened.catch(() => {})
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Where that instance hears what is for it alone. */
  channelOf(id: NodeId): string {
    return `${this.#prefix}:to:${id}`
  }

  /** Brings what other instances send by a transport of the same cluster, and that only. */
  transport(cluster: string): Transport {
    return new BusTransport({ bus: this, cluster, transports: this.#transports, log: this.#log })
  }

  /** To all instances, this one not included. Rejects as `connection.command` does. */
  async announce(body: Uint8Array): Promise<void> {
    await this.publish(this.#all, BusKind.announcement, '', body)
  }

  onAnnouncement(listener: AnnouncementListener): () => void {
    const own: AnnouncementListener = (from, body) => listener(from, body)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** How many connections hear what is sent to that instance: 0 if it is gone. Rejects as `connection.command` does. */
  async subscribers(id: NodeId): Promise<number> {
    const reply = await this.connection.command(['PUBSUB', 'NUMSUB', this.channelOf(id)])
    return Number((reply as readonly unknown[])[1])
  }

  /** Whether another process goes by this id: one that answers. */
  async isTaken(): Promise<boolean> {
    return (await this.subscribers(this.id)) > 1 && (await this.#claim.isContested())
  }

  /** This process has the id from now on: others that ask are told so. */
  establish(): void {
    this.#claim.establish()
  }

  /** How many connections received it. Rejects as `connection.command` does. */
  async publish(channel: string, kind: number, cluster: string, body: Uint8Array): Promise<number> {
    const frame = { kind, from: this.id, session: this.#session, counter: ++this.#counter, cluster, body }
    const payload = encodeFrame(frame, channel, this.#seal)
    return Number(await this.connection.command(['PUBLISH', channel, payload]))
  }

  /** Nothing is received any more; its transports are closed. The connection stays. A Redis that does not answer is not waited for. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listeners.clear()
    await Promise.all([...this.#transports].map((transport) => transport.close()))
    const unsubscribed = this.#subscriptions.map(({ channel, listener }) =>
      this.connection.unsubscribe(channel, listener),
    )
    await within(linger, Promise.allSettled(unsubscribed))
  }

  get #all(): string {
    return `${this.#prefix}:all`
  }

  #received(channel: string, payload: Uint8Array): void {
    if (this.#isClosed) return
    const frame = decodeFrame(payload, channel, this.#seal)
    if (typeof frame === 'string') {
      const message = `ignored what came on ${channel}: ${problems[frame]}`
      this.#log.warn(`frame ${frame}`, { channel, problem: frame }, message)
    } else if (frame.from !== this.id) this.#take(frame)
    else if (frame.session.nonce !== this.#session.nonce) this.#namesake(frame)
  }

  #take(frame: BusFrame): void {
    const { from, session, counter, kind, cluster, body } = frame
    const hearing = this.#senders.take(from, session, counter)
    if (hearing.type !== 'taken') {
      const message = `ignored what '${from}' is said to have sent: it was sent before what it sent last`
      this.#log.warn(`${hearing.type} ${from}`, { peer: from, problem: hearing.type }, message)
      if (hearing.type === 'outdated') this.#tellOutdated(from, hearing.by)
      return
    }
    if (kind === BusKind.messages) {
      for (const transport of [...this.#transports])
        if (transport.cluster === cluster) transport.received(from, body)
    } else if (kind === BusKind.announcement) {
      for (const listener of [...this.#listeners]) listener(from, body)
    } else if (kind === BusKind.outdated) this.#renewSession(body)
  }

  #namesake({ kind, body, session }: BusFrame): void {
    this.#claim.heard(kind, body, session)
    if (kind === BusKind.probe || kind === BusKind.taken) return
    const message = `another process goes by the id '${this.id}': give each its own`
    this.#log.warn('namesake', { id: this.id }, message)
  }

  /** The sender's clock was set back, if it is the sender: it can do something about it. */
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
