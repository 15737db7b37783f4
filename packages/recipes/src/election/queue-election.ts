// A named election as a queue of places in the store: the oldest one leads, and the revision that created it is the
// fence.
import {
  type Explanation,
  explanationOf,
  type Finding,
  index,
  type Millis,
  type NodeId,
  type Term,
  term,
} from '@oarlock/core'
import {
  type AbortOptions,
  checkAbortOptions,
  type ElectionStatus,
  happensBefore,
  interruptible,
  Latest,
  type Leadership,
  LeadershipLostError,
  type LeadershipSource,
  LeadershipTracker,
  RunningElection,
  sentence,
  TransferFailedError,
} from '@oarlock/runtime'
import type { Condition, Lease } from '@oarlock/store'
import { type Environment, pause, retryAfter } from '../environment.ts'
import { type Place, type QueueFeed, QueuePlace, type QueueRequests } from '../queue/index.ts'
import type { SharedLease } from '../shared-lease.ts'
import type { NamedElection, NamedLeader, NamedLeadership } from './named-election.ts'

export interface QueueElectionInit extends Environment {
  readonly name: string
  readonly root: string
  readonly queue: string
  readonly ttl: Millis
  readonly lease: SharedLease
  readonly feed: QueueFeed
  readonly requests: QueueRequests
  /** A key of the queue that nobody has used before. */
  readonly newKey: (lease: Lease) => string
  /** How long `close` waits for the tasks of `lead` to end, in ms. */
  readonly drainTimeout: Millis
}

export class QueueElection implements NamedElection {
  readonly id: NodeId
  readonly name: string
  readonly closed: Promise<void>
  readonly #init: QueueElectionInit
  readonly #tracker: LeadershipTracker
  readonly #leaders: Latest<NamedLeader | null> = new Latest<NamedLeader | null>(null, sameLeader)
  readonly #election: RunningElection
  #place: QueuePlace | null = null
  /** Of the last leadership. */
  #key = ''
  #lease: Lease | null = null
  /** Calls that want this process to take part. */
  #candidacies = 0
  #isEntering = false
  #observers = 0
  #candidates: readonly NodeId[] = []
  #unfollow: (() => void) | null = null
  /** Why it could not enter the last time. */
  #failure: unknown = null

