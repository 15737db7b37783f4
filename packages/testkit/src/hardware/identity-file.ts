// The part of a data directory that says whose it is (ARCHITECTURE.md, identities): an incarnation, minted with
// the directory, the starts on it, and the record of the peers. A start is durable before a peer can hear of
// it. The record is written with a delay, and a crash keeps or loses the write under way.
import type { NodeId } from '@oarlock/core'
import type { KnownPeer, PeerRecord, StoredIdentity } from '@oarlock/runtime'
import { Call, type Random, type World } from '../world/index.ts'

/** The number of tokens that a member shows. Earlier starts are forgotten. */
const RECENT = 8

/** The disk that the file is on. */
interface Medium {
  readonly full: boolean
  /** The time that a write takes now, in ms. */
  writeDuration(random: Random): number
}

interface Writing {
  readonly record: PeerRecord
}

export class IdentityFile {
  readonly incarnation: string
  record: PeerRecord = { founded: false, peers: new Map() }
  readonly #medium: Medium
  readonly #world: World
  readonly #random: Random
  readonly #tokens: string[] = []
  #writing: Writing | null = null

  constructor(medium: Medium, world: World, random: Random, incarnation: string = hexadecimal(random)) {
    this.#medium = medium
    this.#world = world
    this.#random = random
    this.incarnation = incarnation
  }

  /** The tokens of all starts, the last one last. */
  get tokens(): readonly string[] {
    return this.#tokens
  }

  get isWriting(): boolean {
    return this.#writing !== null
  }

  /** The member has taken part before, in a cluster of these members. */
  takenPartWith(peers: ReadonlyMap<NodeId, string>): void {
    const known = [...peers].map(([id, incarnation]): [NodeId, KnownPeer] => [
      id,
      { incarnation, start: 0, token: '' },
    ])
    this.record = { founded: true, peers: new Map(known) }
  }

  /** Opens the directory: this is one more start. */
  open(): StoredIdentity {
    this.#tokens.push(hexadecimal(this.#random))
    const { incarnation, record } = this
    const starts = { count: this.#tokens.length, recent: this.#tokens.slice(-RECENT) }
    return { incarnation, starts, record }
  }

  /** Calls back when the record is durable, or with the failure. Returns how long that takes, in ms. */
  write(record: PeerRecord, done: (failed: string | null) => void): number {
    const writing: Writing = { record }
    this.#writing = writing
    const duration = this.#medium.writeDuration(this.#random)
    const end = (): void => {
      if (this.#writing !== writing) return
      this.#writing = null
      if (this.#medium.full) return done('no space is left on its disk')
      this.record = record
      done(null)
    }
    this.#world.schedule(new Call(end), this.#world.now + duration)
    return duration
  }

  /** Chance decides whether the write under way has reached the disk. */
  crash(): void {
    if (this.#writing !== null && this.#random.chance(0.5)) this.record = this.#writing.record
    this.#writing = null
  }

  /** The process closes the directory in order. The write under way is waited for. */
  close(): void {
    if (this.#writing !== null) this.record = this.#writing.record
    this.#writing = null
  }

  /** A copy of the directory, as it is now. */
  copyTo(medium: Medium, random: Random): IdentityFile {
    const copy = new IdentityFile(medium, this.#world, random, this.incarnation)
    copy.record = this.record
    copy.#tokens.push(...this.#tokens)
    return copy
  }
}

const hexadecimal = (random: Random): string => (random.bits() >>> 0).toString(16).padStart(8, '0')
