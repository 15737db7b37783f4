// A transport over Redis for `join()`, instead of TCP: fixed members, a log on disk, messages over channels.
import { hostname } from 'node:os'
import type { Millis, NodeId } from '@oarlock/core'
import {
  type Link,
  lanes,
  type PeerEnvelope,
  printable,
  type Transport,
  type TransportReceiver,
} from '@oarlock/runtime'
import { ListenError } from 'oarlock'
import {
  connect,
  fulfilledWithin,
  type RedisConnection,
  RedisProblems,
  RedisUnavailableError,
} from '../connection/index.ts'
import { RedisBus } from './bus.ts'
import type { BusTransport } from './bus-transport.ts'
import { BusKind } from './frame.ts'
import { decodeIntroduction, encodeIntroduction } from './introduction.ts'
import { PeerLinks } from './peer-links.ts'
import {
  completeTransportOptions,
  type RedisTransportOptions,
  type RedisTransportSettings,
} from './redis-transport-options.ts'

/** The longest that `open` waits for Redis. Then it opens without Redis, and goes on trying to connect. */
const openTimeout: Millis = 2000
/** A member forgets a refused peer after 20 s. */
const reminderInterval: Millis = 10_000

/**
 * `open` rejects with ListenError if another live process has the same id. It does not reject while Redis is
 * unreachable: the transport sends and receives once Redis is up. Throws InvalidOptionsError for options that
 * cannot work.
 */
export function redisTransport(options: RedisTransportOptions): Transport {
  return new RedisTransport(completeTransportOptions(options))
}

class RedisTransport implements Transport {
  readonly showsIdentities = true
  readonly #options: RedisTransportSettings
  #state: 'new' | 'open' | 'closed' = 'new'
  #connection: RedisConnection | null = null
  #bus: RedisBus | null = null
  #links: PeerLinks | null = null
  #inner: BusTransport | null = null
  #opening: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers()
  /** What another process with this one's id says of itself. */
  #owner: Uint8Array | null = null
  #reminder: NodeJS.Timeout | undefined

  constructor(options: RedisTransportSettings) {
    this.#options = options
  }

  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new') throw new ListenError('this transport was opened before: create a new one')
    this.#state = 'open'
    this.#opening = this.#open(receiver)
    try {
      await this.#opening
    } catch (error) {
      await this.close()
      throw error
    }
  }

  send(envelopes: readonly PeerEnvelope[]): void {
    this.#inner?.send(envelopes)
  }

  links(): ReadonlyMap<NodeId, Link> {
    return this.#links?.links() ?? new Map()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(receiver: TransportReceiver): Promise<void> {
    const { redis, prefix, id, cluster, secrets, logger } = this.#options
    const connection = connect(redis, { prefix, logger, bulk: true })
    this.#connection = connection
    const problems = new RedisProblems(logger)
    const bus: RedisBus = new RedisBus({
      connection,
      prefix,
      id,
      secrets,
      lanes,
      logger,
      problems,
      about: () => introductionOf(receiver, bus),
      refusedTwin: (about) => links.heardTwin(BusKind.introduction, about),
    })
    this.#bus = bus
    const links: PeerLinks = new PeerLinks({
      receiver,
      session: bus.nonce,
      where: thisProcess,
      publish: (to, kind, body) => bus.tell(to, kind, cluster, body),
      problems: () => [...connection.problems, ...problems.current],
      isUp: () => connection.isUp,
      checkChannels: (ids) => void this.#checkChannels(bus, ids),
      lost: (peer) => this.#inner?.wasRestarted(peer),
    })
    this.#links = links
    const failure = this.#start(bus, links, receiver).then(
      () => null,
      (error: unknown) => error,
    )
    if (await fulfilledWithin(openTimeout, failure)) {
      const error = await failure
      if (error !== null) throw error
    } else void failure.then(() => this.#sayTaken())
  }

  /** Begins to take part, if no other process has this id. */
  async #start(bus: RedisBus, links: PeerLinks, receiver: TransportReceiver): Promise<void> {
    const { id, cluster } = this.#options
    const owner = await this.#ownerOfId(bus)
    this.#owner = owner
    if (owner !== null)
      throw new ListenError(
        `two processes have the id '${id}' on this Redis: ${thisProcess}, which is this one, and ${whereIn(owner)}, which was there before. Stop one, or give each its own id and its own data directory`,
      )
    if (this.#isClosed) throw closedWhileOpening()
    bus.claimId()
    const inner = bus.transport(cluster, links)
    await inner.open(receiver)
    this.#inner = inner
    links.start()
  }

  /** Asks again if Redis goes away before it answers. */
  async #ownerOfId(bus: RedisBus): Promise<Uint8Array | null> {
    await bus.opened
    for (;;) {
      await Promise.race([isUp(bus.connection), this.#closed.promise])
      if (this.#isClosed) throw closedWhileOpening()
      try {
        return await bus.ownerOfId()
      } catch (error) {
        // Without the right to ask it cannot know.
        if (!(error instanceof RedisUnavailableError)) return null
      }
    }
  }

  /**
   * If the id turned out to be taken after this transport had opened without Redis, it stays silent. The
   * receiver is told of the other process, and again before it takes that for over.
   */
  #sayTaken(): void {
    const owner = this.#owner
    if (owner === null || this.#isClosed) return
    const say = (): void => this.#links?.heardTwin(BusKind.introduction, owner)
    say()
    this.#reminder = setInterval(say, reminderInterval)
  }

  async #checkChannels(bus: RedisBus, ids: readonly NodeId[]): Promise<void> {
    for (const lane of lanes) {
      const counts = await bus.subscribersOf(ids, lane).catch(() => [])
      for (const [at, count] of counts.entries())
        if (count === 0) this.#inner?.noReceiver(ids[at]!, lane)
        else this.#inner?.reachable(ids[at]!, lane)
    }
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    clearInterval(this.#reminder)
    this.#closed.resolve()
    this.#links?.close()
    await this.#inner?.close()
    await this.#bus?.close()
    await this.#connection?.close()
    await this.#opening?.catch(() => {})
    await this.#connection?.close()
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }
}

/** Resolves when the connection is up. */
function isUp(connection: RedisConnection): Promise<void> {
  if (connection.isUp) return Promise.resolve()
  return new Promise((resolve) => {
    const cancel = connection.onChange((up) => {
      if (!up) return
      cancel()
      resolve()
    })
  })
}

const closedWhileOpening = (): ListenError => new ListenError('the transport was closed while it was opening')

const thisProcess = `process ${process.pid} on ${hostname()}`

const introductionOf = ({ identity }: TransportReceiver, { nonce }: RedisBus): Uint8Array =>
  encodeIntroduction({ identity, where: thisProcess, session: nonce, accepts: '', asks: false })

function whereIn(about: Uint8Array): string {
  try {
    return printable(decodeIntroduction(about).where)
  } catch {
    return 'another process'
  }
}
