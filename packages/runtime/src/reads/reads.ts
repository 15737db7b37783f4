// Pending reads (thesis §6.4), on a leader and on any other member.
//
// A linearizable read waits until a leader is known. Then it shares one request to the core with all others
// of its turn. The core answers with the index that must be applied here first. A read never joins a request
// that was made before it came in: the index in its answer might be too old. A read changes nothing, so a
// request is repeated without further thought when the leader changes, and when no answer comes.
import type {
  Event,
  Index,
  Millis,
  NodeId,
  ReadOutcome,
  ReadPolicy,
  RequestId,
  Role,
  Term,
} from '@oarlock/core'
import { MemberClosedError, type OarlockError } from '../errors.ts'
import { RequestMeter } from '../meters/index.ts'
import type { Clock } from '../ports/index.ts'
import type { Consistency } from './consistency.ts'
import { ReadAbortedError, ReadTimeoutError } from './errors.ts'
import type { Read, ReadBatch, ReadCompletion, ReadyReads } from './read.ts'

/** The part of the core that reads use. */
export interface ReadTarget {
  readonly role: Role
  readonly leader: NodeId | null
  readonly term: Term
  step(event: Event, now: Millis): void
}

export interface ReadsInit {
  readonly core: ReadTarget
  readonly clock: Clock
  /**
   * Up to where the state machine's state has everything; null while a snapshot replaces that state, when it
   * must not be queried.
   */
  readonly applied: () => Index | null
  /** The number of the first request; see newFirstRequest. */
  readonly firstRequest: number
  /** How long a read may take before it fails, in ms. */
  readonly timeout: Millis
  /** How often timeouts are checked, in ms. */
  readonly sweepInterval: Millis
  /** A request without an answer is repeated after this time, in ms. */
  readonly retryInterval: Millis
  /** There is something to ask or to serve: a turn should end soon. */
  readonly wake: () => void
}

/**
 * So many requests of one policy may wait for an answer. Reads that come later gather, and share the next.
 */
const mostUnanswered = 16

const policies: readonly ReadPolicy[] = ['quorum', 'lease']

/** The name of each consistency in metrics. */
export type ConsistencyName = 'linearizable' | 'lease' | 'local' | 'atLeast'

export class Reads {
  readonly meter: RequestMeter = new RequestMeter()
  /** How many came, of each consistency. */
  readonly begun: Record<ConsistencyName, number> = { linearizable: 0, lease: 0, local: 0, atLeast: 0 }
  readonly #init: ReadsInit
  #request: RequestId
  /** Not asked for yet. */
  readonly #waiting: Record<ReadPolicy, Read[]> = { quorum: [], lease: [] }
  readonly #unanswered: Record<ReadPolicy, Set<ReadBatch>> = { quorum: new Set(), lease: new Set() }
  readonly #batches = new Map<RequestId, ReadBatch>()
  #ready: ReadyReads[] = []
  /** Those of callers, and those of the runtime itself. */
  #open = 0
  #openOwn = 0
  #cancelSweep: (() => void) | null = null

  constructor(init: ReadsInit) {
    this.#init = init
    this.#request = init.firstRequest
  }

  /** Takes in a read. It is served at the end of this turn at the earliest, so never within `apply`. */
  add(consistency: Consistency, signal: AbortSignal | undefined, completion: ReadCompletion): void {
    this.begun[typeof consistency === 'object' ? 'atLeast' : consistency]++
    this.#add(consistency, signal, completion, false)
  }

  /** As `add`, for the runtime itself. It is in no metric. */
  addOwn(consistency: Consistency, completion: ReadCompletion): void {
    this.#add(consistency, undefined, completion, true)
  }

