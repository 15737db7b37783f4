// Oarlock: three members with the default options, and clients of `connect` that hold the leases.
import { Cluster } from '../cluster.ts'
import { ClientProcess } from '../store/client-process.ts'
import { storeMember } from '../store/contenders.ts'
import type { Sent } from '../store/protocol.ts'
import type { Contender } from './contender.ts'
import type { Sizes } from './flags.ts'

/** For what takes long with many keys, in ms. */
const patience = 120_000

const sum = (all: readonly Sent[]): Sent => ({
  messages: all.reduce((messages, sent) => messages + sent.messages, 0),
  bytes: all.reduce((bytes, sent) => bytes + sent.bytes, 0),
})

export class Oarlock implements Contender {
  readonly name = 'oarlock'
  readonly #sizes: Sizes
  #cluster: Cluster | null = null
  #holders: readonly ClientProcess[] = []
  /** Others than those of the leases. */
  #otherKeys = 0

  constructor(sizes: Sizes) {
    this.#sizes = sizes
  }

  get #members(): Cluster {
    return this.#cluster!
  }

  async start(): Promise<void> {
    this.#cluster = await Cluster.start({
      electionTimeout: 500,
      heartbeatInterval: 100,
      profile: null,
      program: storeMember,
    })
    this.#otherKeys = await this.#allKeys()
    const addresses = this.#members.ids.map((id) => this.#members.address(id))
    // Each begins with another member.
    const holders = Array.from({ length: this.#sizes.holders }, (_, n) =>
      ClientProcess.start([addresses[n % addresses.length]!]),
    )
    this.#holders = await Promise.all(holders)
  }

  async grant(): Promise<void> {
    const { leases, holders, ttl } = this.#sizes
    const each = leases / holders
    await Promise.all(
      this.#holders.map((holder, n) =>
        holder.ask({ type: 'grant', first: n * each, leases: each, ttl: ttl * 1000 }, 'granted'),
      ),
    )
  }

  async putKeys(): Promise<void> {
    const ofEach = this.#sizes.keysOfEach
    await Promise.all(this.#holders.map((holder) => holder.ask({ type: 'putKeys', ofEach }, 'keysPut')))
  }

  async #allKeys(): Promise<number> {
    return (await this.#members.ask(this.#members.leader.id, { type: 'countKeys' }, 'keys')).keys
  }

  async keys(): Promise<number> {
    return (await this.#allKeys()) - this.#otherKeys
  }

  memory() {
    const measured = this.#members.ids.map(
      async (id) => (await this.#members.ask(id, { type: 'measureMemory' }, 'memory', patience)).memory,
    )
    return Promise.all(measured)
  }

  async traffic() {
    const ofMembers = this.#members.ids.map((id) => this.#members.ask(id, { type: 'countSent' }, 'sent'))
    const ofClients = this.#holders.map((holder) => holder.ask({ type: 'countSent' }, 'sent'))
    const members = await Promise.all(ofMembers)
    const clients = await Promise.all(ofClients)
    return { members: sum(members.map(({ sent }) => sent)), clients: sum(clients.map(({ sent }) => sent)) }
  }

  snapshot() {
    return this.#members.ask(this.#members.leader.id, { type: 'takeSnapshot' }, 'snapshotTaken', patience)
  }

  async restart(): Promise<number> {
    const id = this.#members.memberThatIs('follower')
    const keys = await this.#allKeys()
    await this.#members.ask(id, { type: 'takeSnapshot' }, 'snapshotTaken', patience)
    await this.#members.kill(id)
    const began = performance.now()
    await this.#members.startMember(id)
    await this.#members.ask(id, { type: 'awaitKeys', keys }, 'keysAre', patience)
    return performance.now() - began
  }

  async watch() {
    const { watchers, watchSeconds } = this.#sizes
    const client = await ClientProcess.start([this.#members.address(this.#members.leader.id)])
    const order = {
      type: 'storeLoad',
      operation: 'watch',
      concurrency: watchers,
      seconds: watchSeconds,
    } as const
    const { result } = await client.ask(order, 'loaded')
    await client.kill()
    this.#otherKeys++
    return result
  }

  async killHolders(): Promise<void> {
    await Promise.all(this.#holders.map((holder) => holder.kill()))
  }

  async keysAreGone(): Promise<void> {
    const order = { type: 'awaitKeys', keys: this.#otherKeys } as const
    await this.#members.ask(this.#members.leader.id, order, 'keysAre', patience)
  }

  async stop(): Promise<void> {
    await this.killHolders()
    await this.#cluster?.stop()
  }
}