  constructor(init: QueueElectionInit) {
    const { id, name, clock, newController, logger, ttl, drainTimeout, leaveWithin, newTaskContext } = init
    this.id = id
    this.name = name
    this.#init = init
    this.#tracker = new LeadershipTracker({
      core: this.#source(),
      clock,
      leaseEnded: () => queueMicrotask(() => this.#tracker.follow()),
      onBegin: ({ fence }) =>
        logger.info({ event: 'leadership-began', id, election: name, fence }, 'leadership begins'),
      onEnd: ({ fence }) =>
        logger.info({ event: 'leadership-ended', id, election: name, fence }, 'leadership ends'),
      newController,
    })
    this.#election = new RunningElection({
      id,
      nameInMessages: `the election '${name}'`,
      tracker: this.#tracker,
      leaders: this.#leaders,
      clock,
      logger,
      electionTimeout: ttl,
      drainTimeout,
      taskContext: newTaskContext(),
      members: () => this.#candidates,
      // Those who still want it queue again, at the end.
      transfer: () => this.#leave(() => {}),
      leave: async () => {
        await happensBefore(clock, clock.now() + leaveWithin, (left) => {
          this.#leave(left)
          return () => {}
        })
      },
      stop: () => this.#leave(() => {}),
      release: async () => {
        this.#unfollow?.()
      },
    })
    this.closed = this.#election.closed
  }

  #source(): LeadershipSource {
    const leads = (): boolean => this.#place?.isFirst ?? false
    const created = (): Term => term(this.#place?.created ?? 0)
    const leader = (): NodeId | null => this.#leaders.value?.id ?? null
    const deadline = (): Millis => (leads() ? this.#lease!.deadline : Number.NEGATIVE_INFINITY)
    return {
      applied: index(0),
      termStart: index(0),
      get role() {
        return leads() ? 'leader' : 'follower'
      },
      get term() {
        return created()
      },
      get leader() {
        return leader()
      },
      get leaseDeadline() {
        return deadline()
      },
    }
  }

  get leadership(): Leadership | null {
    return this.#election.leadership
  }

  get leader(): NamedLeader | null {
    return this.#election.leader === null ? null : this.#leaders.value
  }

  async lead<T>(
    task: (leadership: NamedLeadership) => Promise<T>,
    options: AbortOptions = {},
  ): Promise<T | undefined> {
    const withdraw = this.#stand()
    try {
      const named =
        typeof task === 'function'
          ? (leadership: Leadership): Promise<T> => task(this.#named(leadership, () => this.#leaveAtLast()))
          : task
      return await this.#election.lead(named, options)
    } finally {
      withdraw()
    }
  }

  async campaign(options: AbortOptions = {}): Promise<NamedLeadership> {
    checkAbortOptions('campaign', options)
    const withdraw = this.#stand()
    try {
      const leadership = await this.#tracker.next(options.signal)
      leadership.signal.addEventListener('abort', () => withdraw(), { once: true })
      return this.#named(leadership, withdraw)
    } catch (error) {
      withdraw()
      throw error
    }
  }

  observe(options: AbortOptions = {}): AsyncIterable<NamedLeader | null> {
    checkAbortOptions('observe', options)
    const { signal } = options
    return interruptible((returned) =>
      this.#observed(signal === undefined ? returned : AbortSignal.any([returned, signal])),
    )
  }

  async *#observed(signal: AbortSignal): AsyncGenerator<NamedLeader | null, void, undefined> {
    this.#observers++
    this.#look()
    try {
      for await (const leader of this.#leaders.observe(signal)) yield leader
    } finally {
      this.#observers--
      this.#look()
    }
  }

  why(): Explanation {
    const { state } = this.#election
    const { leader } = this
    const say = (kind: Finding['kind'], text: string): Finding => ({
      kind,
      node: this.id,
      text: sentence(text),
    })
    if (state !== 'running')
      return explanationOf(null, [say('closed', `the election '${this.name}' is ${state}`)])
    const failure = this.#failure ?? this.#init.feed.failure
    const findings: Finding[] = []
    if (failure !== null)
      findings.push(say('broker', `the store does not answer: ${(failure as Error).message}`))
    if (leader !== null)
      findings.push(say('leads', `${leader.id} leads '${this.name}' with fence ${leader.fence}`))
    else if (this.#candidacies === 0)
      findings.push(
        say('does-not-stand', `${this.id} takes no part in '${this.name}': nothing calls lead or campaign`),
      )
    else if (failure === null) findings.push(say('waits', `${this.id} enters '${this.name}'`))
    return explanationOf(leader?.id ?? null, findings)
  }

  status(): ElectionStatus {
    return {
      id: this.id,
      state: this.#election.state,
      held: this.leadership?.held ?? false,
      leader: this.leader?.id ?? null,
      problems: this.why().findings.filter(({ kind }) => kind === 'broker'),
    }
  }

  async transferLeadership(options: AbortOptions & { readonly to?: NodeId } = {}): Promise<NodeId> {
    if (this.leadership?.held !== true && options?.to !== this.leader?.id)
      throw new TransferFailedError(
        `leadership of '${this.name}' was not transferred: only its leader can do that`,
        'not-applied',
        { leader: this.leader?.id ?? null },
      )
    const { kv, root, queue } = this.#init
    const { items } = await kv.range(
      { prefix: `${root}${queue}/` },
      options.signal === undefined ? {} : { signal: options.signal },
    )
    // What the feed has shown may be older.
    this.#candidates = items.map((item) => candidateIn(item).id)
    return this.#election.transferLeadership(options)
  }

  close(): Promise<void> {
    return this.#election.close()
  }

  /** The store has stopped. */
  fail(cause: unknown): void {
    if (this.#election.state === 'running') this.#election.fail(cause)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Takes part until the function that is returned is called; that says when the store knows. */
  #stand(): () => Promise<void> {
    this.#candidacies++
    this.#look()
    void this.#enter()
    let withdrawn: Promise<void> | null = null
    return () => {
      withdrawn ??= this.#withdraw()
      return withdrawn
    }
  }

  #withdraw(): Promise<void> {
    if (--this.#candidacies > 0) return Promise.resolve()
    const leaving = this.#leaveAtLast()
    this.#look()
    return leaving
  }

  #leaveAtLast(): Promise<void> {
    return new Promise((left) => this.#leave(left))
  }

  #leave(left: () => void): void {
    const place = this.#place
    if (place === null) return left()
    this.#place = null
    place.leave(left)
    this.#tracker.follow()
    void this.#enter()
  }

  get #takesPart(): boolean {
    return this.#candidacies > 0 && this.#election.state === 'running'
  }

  async #enter(): Promise<void> {
    if (this.#isEntering) return
    this.#isEntering = true
    while (this.#takesPart && this.#place === null) {
      try {
        const lease = await this.#init.lease.get()
        this.#failure = null
        if (this.#takesPart) this.#open(lease)
      } catch (error) {
        this.#failure = error
        if (this.#takesPart) await pause(this.#init.clock, retryAfter, undefined)
      }
    }
    this.#isEntering = false
  }

  #open(lease: Lease): void {
    const { queue, id, requests, clock, newKey } = this.#init
    const place: QueuePlace = new QueuePlace({
      queue,
      key: newKey(lease),
      value: keptAs({ id, value: null }),
      lease,
      requests,
      clock,
      retryAfter,
      isWatched: true,
      first: (fence) => {
        if (this.#place !== place) return
        this.#key = place.key
        this.#leaders.set({ id, fence, value: null })
        this.#tracker.follow()
      },
      // Not at once: a getter of the leadership may have noticed it.
      lost: (refusal) => queueMicrotask(() => this.#lost(place, refusal)),
    })
    this.#place = place
    this.#lease = lease
    place.enter()
  }

  #lost(place: QueuePlace, refusal: Error | undefined): void {
    if (this.#place !== place) return
    this.#place = null
    this.#tracker.follow()
    if (refusal === undefined) return void this.#enter()
    this.#failure = refusal
    const { clock } = this.#init
    clock.at(clock.now() + retryAfter, () => void this.#enter())
  }

  /** Follows the queue while somebody wants to know the leader. */
  #look(): void {
    const isWanted = this.#candidacies + this.#observers > 0
    if (isWanted === (this.#unfollow !== null)) return
    if (isWanted) {
      const { feed, queue } = this.#init
      this.#unfollow = feed.follow(queue, ({ revision, places }) => {
        const fence = this.leadership?.fence ?? 0
        // A state from before this process led.
        if (revision < fence) return
        this.#candidates = places.map((place) => candidateIn(place).id)
        const [first] = places
        this.#leaders.set(first === undefined ? null : leaderIn(first))
      })
    } else {
      this.#unfollow!()
      this.#unfollow = null
      this.#candidates = []
      this.#leaders.set(null)
    }
  }

  #named(leadership: Leadership, resign: () => Promise<void>): NamedLeadership {
    const lost = (): LeadershipLostError =>
      new LeadershipLostError(`the leadership of '${this.name}' with fence ${leadership.fence} is over`)
    let isResigned = false
    const give = (): Promise<void> => {
      isResigned = true
      return resign()
    }
    const condition: Condition = [this.#key, 'create', '=', leadership.fence]
    return {
      fence: leadership.fence,
      condition,
      signal: leadership.signal,
      get held() {
        return !isResigned && leadership.held
      },
      get deadline() {
        return leadership.deadline
      },
      assertHeld: () => {
        if (isResigned) throw lost()
        leadership.assertHeld()
      },
      proclaim: async (value, options = {}) => {
        if (isResigned || !leadership.held || !(await this.#proclaim(leadership.fence, value, options)))
          throw lost()
      },
      resign: give,
      [Symbol.asyncDispose]: give,
    }
  }

  /** False: the place is gone. */
  async #proclaim(fence: number, value: string, options: AbortOptions): Promise<boolean> {
    const place = this.#place
    if (place?.created !== fence) return false
    const { kv, id } = this.#init
    const { key } = place
    const { succeeded } = await kv
      .transaction()
      .when(key, 'create', '=', fence)
      .then({ put: key, value: keptAs({ id, value }), lease: 'keep' })
      .commit(options)
    return succeeded
  }
}

interface Candidate {
  readonly id: NodeId
  readonly value: string | null
}

const keptAs = (candidate: Candidate): string => JSON.stringify(candidate)

/** Whatever is there: other programs may have put it. */
function candidateIn({ key, value }: Pick<Place, 'key' | 'value'>): Candidate {
  try {
    const { id, value: proclaimed } = JSON.parse(value) as Partial<Candidate>
    if (typeof id === 'string') return { id, value: typeof proclaimed === 'string' ? proclaimed : null }
  } catch {
    // Below.
  }
  return { id: key, value }
}

const leaderIn = (place: Place): NamedLeader => ({ ...candidateIn(place), fence: place.created })

const sameLeader = (a: NamedLeader | null, b: NamedLeader | null): boolean =>
  a?.id === b?.id && a?.fence === b?.fence && a?.value === b?.value
