// The requests of this member's callers for changes of the membership. A request is proposed again until it is
// in the log, as its key makes a repetition harmless. What became of it is read from the table.
import { type Event, encodeChange, type Index, type Millis, type NodeId } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'
import { noteOf } from './context.ts'
import type { TableState } from './member-table.ts'
import type { ChangeRefusal, ChangeRequest } from './membership.ts'

export interface ChangeCompletion {
  /** The change was made, and a newcomer that was to vote is a voter. */
  made(table: TableState): void
  refused(refusal: ChangeRefusal, detail: string): void
  /** The member that the change was about was removed by another one. */
  overtaken(): void
  /** Nobody has accepted it in time. `mayBe`: it may be accepted yet. */
  timedOut(mayBe: boolean): void
  /** The member was closed, or had to stop. `mayBe`: as above. */
  stopped(mayBe: boolean): void
}

export interface ChangeRequestsInit {
  readonly id: NodeId
  readonly core: { readonly leader: NodeId | null; step(event: Event, now: Millis): void }
  readonly clock: Clock
  /** How long a request may take until the cluster has accepted it, in ms. */
  readonly timeout: Millis
  /** How often a request is proposed, in ms. */
  readonly retryInterval: Millis
  /** A turn should end soon. */
  readonly wake: () => void
}

interface Pending {
  readonly key: string
  readonly change: ChangeRequest
  readonly expected: Index | null
  readonly deadline: Millis
  readonly completion: ChangeCompletion
  proposed: boolean
  /** The request is in the table, or was. */
  accepted: boolean
  /** The configuration was changed; a newcomer may still have to catch up. */
  made: boolean
}

export class ChangeRequests {
  readonly #init: ChangeRequestsInit
  readonly #pending = new Map<string, Pending>()
  #cancelTimer: (() => void) | null = null

  constructor(init: ChangeRequestsInit) {
    this.#init = init
  }

  /** `key` must be unique. Returns a function that gives the request up; the change may still be made. */
  add(
    key: string,
    change: ChangeRequest,
    expected: Index | null,
    completion: ChangeCompletion,
  ): () => { readonly mayBe: boolean } {
    const { clock, timeout } = this.#init
    const deadline = clock.now() + timeout
    const pending: Pending = {
      key,
      change,
      expected,
      deadline,
      completion,
      proposed: false,
      accepted: false,
      made: false,
    }
    this.#pending.set(key, pending)
    this.#propose(pending)
    this.#armTimer()
    return () => {
      this.#pending.delete(key)
      return { mayBe: pending.proposed }
    }
  }

  /** A leader is known. */
  leaderKnown(): void {
    for (const pending of this.#pending.values()) this.#propose(pending)
  }

  /** Call when the table has changed. */
  tableChanged(table: TableState): void {
    for (const pending of [...this.#pending.values()]) this.#follow(pending, table)
  }

  /** The member is closed, or has to stop. */
  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { completion, proposed } of all) completion.stopped(proposed)
  }

  #propose(pending: Pending): void {
    const { id, core, clock, wake } = this.#init
    if (pending.accepted || core.leader === null) return
    pending.proposed = true
    const { key, change, expected } = pending
    const note = noteOf(id, { request: { key, expected, change } })
    const data = encodeChange(note)
    core.step({ type: 'propose', request: null, entries: [{ type: 'configuration', data }] }, clock.now())
    wake()
  }

  #follow(pending: Pending, table: TableState): void {
    const { key, completion, change } = pending
    if (table.request?.key === key) pending.accepted = true
    const outcome = table.outcomes.find((one) => one.key === key)
    if (outcome !== undefined) {
      pending.accepted = true
      if (outcome.refusal !== null) {
        this.#pending.delete(key)
        return completion.refused(outcome.refusal, outcome.detail)
      }
      pending.made = true
    }
    // A snapshot may have come long after the outcome.
    if (pending.accepted && !pending.made && table.request?.key !== key) {
      this.#pending.delete(key)
      return completion.timedOut(true)
    }
    if (!pending.made || table.configuration.outgoing.length > 0) return
    const record = table.members.get(change.id)
    if (record === undefined && change.type !== 'remove') {
      this.#pending.delete(key)
      return completion.overtaken()
    }
    if (record?.promote === true && change.type !== 'move') return
    this.#pending.delete(key)
    completion.made(table)
  }

  #armTimer(): void {
    const { clock, retryInterval } = this.#init
    this.#cancelTimer ??= clock.at(clock.now() + retryInterval, () => {
      this.#cancelTimer = null
      this.#sweep(clock.now())
      if (this.#pending.size > 0) this.#armTimer()
    })
  }

  #sweep(now: Millis): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.accepted) continue
      if (now < pending.deadline) this.#propose(pending)
      else {
        this.#pending.delete(pending.key)
        pending.completion.timedOut(pending.proposed)
      }
    }
  }
}
