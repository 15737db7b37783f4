// One start of the cluster: waits for a leader, causes faults, and ends with the input, after `duration` or
// on Ctrl-C. It only reports what happened; verdict.ts judges it.
import { EventEmitter } from 'node:events'
import { Cluster, MemberFailure, type MemberState } from './cluster.ts'
import { JournalReader, type LeadershipInterval, overlap } from './leaderships.ts'
import { machineTime } from './machine-time.ts'
import { causeFaults } from './nemesis.ts'
import { type Kill, type Recovery, type Replacement, recoveries } from './recoveries.ts'
import { journalPath, type Run } from './run-directory.ts'
import { UsageError } from './usage-error.ts'

export type Phase = 'starting' | 'running' | 'finishing' | 'closing' | 'over'
export type Ending = 'the input has ended' | 'the time is up' | 'interrupted' | 'failed'

export interface SessionEvent {
  /** Time since the start, in ms. */
  readonly at: number
  readonly kind: 'kill' | 'leader' | 'member' | 'note'
  readonly text: string
}

/** The state of the session at one moment, for display. */
export interface Picture {
  readonly phase: Phase
  /** Time since the start, in ms. */
  readonly elapsed: number
  readonly members: readonly MemberState[]
  readonly recoveries: readonly Recovery[]
  readonly replacements: readonly Replacement[]
  /** How many records are claimed. */
  readonly position: number
  /** The last entry of the newest snapshot; 0: there is none. */
  readonly snapshot: number
  /** For how long two members led at once, in ms. */
  readonly overlap: number
}

/** The facts for the verdict. */
export interface SessionFacts extends Picture {
  readonly ending: Ending
  /** Why the session failed, in one line, or null. */
  readonly failure: string | null
  /** True if every member had applied the same entries, and the leader's job was done. */
  readonly converged: boolean
  /** The leaderships of this session. */
  readonly leaderships: readonly LeadershipInterval[]
}

export interface SessionLimits {
  readonly killEvery: number | null
  readonly replaceEvery: number | null
  readonly duration: number | null
  readonly rate: number
}

const startingTime = 20_000
const convergingTime = 20_000
const pollInterval = 50

export class Session extends EventEmitter<{ event: [SessionEvent] }> {
  readonly #limits: SessionLimits
  readonly #cluster: Cluster
  readonly #journals: JournalReader
  readonly #begun: number = machineTime()
  readonly #kills: Kill[] = []
  readonly #replacements: Replacement[] = []
  #leaderships: readonly LeadershipInterval[] = []
  #phase: Phase = 'starting'
  #position = 0
  #snapshot = 0
  #latestFence = 0
  readonly #states: Map<string, MemberState['state']> = new Map()

