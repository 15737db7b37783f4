// Attacks two members that have a secret, and a peer between which and a member there is someone, with hostile
// frames. Each of the attacks must end its connection for a counted reason, and change nothing else. The clock
// of the members stands still meanwhile, so that nothing but a message could change their term.
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { join, type Member, MemoryLogStore, type TransportDrops } from '../../src/index.ts'
import type { NetworkTransport } from '../../src/transport/network-transport.ts'
import type { FrameTags } from '../../src/wire/index.ts'
import { pick, type Random, seeded } from '../random.ts'
import { type Attack, attack, HonestPeer, injected, nonsense, type Recording } from './attacks.ts'
import { PipeNetwork } from './pipe-network.ts'

const secret = 'the secret of the fuzzer'
/** So many connections are open at once. */
const atOnce = 100
/** After so many attacks, clients that have the secret speak nonsense. */
const clients = 5
/** After so many turns of the event loop without a change, what they have asked for is done. */
const quietTurns = 20

export interface FuzzResult {
  readonly frames: number
  readonly connections: number
  /** Connections by attack. */
  readonly attacks: ReadonlyMap<string, number>
  /** Connections that ended, by reason, of both members. */
  readonly reasons: Readonly<Record<string, number>>
  /** In bytes, after each tenth of the frames; empty if nobody measures. */
  readonly heap: readonly number[]
}

interface Victim {
  readonly member: Member<string, unknown>
  readonly transport: NetworkTransport
  readonly applied: string[]
}

export class Fuzz {
  readonly #random: Random
  readonly #network = new PipeNetwork()
  readonly #clock = new FakeClock()
  readonly #victims: Victim[] = []
  readonly #attacks = new Map<string, number>()
  #recordings: readonly Recording[] = []
  /** Of the attacks on the one honest peer. */
  #turn: Promise<void> = Promise.resolve()
  #frames = 0
  #connections = 0

  constructor(seed: number) {
    this.#random = seeded(seed, 'fuzz')
  }

  /** `measure`: the bytes of the heap, after a collection. Throws for an attack that had an effect. */
  async run(frames: number, measure: (() => number) | null = null): Promise<FuzzResult> {
    await this.#begin()
    const heap: number[] = []
    let before = this.#facts()
    const counted = this.#ended()
    try {
      this.#network.onStranger = (stream) => this.#answer(stream)
      while (this.#frames < frames) {
        await Promise.all(Array.from({ length: atOnce }, () => this.#attack()))
        const now = this.#facts()
        if (now !== before) throw new Error(`the members were changed:\n${before}\n${now}`)
        await Promise.all(Array.from({ length: clients }, () => this.#speakNonsense()))
        before = await this.#afterClients(before)
        if (measure !== null && this.#frames >= ((heap.length + 1) * frames) / 10) heap.push(measure())
      }
      await this.#settled(counted)
      return {
        frames: this.#frames,
        connections: this.#connections,
        attacks: this.#attacks,
        reasons: this.#reasons(),
        heap,
      }
    } finally {
      this.#network.onStranger = (stream) => stream.destroy()
      this.#clock.advance(1_000_000)
      await Promise.all(this.#victims.map(({ transport }) => transport.close()))
      await Promise.all(
        this.#victims.map(async ({ member }) => {
          const closing = member.close()
          for (let turn = 0; turn < 20; turn++) {
            this.#clock.advance(10_000)
            await new Promise(setImmediate)
          }
          await closing
        }),
      )
    }
  }

  /** 'a' and 'b' elect a leader and replicate a command. */
  async #begin(): Promise<void> {
    const peers = { a: 'a:1', b: 'b:1', c: 'c:1' }
    for (const id of ['a', 'b']) {
      const retry = { first: 1, longest: 1, refused: 1 }
      const limits = { handshakeTimeout: 60_000, linger: 10 }
      const transport = this.#network.transport({ id, secret, retry, ...limits }, Object.keys(peers))
      const applied: string[] = []
      const member = await join<string, unknown>({
        id,
        peers,
        transport,
        founding: 'majority',
        logStore: new MemoryLogStore(),
        clock: this.#clock,
        machine: { apply: (command) => applied.push(command) },
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        shutdownSignals: [],
      })
      this.#victims.push({ member, transport, applied })
    }
    await this.#passTime(() => this.#victims.some(({ member }) => member.leadership !== null))
    const leader = this.#victims.find(({ member }) => member.leadership !== null)!
    let isDone = false
    void leader.member.propose('before the attack').then(() => {
      isDone = true
    })
    await this.#passTime(() => isDone && this.#victims.every(({ applied }) => applied.length === 1))
    // What follows the election settles: answers to heartbeats, commit notices.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    this.#recordings = this.#network.recorded.map(({ dialler, dialled }) => ({
      dialler: Buffer.concat(dialler),
      dialled: Buffer.concat(dialled),
    }))
  }

