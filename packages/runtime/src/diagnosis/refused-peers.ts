// The peers that this member refuses, and those that refuse it. Of each it is said once, by name, although the
// two ends of a connection try again and again. Strangers may have any name and come in any number, so that few
// of them are kept, and few of them are logged.
import type { Millis, NodeId } from '@oarlock/core'
import type { Refusal, RefusalReason } from '../identity/index.ts'
import type { RefusedPeer } from './facts.ts'
import { refusalText } from './peer-findings.ts'

/** A refused peer dials again within seconds. After this time it is gone, or was started with something else. */
const refusedFor: Millis = 20_000
/** A refusal is logged again if the peer was not refused for this time. */
const quietFor: Millis = 600_000
const maxStrangers = 8

/** These are refused while the member of that name may be accepted: there are two of them. */
const ofAnotherProcess: readonly RefusalReason[] = [
  'duplicate-id',
  'other-incarnation',
  'older-copy',
  'second-process',
]

type Direction = 'this' | 'peer'

interface Logged {
  readonly at: Millis
  readonly by: Direction
  readonly reason: RefusalReason
}

export interface RefusedPeersInit {
  readonly id: NodeId
  readonly members: () => readonly NodeId[]
  readonly warn: (fields: object, message: string) => void
}

export class RefusedPeers {
  readonly #init: RefusedPeersInit
  readonly #refused = new Map<NodeId, { readonly at: Millis; readonly refusal: Refusal }>()
  readonly #logged = new Map<NodeId, Logged>()

  constructor(init: RefusedPeersInit) {
    this.#init = init
  }

  /** This member refuses the peer. */
  refuse(peer: NodeId, refusal: Refusal, now: Millis): void {
    this.#remember(this.#refused, peer, { at: now, refusal })
    this.#log(peer, 'this', refusal, now)
  }

  /** The peer refuses this member. The transport knows for how long. */
  refusedBy(peer: NodeId, refusal: Refusal, now: Millis): void {
    this.#log(peer, 'peer', refusal, now)
  }

  accept(peer: NodeId): void {
    const reason = this.#refused.get(peer)?.refusal.reason
    if (reason === undefined || ofAnotherProcess.includes(reason)) return
    this.#refused.delete(peer)
    this.#logged.delete(peer)
  }

  at(now: Millis): RefusedPeer[] {
    return [...this.#refused].flatMap(([peer, { at, refusal }]) =>
      now - at < refusedFor ? [{ peer, refusal }] : [],
    )
  }

  #log(peer: NodeId, by: Direction, refusal: Refusal, now: Millis): void {
    const { id, warn } = this.#init
    const { reason } = refusal
    const known = this.#logged.get(peer)
    if (known !== undefined && now - known.at < quietFor) {
      // One line for the two connections between the same members, as long as they try.
      if (known.by !== by || known.reason === reason) {
        this.#logged.set(peer, { ...known, at: now })
        return
      }
    } else if (!this.#isMember(peer) && this.#loggedStrangers(now) >= maxStrangers) return
    this.#remember(this.#logged, peer, { at: now, by, reason })
    warn({ peer, reason }, refusalText(id, peer, refusal, by))
  }

  #loggedStrangers(now: Millis): number {
    return [...this.#logged].filter(([peer, { at }]) => !this.#isMember(peer) && now - at < quietFor).length
  }

  #isMember(peer: NodeId): boolean {
    return this.#init.members().includes(peer)
  }

  #remember<T>(of: Map<NodeId, T>, peer: NodeId, what: T): void {
    // The latest stands last.
    of.delete(peer)
    of.set(peer, what)
    const strangers = [...of.keys()].filter((known) => !this.#isMember(known))
    for (const oldest of strangers.slice(0, -maxStrangers)) of.delete(oldest)
  }
}
