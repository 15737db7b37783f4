// What a leader knows of one member's log, as a small state machine (paper §5.3: nextIndex and matchIndex;
// thesis §10.2.2: pipelining).
//
//   probe      it is not known where the logs agree: one append at a time, until one is accepted. It is
//              repeated with each answered heartbeat, without entries once its copies have filled the window
//              in bytes: they may queue on a slow link, and nothing new would get through behind them
//   replicate  it is known: appends are sent ahead, and `next` moves when they are sent
//   snapshot   the entries that it needs are compacted away: nothing is sent until the snapshot is installed
//
// Always `match` < `next`. Only in replicate are appends counted as in flight, and only in snapshot is a
// snapshot pending, with `next` after it.
import { invariant } from '../invariant.ts'
import { type Index, index, type Millis } from '../types.ts'
import { Inflight } from './inflight.ts'

/** A frozen look at a member's progress, for people and tests (Raft.inspect). */
export interface ProgressView {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly match: Index
  readonly next: Index
  readonly paused: boolean
  /** It answered since the last quorum check. */
  readonly recentActive: boolean
  /**
   * When the last heartbeat that it answered was sent, by the leader's clock; -Infinity: none in this term.
   */
  readonly answeredSentAt: Millis
  /** The length of its promises, from its last answer; 0: none. */
  readonly promise: Millis
  readonly learner: boolean
  readonly inflight: number
  readonly inflightFull: boolean
  readonly pendingSnapshot: Index
  readonly priority: number
  /** It refuses what it has acknowledged in this term: its disk has lost entries. */
  readonly hasLostEntries: boolean
}

/** §5.3: answers may arrive out of order. What a member was known to hold it still holds. */
export function matchAfter(match: Index, acknowledged: Index): Index {
  return index(Math.max(match, acknowledged))
}

export class Progress {
  state: 'probe' | 'replicate' | 'snapshot' = 'probe'
  /** The last entry known to be durable there. */
  match: Index
  /** The next entry to send. */
  next: Index
  /** The last commit index that was sent. */
  sentCommit: Index = index(0)
  pendingSnapshot: Index = index(0)
  /**
   * It answered since the last quorum check, or is new. Without quorum checks: it answered once (as in
   * etcd/raft).
   */
  recentActive = false
  /** From its last answer. */
  priority = 1
  /** It answered in this election timeout. */
  #heard = false
  /** The number of election timeouts, up to the last one, in which it answered without a gap. */
  #steadyFor = 0
  /** The greatest `sentAt` of a heartbeat that it answered in this term. */
  answeredSentAt: Millis = Number.NEGATIVE_INFINITY
  /** From its last answer. */
  promise: Millis = 0
  /** It helps no other candidate before this, by the leader's clock. */
  promisedUntil: Millis = Number.NEGATIVE_INFINITY
  /** The greatest round of heartbeats that it answered in this term. */
  answeredRound = 0
  /** It refused what it had acknowledged, and has acknowledged nothing since. */
  #hasLostEntries = false
  readonly #inflight: Inflight
  #flowPaused = false

  constructor(init: { match: Index; next: Index; maxInflightMessages: number; maxInflightBytes: number }) {
    this.match = init.match
    this.next = init.next
    this.#inflight = new Inflight(init.maxInflightMessages, init.maxInflightBytes)
    this.#check()
  }

  /** The invariants that the header states: asserted after each change of the state, `match` or `next`. */
  #check(): void {
    const { state, match, next, pendingSnapshot } = this
    const isInState =
      state === 'snapshot'
        ? pendingSnapshot < next && this.#inflight.count === 0
        : pendingSnapshot === 0 && (state === 'replicate' || this.#inflight.count === 0)
    invariant(
      match < next && isInState,
      () => `impossible: ${state}, match ${match}, next ${next}, snapshot ${pendingSnapshot}`,
    )
  }

  /**
   * At the beginning of an election timeout no member has answered in it, so those that answered in the last
   * one count too.
   */
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

  /** An election timeout is over. */
  beginNextTimeout(): void {
    this.#steadyFor = this.#heard ? this.#steadyFor + 1 : 0
    this.#heard = false
  }

  get paused(): boolean {
    return this.state === 'snapshot' || this.#flowPaused
  }

  /**
   * Appends are empty then. They ask the same question about the log, so the answer tells whether what filled
   * the window was lost.
   */
  get inflightFull(): boolean {
    return this.#inflight.full
  }

  /**
   * A heartbeat was answered: one more message may go, in any state, as all messages before it may be lost.
   */
  resume(): void {
    this.#flowPaused = false
  }

  becomeProbe(): void {
    const after = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) : this.match
    this.#enter('probe', index(after + 1))
    this.#limitSentCommit()
  }

  becomeReplicate(): void {
    this.#enter('replicate', index(this.match + 1))
  }

  becomeSnapshot(pending: Index): void {
    this.#enter('snapshot', index(pending + 1), pending)
    this.sentCommit = pending
  }

  #enter(state: Progress['state'], next: Index, pendingSnapshot = index(0)): void {
    this.state = state
    this.next = next
    this.pendingSnapshot = pendingSnapshot
    this.#flowPaused = false
    this.#inflight.clear()
    this.#check()
  }

  #limitSentCommit(): void {
    this.sentCommit = index(Math.min(this.sentCommit, this.next - 1))
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
    invariant(this.state !== 'snapshot', 'a snapshot is sent')
    if (this.state === 'replicate') {
      if (count > 0) {
        this.next = index(this.next + count)
        this.#inflight.add(index(this.next - 1), bytes)
      }
      this.#flowPaused = this.#inflight.full
    } else {
      this.#inflight.bytes += bytes
      this.#flowPaused = count > 0 || this.#inflight.full
    }
  }

  /** Whether it could commit more if it were told `commit`. */
  mayBumpCommit(commit: Index): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1
  }

  /** It holds everything up to `upTo`. False: that was known. */
  acknowledge(upTo: Index): boolean {
    this.#hasLostEntries = false
    const match = matchAfter(this.match, upTo)
    if (match === this.match) return false
    this.match = match
    this.next = index(Math.max(this.next, upTo + 1))
    this.#flowPaused = false
    this.#check()
    return true
  }

  /** The most bytes in flight from now on; 0: no limit. */
  limitInflight(bytes: number): void {
    this.#inflight.maxBytes = bytes
  }

  freeInflight(upTo: Index): void {
    this.#inflight.freeUpTo(upTo)
  }

  /**
   * It refused the append after `rejected` and suggests `hint`. False: the refusal is of an older message.
   */
  backOff(rejected: Index, hint: Index): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) {
        this.#hasLostEntries = hint < this.match
        return false
      }
      this.next = index(this.match + 1)
    } else {
      // While a snapshot is sent no append is, so the refusal can only be of an older one.
      if (this.state === 'snapshot' || this.next - 1 !== rejected) return false
      this.next = index(Math.max(Math.min(rejected, hint + 1), this.match + 1))
      this.#flowPaused = false
      this.#inflight.clear()
    }
    this.#limitSentCommit()
    this.#check()
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
      promise: this.promise,
      learner,
      inflight: this.#inflight.count,
      inflightFull: this.#inflight.full,
      pendingSnapshot: this.pendingSnapshot,
      priority: this.priority,
      hasLostEntries: this.#hasLostEntries,
    }
  }
}
