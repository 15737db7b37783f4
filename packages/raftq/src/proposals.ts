// Writes that wait to be committed. Each is handed to whoever leads, again and again until it is in the machine: it is named by its
// proposer and a number, so that it counts once (machine.ts).
import type { ProposalOutcome } from '@oarlock/core'
import { RaftqError } from './errors.ts'
import type { Json } from './wire-message.ts'

interface Waiting {
  readonly value: Json
  readonly deadline: number
  readonly resolve: () => void
  readonly reject: (error: RaftqError) => void
  /** Tries of which no leader has said that they came to nothing. */
  open: number
  /** When it was handed on last; -Infinity: it is to be handed on. */
  sentAt: number
  /** A leader has said no: it is handed on again, but not in the same turn, for ever. */
  refused: boolean
}

export class Proposals {
  readonly #waiting: Map<number, Waiting> = new Map()
  #number = 0

  add(value: Json, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const sentAt = Number.NEGATIVE_INFINITY
      this.#waiting.set(++this.#number, { value, deadline, resolve, reject, open: 0, sentAt, refused: false })
    })
  }

  get any(): boolean {
    return this.#waiting.size > 0
  }

  /** What is to be handed on now, in order: what was not yet, what was refused a while ago, and what was not heard of for long. */
  take(
    now: number,
    wait: { readonly refused: number; readonly silent: number },
  ): readonly { readonly number: number; readonly value: Json }[] {
    const due = [...this.#waiting].filter(
      ([, { sentAt, refused }]) => sentAt <= now - (refused ? wait.refused : wait.silent),
    )
    for (const [, each] of due) {
      each.sentAt = now
      each.refused = false
      each.open++
    }
    return due.map(([number, { value }]) => ({ number, value }))
  }

  /** The leader says where it is, or that it is nowhere. */
  outcome({ request, at }: ProposalOutcome): void {
    const waiting = this.#waiting.get(request)
    if (waiting === undefined || at !== null) return
    waiting.open--
    waiting.refused = true
  }

  /** Another leader: what the one before was told may be lost. */
  leaderChanged(): void {
    for (const each of this.#waiting.values()) each.sentAt = Number.NEGATIVE_INFINITY
  }

  /** The machine took something in. */
  settle(holds: (number: number) => boolean): void {
    for (const [number, { resolve }] of this.#waiting) {
      if (!holds(number)) continue
      this.#waiting.delete(number)
      resolve()
    }
  }

  expire(now: number): void {
    for (const [number, waiting] of this.#waiting) {
      if (now < waiting.deadline) continue
      this.#waiting.delete(number)
      waiting.reject(
        waiting.open > 0
          ? new RaftqError(
              'OARLOCK_PROPOSAL_TIMEOUT',
              'unknown',
              'the value was handed to a leader, and its fate was not known in time',
            )
          : new RaftqError('OARLOCK_NO_LEADER', 'not-applied', 'no leader took the value in time'),
      )
    }
  }

  /** Nothing is handed on any more. */
  close(why: string): void {
    for (const { open, reject } of this.#waiting.values())
      reject(new RaftqError('OARLOCK_MEMBER_CLOSED', open > 0 ? 'unknown' : 'not-applied', why))
    this.#waiting.clear()
  }
}
