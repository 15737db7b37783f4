// Writes that wait to be committed. Each is submitted to the leader again and again until it has been
// applied. Session, start and number identify it, so it takes effect once (value-machine.ts).
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
  /**
   * The write may be in a log. Even a refusal does not rule that out, since the pipe may have delivered it
   * twice.
   */
  mayBeLogged: boolean
  /** When it is to be submitted, for the first time or again. */
  dueAt: number
}

/** Names the session of this node's writes (SetCommand). */
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
  /** Why no more writes are accepted. */
  #closed: string | null = null

  constructor(proposer: Proposer, options: CompleteOptions) {
    this.#proposer = proposer
    this.#options = options
  }

  get #now(): number {
    return this.#options.platform.now()
  }

  /** Resolves when the write is committed. Call `submit` after this. */
  add(value: Json): Promise<void> {
    if (this.#closed !== null) return Promise.reject(closedError('not-applied', this.#closed))
    const deadline = this.#now + this.#options.replicateTimeout
    const dueAt = Number.NEGATIVE_INFINITY
    return new Promise((resolve, reject) => {
      const waiting = { value, deadline, resolve, reject, mayBeLogged: false, dueAt }
      this.#waiting.set(++this.#number, waiting)
    })
  }

  get any(): boolean {
    return this.#waiting.size > 0
  }

  /** Submits, in order, the writes that are due: new, refused a while ago, or without an answer for long. */
  submit(replica: Replica | null): void {
    if (replica === null || replica.leader === null) return
    const now = this.#now
    const forwarded = replica.leader !== replica.identity.self
    for (const [number, each] of this.#waiting) {
      if (now < each.dueAt) continue
      each.dueAt = now + 2 * this.#options.maximumElectionTime
      each.mayBeLogged ||= forwarded
      replica.propose(number, this.#encode(number, each.value))
    }
  }

  #encode(number: number, value: Json): Uint8Array {
    const { incarnation: session, start } = this.#proposer
    return encodeCommand({ type: 'set', session, start, number, value })
  }

  /** The write has a place in the leader's log, or was refused. A retry at once could go on for ever. */
  outcome({ request, at }: ProposalOutcome): void {
    const waiting = this.#waiting.get(request)
    if (waiting === undefined) return
    if (at === null) waiting.dueAt = this.#now + this.#options.minimumElectionTime / 2
    else waiting.mayBeLogged = true
  }

  /** Resolves the writes that were applied in this turn, and submits the others to a new leader. */
  resolveApplied(replica: Replica): void {
    const { incarnation, start } = this.#proposer
    for (const [number, { resolve }] of this.#waiting) {
      if (!replica.machine.holds(incarnation, start, number)) continue
      this.#waiting.delete(number)
      resolve()
    }
    if (replica.leader !== this.#leader) this.leaderChanged(replica.leader)
    this.submit(replica)
  }

  /** Writes that were submitted to the earlier leader may be lost, so all are due again. */
  leaderChanged(leader: string | null): void {
    this.#leader = leader
    for (const each of this.#waiting.values()) each.dueAt = Number.NEGATIVE_INFINITY
  }

  /** Rejects the writes that have waited too long. */
  expire(): void {
    for (const [number, { deadline, mayBeLogged, reject }] of this.#waiting) {
      if (this.#now < deadline) continue
      this.#waiting.delete(number)
      const error = mayBeLogged
        ? new RaftqError(
            'OARLOCK_PROPOSAL_TIMEOUT',
            'unknown',
            'the value was not known to be committed in time: look at getData() first',
          )
        : new RaftqError(
            'OARLOCK_NO_LEADER',
            'not-applied',
            'no leader accepted the value in time: is a majority up, and does the pipe deliver?',
          )
      reject(error)
    }
  }

  /** Rejects all writes, and accepts no more. */
  close(why: string): void {
    this.#closed = why
    for (const { mayBeLogged, reject } of this.#waiting.values())
      reject(closedError(mayBeLogged ? 'unknown' : 'not-applied', why))
    this.#waiting.clear()
  }
}

/** `why`: the node was destroyed, or had to stop. */
export const closedError = (outcome: Outcome, why: string): RaftqError =>
  new RaftqError('OARLOCK_MEMBER_CLOSED', outcome, why)
