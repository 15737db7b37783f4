// What a leader knows of one member's log, as a small state machine (paper §5.3: nextIndex and matchIndex;
// thesis §10.2.2: pipelining).
//
//   probe      we guess where the logs agree: one append at a time, until it is accepted
//   replicate  we know: appends are sent ahead, `next` moves when they are sent
//   snapshot   what it needs is compacted away: nothing is sent until the snapshot is in
import type { ProgressView } from '../inspect.ts'
import { invariant } from '../invariant.ts'
import { type Index, index, type Millis } from '../types.ts'
import { Inflight } from './inflight.ts'

/** §5.3: answers may arrive out of order; what a member was known to hold it still holds. */
export function matchAfter(match: Index, acknowledged: Index): Index {
  return index(Math.max(match, acknowledged))
}

export class Progress {
  state: 'probe' | 'replicate' | 'snapshot' = 'probe'
  /** The last entry known to be durable there. */
  match: Index
  /** The next entry to send. Always above `match`. */
  next: Index
  /** The last commit index that was sent. */
  sentCommit: Index = index(0)
  pendingSnapshot: Index = index(0)
  /** It answered since the last quorum check, or is new; as in etcd/raft, where there are no such checks: it answered once. */
  recentActive = false
  /** As its last answer has it. */
  priority = 1
  /** It answered in this election timeout. */
  #heard = false
  /** Election timeouts, without a gap, in which it had answered, up to this one. */
  #steadyFor = 0
  /** The greatest `sentAt` of a heartbeat that it answered in this term. */
  answeredSentAt: Millis = Number.NEGATIVE_INFINITY
  /** The greatest round of heartbeats that it answered in this term. */
  answeredRound = 0
  readonly #inflight: Inflight
  #flowPaused = false

  constructor(init: { match: Index; next: Index; maxInflightMessages: number; maxInflightBytes: number }) {
    this.match = init.match
    this.next = init.next
    this.#inflight = new Inflight(init.maxInflightMessages, init.maxInflightBytes)
  }

  /** At the beginning of an election timeout nobody has answered in it, but those that had until then count as well. */
  get heardLately(): boolean {
    return this.#heard || this.#steadyFor > 0
  }

  get steadyFor(): number {
    return this.#steadyFor
  }

  /** It answered. */
  hear(): void {
    this.recentActive = true
    this.#heard = true
  }

  /** An election timeout is over: who answered in it? */
  beginNextTimeout(): void {
    this.#steadyFor = this.#heard ? this.#steadyFor + 1 : 0
    this.#heard = false
  }

  get paused(): boolean {
    return this.state === 'snapshot' || this.#flowPaused
  }

  get inflightFull(): boolean {
    return this.#inflight.full
  }

  /** A heartbeat was answered: one more message may go, even where all before it were lost. */
  resume(): void {
    this.#flowPaused = false
  }

  becomeProbe(): void {
    const after = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) : this.match
    this.#enter('probe')
    this.next = index(after + 1)
    this.#limitSentCommit()
  }

  becomeReplicate(): void {
    this.#enter('replicate')
    this.next = index(this.match + 1)
  }

  #enter(state: Progress['state']): void {
    this.state = state
    this.pendingSnapshot = index(0)
    this.#flowPaused = false
    this.#inflight.clear()
  }

  #limitSentCommit(): void {
    this.sentCommit = index(Math.min(this.sentCommit, this.next - 1))
  }

  becomeSnapshot(pending: Index): void {
    this.#enter('snapshot')
    this.pendingSnapshot = pending
    this.next = index(pending + 1)
    this.sentCommit = pending
  }

  /** The snapshot was sent, or could not be: wait for an answer before the next append. */
  snapshotReported(failed: boolean): void {
    if (this.state !== 'snapshot') return
    if (failed) this.pendingSnapshot = index(0)
    this.becomeProbe()
    this.#flowPaused = true
  }

  /** An append with `count` entries was sent. */
  sentEntries(count: number, bytes: number): void {
    invariant(this.state !== 'snapshot', 'no append is sent to a member that waits for a snapshot')
    if (this.state === 'replicate') {
      if (count > 0) {
        this.next = index(this.next + count)
        this.#inflight.add(index(this.next - 1), bytes)
      }
      this.#flowPaused = this.#inflight.full
    } else if (count > 0) this.#flowPaused = true
  }

  /** Would telling it `commit` let it commit more? */
  mayBumpCommit(commit: Index): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1
  }

  /** It holds everything up to `upTo`. Answers may arrive out of order: `match` never goes down. */
  acknowledge(upTo: Index): boolean {
    const match = matchAfter(this.match, upTo)
    if (match === this.match) return false
    this.match = match
    this.next = index(Math.max(this.next, upTo + 1))
    this.#flowPaused = false
    return true
  }

  freeInflight(upTo: Index): void {
    this.#inflight.freeUpTo(upTo)
  }

  /** It refused the append after `rejected` and suggests `hint`. False: the refusal is of an older message. */
  backOff(rejected: Index, hint: Index): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false
      this.next = index(this.match + 1)
      this.#limitSentCommit()
      return true
    }
    if (this.next - 1 !== rejected) return false
    this.next = index(Math.max(Math.min(rejected, hint + 1), this.match + 1))
    this.#limitSentCommit()
    this.#flowPaused = false
    return true
  }

  view(learner: boolean): ProgressView {
    return {
      state: this.state,
      match: this.match,
      next: this.next,
      paused: this.paused,
      recentActive: this.recentActive,
      answeredSentAt: this.answeredSentAt,
      learner,
      inflight: this.#inflight.count,
      inflightFull: this.#inflight.full,
      pendingSnapshot: this.pendingSnapshot,
      priority: this.priority,
    }
  }
}