  #add(
    consistency: Consistency,
    signal: AbortSignal | undefined,
    completion: ReadCompletion,
    isOwn: boolean,
  ): void {
    if (signal?.aborted) return this.#refuse(completion, aborted(signal))
    const { clock, timeout, wake } = this.#init
    const read: Read = { deadline: clock.now() + timeout, completion, isOwn, ended: false, unlisten: null }
    if (signal !== undefined) {
      const onAbort = () => {
        this.#end(read)
        this.#refuse(completion, aborted(signal))
      }
      signal.addEventListener('abort', onAbort, { once: true })
      read.unlisten = () => signal.removeEventListener('abort', onAbort)
    }
    if (isOwn) this.#openOwn++
    else this.#open++
    if (consistency === 'linearizable') this.#waiting.quorum.push(read)
    else if (consistency === 'lease') this.#waiting.lease.push(read)
    else {
      const index = consistency === 'local' ? 0 : consistency.atLeast
      this.#ready.push({ index: index as Index, reads: [read] })
    }
    if (this.#cancelSweep === null) this.#armSweep()
    wake()
  }

  /** Those that have no outcome yet. */
  get pending(): number {
    return this.#open
  }

  get #isIdle(): boolean {
    return this.#open === 0 && this.#openOwn === 0
  }

  #refuse(completion: ReadCompletion, error: OarlockError, isOwn = false): void {
    if (!isOwn) this.meter.failed(error.code)
    completion.reject(error)
  }

  /** Asks the core for all reads that wait, if a leader is known: with one request for each policy. */
  submit(): void {
    const { core } = this.#init
    if (this.#isIdle || core.leader === null) return
    for (const policy of policies) {
      const unanswered = this.#unanswered[policy]
      // The leader has changed since it was asked, or could not answer.
      for (const batch of unanswered)
        if (batch.leader !== core.leader || batch.term !== core.term) this.#ask(batch)
      if (this.#waiting[policy].length === 0 || unanswered.size >= mostUnanswered) continue
      const reads = this.#waiting[policy].filter(isOpen)
      this.#waiting[policy] = []
      if (reads.length === 0) continue
      const batch: ReadBatch = { policy, reads, requests: [], leader: null, term: core.term, askedAt: 0 }
      unanswered.add(batch)
      this.#ask(batch)
    }
  }

  #ask(batch: ReadBatch): void {
    const { core, clock } = this.#init
    const request = this.#request++
    batch.leader = core.leader
    batch.term = core.term
    batch.askedAt = clock.now()
    batch.requests.push(request)
    this.#batches.set(request, batch)
    core.step({ type: 'read', request, policy: batch.policy }, batch.askedAt)
  }

  /** The core has answered, or cannot answer. */
  outcome({ request, index }: ReadOutcome): void {
    const batch = this.#batches.get(request)
    if (batch === undefined) return
    if (index === null) {
      // It is repeated when a leader is known.
      if (batch.requests.at(-1) === request) batch.leader = null
      return
    }
    this.#forget(batch)
    this.#ready.push({ index, reads: batch.reads })
    // Reads may be waiting because too many requests were under way.
    if (this.#waiting[batch.policy].length > 0) this.#init.wake()
  }

  /** Serves the reads whose index is applied. Call it when entries or a snapshot have been applied. */
  serve(): void {
    if (this.#ready.length === 0) return
    const applied = this.#init.applied()
    if (applied === null) return
    const ready = this.#ready
    this.#ready = []
    const { clock, timeout } = this.#init
    const now = clock.now()
    // A query may cause further reads, which go into the new list.
    for (const group of ready)
      if (!mayServe(group.index, applied)) this.#ready.push(group)
      else
        for (const read of group.reads)
          if (!read.ended) {
            this.#end(read)
            if (!read.isOwn) this.meter.succeeded(now - read.deadline + timeout)
            read.completion.serve()
          }
  }

  /** The member closes or stops. */
  failAll(message: string, cause?: unknown): void {
    this.#cancelSweep?.()
    this.#cancelSweep = null
    const facts = { leader: this.#init.core.leader, ...(cause === undefined ? {} : { cause }) }
    for (const read of this.#all()) {
      this.#end(read)
      const error = new MemberClosedError(`${message}: the read was not served`, 'not-a-write', facts)
      this.#refuse(read.completion, error, read.isOwn)
    }
    this.#batches.clear()
    for (const policy of policies) {
      this.#waiting[policy] = []
      this.#unanswered[policy].clear()
    }
    this.#ready = []
  }

  #all(): Read[] {
    const asked = [...this.#unanswered.quorum, ...this.#unanswered.lease, ...this.#ready]
    return [...this.#waiting.quorum, ...this.#waiting.lease, ...asked.flatMap(({ reads }) => reads)].filter(
      isOpen,
    )
  }

  #forget(batch: ReadBatch): void {
    for (const request of batch.requests) this.#batches.delete(request)
    this.#unanswered[batch.policy].delete(batch)
  }

  #end(read: Read): void {
    read.ended = true
    if (read.isOwn) this.#openOwn--
    else this.#open--
    read.unlisten?.()
  }

  #armSweep(): void {
    const { clock, sweepInterval } = this.#init
    this.#cancelSweep = clock.at(clock.now() + sweepInterval, () => {
      this.#cancelSweep = null
      this.#expire(clock.now())
      if (this.#isIdle) return
      this.#armSweep()
      this.#repeat(clock.now())
    })
  }

  /** Asks again for reads whose request, or its answer, may be lost. */
  #repeat(now: Millis): void {
    const { core, retryInterval, wake } = this.#init
    if (core.leader === null) return
    for (const policy of policies)
      for (const batch of this.#unanswered[policy]) if (now - batch.askedAt >= retryInterval) this.#ask(batch)
    wake()
  }

  #expire(now: Millis): void {
    const applied = this.#init.applied()
    const { leader } = this.#init.core
    const reject = (reads: readonly Read[], why: () => string): boolean => {
      for (const read of reads)
        if (!read.ended && read.deadline <= now) {
          this.#end(read)
          const error = new ReadTimeoutError(`${why()}: the read was not served in time`, { leader })
          this.#refuse(read.completion, error, read.isOwn)
        }
      return reads.some(isOpen)
    }
    for (const policy of policies) {
      reject(this.#waiting[policy], () => whyUnanswered(leader))
      this.#waiting[policy] = this.#waiting[policy].filter(isOpen)
      for (const batch of this.#unanswered[policy])
        if (!reject(batch.reads, () => whyUnanswered(leader))) this.#forget(batch)
    }
    this.#ready = this.#ready.filter(({ index, reads }) => reject(reads, () => whyBehind(index, applied)))
  }
}

/** Thesis §6.4, step 4: the state must have everything up to the index that the leader named. */
export function mayServe(index: Index, applied: Index): boolean {
  return applied >= index
}

const isOpen = ({ ended }: Read): boolean => !ended

const aborted = (signal: AbortSignal): ReadAbortedError =>
  new ReadAbortedError('aborted by the caller: the read was not served', { cause: signal.reason })

const whyUnanswered = (leader: NodeId | null): string =>
  leader === null
    ? 'no leader is known'
    : `the leader '${leader}' did not confirm in time that it still leads`

function whyBehind(index: Index, applied: Index | null): string {
  if (applied === null) return 'this member is installing a snapshot'
  return applied < index
    ? `this member has applied ${applied}, and the read needs ${index}`
    : 'this member does not take part yet'
}