  constructor(run: Run, limits: SessionLimits) {
    super()
    this.#limits = limits
    this.#cluster = new Cluster(run, limits.rate)
    const { directory, session } = run
    this.#journals = new JournalReader(
      Object.keys(run.members).map((member) => ({
        member,
        session,
        path: journalPath(directory, session, member),
      })),
    )
  }

  get picture(): Picture {
    return {
      phase: this.#phase,
      elapsed: machineTime() - this.#begun,
      members: this.#cluster.members,
      recoveries: recoveries(this.#kills, this.#leaderships),
      replacements: this.#replacements,
      position: this.#position,
      snapshot: this.#snapshot,
      overlap: overlap(this.#leaderships),
    }
  }

  /** Throws a {@link UsageError} if the members cannot be started. */
  async run(interrupt: AbortSignal): Promise<SessionFacts> {
    const polling = setInterval(() => this.#poll(), pollInterval)
    this.#cluster.on('change', () => this.#updateMembers())
    this.#cluster.start()
    const { ending, converged, failure } = await this.#course(interrupt)
    const cannotStart = failure !== null && this.#phase === 'starting'
    this.#enter('closing')
    await this.#cluster.close()
    clearInterval(polling)
    if (cannotStart) throw new UsageError(failure)
    this.#poll()
    this.#enter('over')
    const { broken } = this.#cluster
    const late = broken.aborted ? (broken.reason as Error).message : null
    return { ...this.picture, ending, converged, failure: failure ?? late, leaderships: this.#leaderships }
  }

  /** Kills every member. */
  killAll(): void {
    this.#cluster.killAll()
  }

  async #course(interrupt: AbortSignal): Promise<Pick<SessionFacts, 'ending' | 'converged' | 'failure'>> {
    try {
      const ending = await this.#untilOver(interrupt)
      this.#emit('note', `${ending}: finishing`)
      this.#enter('finishing')
      this.#cluster.finish()
      const converged = await this.#cluster.until(
        () => this.#hasConverged,
        AbortSignal.timeout(convergingTime),
      )
      return { ending, converged, failure: null }
    } catch (error) {
      if (!(error instanceof MemberFailure)) throw error
      if (this.#phase !== 'starting') this.#emit('note', error.message)
      return { ending: 'failed', converged: false, failure: error.message }
    }
  }

  async #untilOver(interrupt: AbortSignal): Promise<Ending> {
    const { duration } = this.#limits
    const enough = AbortSignal.any(
      duration === null ? [interrupt] : [interrupt, AbortSignal.timeout(duration)],
    )
    const why = (): Ending => (interrupt.aborted ? 'interrupted' : 'the time is up')
    const limit = AbortSignal.any([enough, AbortSignal.timeout(startingTime)])
    // Wait for all members: one that cannot join may report that after the others have elected a leader.
    if (!(await this.#cluster.until(() => this.#cluster.isWhole, limit))) {
      if (enough.aborted) return why()
      throw new MemberFailure(`not all members were up, with a leader, within ${startingTime / 1000} s`)
    }
    this.#enter('running')
    const noMoreFaults = new AbortController()
    const faults = this.#causeFaults(AbortSignal.any([enough, noMoreFaults.signal]))
    try {
      const ended = this.#cluster.until(() => this.#jobIsDone, enough)
      // The faults end by themselves only if one fails.
      await Promise.race([ended, faults.then(() => ended)])
      return (await ended) ? 'the input has ended' : why()
    } finally {
      noMoreFaults.abort()
      await faults
    }
  }

  #causeFaults(enough: AbortSignal): Promise<void> {
    const init = {
      ...this.#limits,
      cluster: this.#cluster,
      killed: (kill: Kill): void => {
        this.#kills.push(kill)
        this.#emit('kill', `${kill.signal} to ${kill.member}, the leader with fence ${kill.fence}`)
      },
      resumed: (member: string): void => this.#emit('member', `SIGCONT to ${member}`),
      hasRecovered: ({ fence }: Kill): boolean => this.#leaderships.some((one) => one.fence > fence),
      lost: (replacement: Replacement): void => {
        this.#replacements.push(replacement)
        this.#emit('kill', `SIGKILL to ${replacement.member}, and its data directory is deleted`)
      },
      replaced: (replacement: Replacement): void => {
        this.#replacements.splice(-1, 1, replacement)
        const { member, took } = replacement
        this.#emit('member', `${member} votes again, ${Math.round(took ?? 0)} ms after it lost its disk`)
      },
    }
    return causeFaults(init, enough)
  }

  get #jobIsDone(): boolean {
    return typeof this.#cluster.leader?.report?.doneAt === 'number'
  }

  get #hasConverged(): boolean {
    const { leader, members } = this.#cluster
    const first = members[0]?.report
    return (
      leader?.report?.doneAt === first?.position &&
      members.every(
        ({ state, report }) =>
          state === 'up' && report?.applied === first?.applied && report?.commit === first?.applied,
      )
    )
  }

  #updateMembers(): void {
    for (const { id, state, report } of this.#cluster.members) {
      this.#position = Math.max(this.#position, report?.position ?? 0)
      this.#snapshot = Math.max(this.#snapshot, report?.snapshot ?? 0)
      const before = this.#states.get(id)
      if (state === 'up' && before !== 'up' && this.#phase === 'running')
        this.#emit('member', `${id} is up again`)
      // A stopped or killed member is `starting` before it is `up`, so this notices every return.
      this.#states.set(id, state)
    }
  }

  #poll(): void {
    this.#leaderships = this.#journals.poll()
    const known = this.#latestFence
    for (const { fence, member } of this.#leaderships) {
      if (fence <= known) continue
      this.#latestFence = Math.max(this.#latestFence, fence)
      const recovery = recoveries(this.#kills, this.#leaderships).find(({ next }) => next?.fence === fence)
      const after =
        recovery === undefined ? '' : `, ${Math.round(recovery.took ?? 0)} ms after the ${recovery.signal}`
      this.#emit('leader', `${member} leads with fence ${fence}${after}`)
    }
    this.#cluster.nudge()
  }

  #enter(phase: Phase): void {
    this.#phase = phase
  }

  #emit(kind: SessionEvent['kind'], text: string): void {
    this.emit('event', { at: machineTime() - this.#begun, kind, text })
  }
}