  async #passTime(until: () => boolean): Promise<void> {
    while (!until()) {
      this.#clock.advance(10)
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    }
  }

  /** What no attack may change. */
  #facts(): string {
    return JSON.stringify(
      this.#victims.map(({ member, transport, applied }) => {
        const { state, role, term, leader, commit, lastIndex } = member.status()
        const links = [...transport.links()].filter(([peer]) => peer !== 'c').map(([, link]) => link)
        return { state, role, term, leader, commit, lastIndex, applied, links, held: member.leadership?.held }
      }),
    )
  }

  /** A client may make the log longer, as it may open a session. */
  async #afterClients(before: string): Promise<string> {
    let now = this.#facts()
    for (let turns = 0; turns < quietTurns; turns++) {
      await new Promise(setImmediate)
      const next = this.#facts()
      if (next !== now) turns = 0
      now = next
    }
    const withoutLog = (facts: string): string => facts.replaceAll(/"(commit|lastIndex)":\d+/g, '')
    if (withoutLog(now) !== withoutLog(before))
      throw new Error(`the members were changed by clients:\n${before}\n${now}`)
    for (const { member } of this.#victims) {
      const { store } = member.metrics()
      if (store?.revision !== 1 || store.leases > 0 || store.clients > 0 || store.clientRequests > 0)
        throw new Error(`${member.id}: its store was changed, or serves clients that are gone`)
    }
    return now
  }

  async #attack(): Promise<void> {
    const random = this.#random
    if (random() < 0.15) {
      // One after the other: a newer connection of a peer replaces the one before.
      this.#turn = this.#turn.then(() => this.#between(this.#connect('a')))
      return this.#turn
    }
    const stream = this.#connect(pick(['a', 'b'], random))
    const closed = once(stream, 'close')
    stream.resume()
    const { name, bytes, frames } = attack(random, this.#recordings)
    this.#count(name, frames)
    stream.write(bytes)
    stream.end()
    await closed
  }

  #connect(target: string): Duplex {
    return this.#network.connect(target, `stranger-${this.#connections++ % 7}`)
  }

  /** An honest peer shakes hands, and then someone in between sends in its place. */
  #between(stream: Duplex): Promise<void> {
    return this.#afterHandshake(
      stream,
      (peer) => peer.introduction(),
      (tags, sent) => injected(this.#random, tags, sent),
    )
  }

  #speakNonsense(): Promise<void> {
    return this.#afterHandshake(
      this.#connect(pick(['a', 'b'], this.#random)),
      (peer) => peer.clientIntroduction(),
      (tags) => nonsense(this.#random, tags),
    )
  }

  async #afterHandshake(
    stream: Duplex,
    introduce: (peer: HonestPeer) => { readonly bytes: Buffer; readonly tags: FrameTags },
    attacking: (tags: FrameTags, sent: readonly Buffer[]) => Attack,
  ): Promise<void> {
    const peer = new HonestPeer(secret)
    const closed = once(stream, 'close')
    const sent: Buffer[] = []
    const send = (bytes: Buffer): void => {
      sent.push(bytes)
      stream.write(bytes)
    }
    const heard = async (): Promise<Buffer> => (await once(stream, 'data'))[0]
    send(peer.hello)
    send(peer.proof(await heard()))
    await heard()
    const { bytes, tags } = introduce(peer)
    send(bytes)
    await heard()
    stream.resume()
    const { name, bytes: hostile, frames } = attacking(tags, sent)
    this.#count(name, frames)
    stream.write(hostile)
    stream.end()
    await closed
  }

  /** A member has dialled 'c', and a stranger answers. */
  #answer(stream: Duplex): void {
    stream.on('error', () => {})
    stream.resume()
    const random = this.#random
    if (random() < 0.1) {
      this.#count('a reflection', 1)
      stream.on('data', (chunk: Buffer) => stream.write(chunk))
      return
    }
    const { name, bytes, frames } = attack(random, this.#recordings)
    this.#count(`answered: ${name}`, frames)
    stream.write(bytes)
    stream.end()
  }

  #count(name: string, frames: number): void {
    this.#frames += frames
    this.#attacks.set(name, (this.#attacks.get(name) ?? 0) + 1)
  }

  #sums(of: (drops: TransportDrops) => number): number {
    return this.#victims.reduce((sum, { transport }) => sum + of(transport.drops()), 0)
  }

  #ended(): number {
    return this.#sums(({ connections }) => Object.values(connections).reduce((a, b) => a + b))
  }

  /** Each hostile connection is counted. Those that members dial themselves come on top. */
  async #settled(before: number): Promise<void> {
    for (let turn = 0; this.#ended() - before < this.#connections; turn++) {
      if (turn > 10_000)
        throw new Error(`${this.#connections} attacks, and ${this.#ended() - before} connections are counted`)
      await new Promise(setImmediate)
    }
  }

  #reasons(): Record<string, number> {
    const reasons = Object.keys(this.#victims[0]!.transport.drops().connections)
    const count = (reason: string) =>
      this.#sums(({ connections }) => connections[reason as keyof typeof connections])
    return Object.fromEntries(reasons.map((reason) => [reason, count(reason)]))
  }
}
