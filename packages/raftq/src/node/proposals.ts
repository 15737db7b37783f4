// Writes that wait to be committed. Each is handed to whoever leads, again and again until it is in the machine: it is named by its
// proposer and a number, so that it counts once (machine.ts).
import type { ProposalOutcome } from '@oarlock/core'
import type { Json } from '../json/index.ts'
import { type Outcome, RaftqError } from './errors.ts'
import type { CompleteOptions } from './options.ts'
import type { Replica } from './replica.ts'
import { encodeCommand } from './value-machine.ts'

interface Waiting {
  readonly value: Json
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: RaftqError) => void
  /** It may be in a log. A refusal that came over the pipe is no proof that it is not: the pipe may have brought it there twice. */
  handed: boolean
  /** When it was handed on last; -Infinity: it is to be handed on. */
  sentAt: number
  /** A leader has said no: it is handed on again, but not in the same turn, for ever. */
  refused: boolean
}

/** Whose proposals they are: see SetCommand. */
export interface Proposer {
  readonly incarnation: string
  readonly start: number
}

export class Proposals {
  readonly #proposer: Proposer
  readonly #options: CompleteOptions
  readonly #waiting: Map<number, Waiting> = new Map()
  #number = 0
  #leader: string | null = null
  /** Why nothing is taken in any more. */
  #closed: string | null = null

  constructor(proposer: Proposer, options: CompleteOptions) {
    this.#proposer = proposer
    this.#options = options
  }

  get #now(): number {
    return this.#options.platform.now()
  }

  /** Resolves when it is committed; `handOn` it. */
  add(value: Json): Promise<void> {
    if (this.#closed !== null) return Promise.reject(closedError('not-applied', this.#closed))
    const deadline = this.#now + this.#options.replicateTimeout
    return new Promise((resolve, reject) => {
      const sentAt = Number.NEGATIVE_INFINITY
      this.#waiting.set(++this.#number, {
        value,
        deadline,
        resolve,
        reject,
        handed: false,
        sentAt,
        refused: false,
      })
    })
  }

  get any(): boolean {
    return this.#waiting.size > 0
  }

  /** Hands on, in order, what was not yet, what was refused a while ago, and what was not heard of for long. */
  handOn(member: Replica | null): void {
    if (member === null || member.leader === null || !this.any) return
    const { minimumElectionTime, maximumElectionTime } = this.#options
    const now = this.#now
    const toAnother = member.leader !== member.identity.self
    for (const [number, each] of this.#waiting) {
      const wait = each.refused ? minimumElectionTime / 2 : 2 * maximumElectionTime
      if (each.sentAt > now - wait) continue
      each.sentAt = now
      each.refused = false
      each.handed ||= toAnother
      member.propose(number, this.#encode(number, each.value))
    }
  }

  #encode(number: number, value: Json): Uint8Array {
    const { incarnation: session, start } = this.#proposer
    return encodeCommand({ type: 'set', session, start, number, value })
  }

  /** The leader says where it is, or that it is nowhere. */
  outcome({ request, at }: ProposalOutcome): void {
    const waiting = this.#waiting.get(request)
    if (waiting === undefined) return
    if (at === null) waiting.refused = true
    else waiting.handed = true
  }

  /** A turn is over: the machine may have taken something in, and there may be another leader. */
  settle(member: Replica): void {
    const { incarnation, start } = this.#proposer
    for (const [number, { resolve }] of this.#waiting) {
      if (!member.machine.holds(incarnation, start, number)) continue
      this.#waiting.delete(number)
      resolve()
    }
    if (member.leader !== this.#leader) this.leaderChanged(member.leader)
    this.handOn(member)
  }

  /** What the one before was told may be lost. */
  leaderChanged(leader: string | null): void {
    this.#leader = leader
    for (const each of this.#waiting.values()) each.sentAt = Number.NEGATIVE_INFINITY
  }

  /** Gives up what has waited too long. */
  expire(): void {
    for (const [number, waiting] of this.#waiting) {
      if (this.#now < waiting.deadline) continue
      this.#waiting.delete(number)
      waiting.reject(
        waiting.handed
          ? new RaftqError(
              'OARLOCK_PROPOSAL_TIMEOUT',
              'unknown',
              'the fate of the value was not known in time',
            )
          : new RaftqError('OARLOCK_NO_LEADER', 'not-applied', 'no leader took the value in time'),
      )
    }
  }

  /** Nothing is handed on any more. */
  close(why: string): void {
    this.#closed = why
    for (const { handed, reject } of this.#waiting.values())
      reject(closedError(handed ? 'unknown' : 'not-applied', why))
    this.#waiting.clear()
  }
}

/** The node was destroyed, or had to stop. */
export const closedError = (outcome: Outcome, why: string): RaftqError =>
  new RaftqError('OARLOCK_MEMBER_CLOSED', outcome, why)
