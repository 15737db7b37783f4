// One start of the cluster, from its first process to its last: waits for a leader, lets the nemesis loose, and ends when
// the input does, the time is up, or the user says so. It only tells what happened; the verdict is made elsewhere.
import { EventEmitter } from 'node:events'
import { Cluster, MemberFailure, type MemberState } from './cluster.ts'
import { JournalReader, type LeadershipInterval, overlap } from './leaderships.ts'
import { machineTime } from './machine-time.ts'
import { harass } from './nemesis.ts'
import { type Kill, type Recovery, recoveries } from './recoveries.ts'
import { Refusal } from './refusal.ts'
import { journalPath, type Run } from './run-directory.ts'

export type Phase = 'starting' | 'running' | 'finishing' | 'closing' | 'over'
export type Ending = 'the input has ended' | 'the time is up' | 'interrupted' | 'failed'

export interface SessionEvent {
  /** Since the start, in ms. */
  readonly at: number
  readonly kind: 'kill' | 'leader' | 'member' | 'note'
  readonly text: string
}

/** What there is to see at one moment. */
export interface Picture {
  readonly phase: Phase
  /** Since the start, in ms. */
  readonly elapsed: number
  readonly members: readonly MemberState[]
  readonly recoveries: readonly Recovery[]
  /** Records claimed. */
  readonly position: number
  /** In ms. */
  readonly overlap: number
}

/** What the verdict goes by. */
export interface SessionFacts extends Picture {
  readonly ending: Ending
  /** What broke it, in one line. */
  readonly failure: string | null
  /** Every member had applied the same, and the leader's job was done. */
  readonly converged: boolean
  /** Of this session. */
  readonly leaderships: readonly LeadershipInterval[]
}

export interface SessionLimits {
  readonly killEvery: number | null
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
  #leaderships: readonly LeadershipInterval[] = []
  #phase: Phase = 'starting'
  #position = 0
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
      position: this.#position,
      overlap: overlap(this.#leaderships),
    }
  }

  /** Throws a {@link Refusal} if the members cannot be started. */
  async run(interrupt: AbortSignal): Promise<SessionFacts> {
    const polling = setInterval(() => this.#poll(), pollInterval)
    this.#cluster.on('change', () => this.#look())
    this.#cluster.start()
    const { ending, converged, failure } = await this.#course(interrupt)
    const refused = failure !== null && this.#phase === 'starting'
    this.#enter('closing')
    await this.#cluster.close()
    clearInterval(polling)
    if (refused) throw new Refusal(failure)
    this.#poll()
    this.#enter('over')
    const { broken } = this.#cluster
    const late = broken.aborted ? (broken.reason as Error).message : null
    return { ...this.picture, ending, converged, failure: failure ?? late, leaderships: this.#leaderships }
  }

  /** Ends every process now. */
  killAll(): void {
    this.#cluster.killAll()
  }

  async #course(interrupt: AbortSignal): Promise<Pick<SessionFacts, 'ending' | 'converged' | 'failure'>> {
    try {
      const ending = await this.#untilOver(interrupt)
      this.#tell('note', `${ending}: finishing`)
      this.#enter('finishing')
      this.#cluster.finish()
      const converged = await this.#cluster.until(
        () => this.#hasConverged,
        AbortSignal.timeout(convergingTime),
      )
      return { ending, converged, failure: null }
    } catch (error) {
      if (!(error instanceof MemberFailure)) throw error
      if (this.#phase !== 'starting') this.#tell('note', error.message)
      return { ending: 'failed', converged: false, failure: error.message }
    }
  }

  async #untilOver(interrupt: AbortSignal): Promise<Ending> {
    const { killEvery, duration } = this.#limits
    const enough = AbortSignal.any(
      duration === null ? [interrupt] : [interrupt, AbortSignal.timeout(duration)],
    )
    const why = (): Ending => (interrupt.aborted ? 'interrupted' : 'the time is up')
    const limit = AbortSignal.any([enough, AbortSignal.timeout(startingTime)])
    // A member that cannot join may say so after the others have found their leader.
    if (!(await this.#cluster.until(() => this.#cluster.isWhole, limit))) {
      if (enough.aborted) return why()
      throw new MemberFailure(`the members were not up, with a leader, within ${startingTime / 1000} s`)
    }
    this.#enter('running')
    const stopKilling = new AbortController()
    const killing =
      killEvery === null
        ? Promise.resolve()
        : this.#harass(killEvery, AbortSignal.any([enough, stopKilling.signal]))
    try {
      const ended = this.#cluster.until(() => this.#jobIsDone, enough)
      // Whichever fails first: the nemesis only ends by itself when it is told to, or fails.
      await Promise.race([ended, killing.then(() => ended)])
      return (await ended) ? 'the input has ended' : why()
    } finally {
      stopKilling.abort()
      await killing
    }
  }

  #harass(every: number, enough: AbortSignal): Promise<void> {
    const prey = {
      cluster: this.#cluster,
      killed: (kill: Kill): void => {
        this.#kills.push(kill)
        this.#tell('kill', `${kill.signal} to ${kill.member}, the leader with fence ${kill.fence}`)
      },
      resumed: (member: string): void => this.#tell('member', `SIGCONT to ${member}`),
      hasRecovered: ({ fence }: Kill): boolean => this.#leaderships.some((one) => one.fence > fence),
    }
    return harass(prey, every, enough)
  }

  get #jobIsDone(): boolean {
    return typeof this.#cluster.leader?.report?.settled === 'number'
  }

  get #hasConverged(): boolean {
    const { leader, members } = this.#cluster
    const first = members[0]?.report
    return (
      leader?.report?.settled === first?.position &&
      members.every(
        ({ state, report }) =>
          state === 'up' && report?.applied === first?.applied && report?.commit === first?.applied,
      )
    )
  }

  #look(): void {
    for (const { id, state, report } of this.#cluster.members) {
      this.#position = Math.max(this.#position, report?.position ?? 0)
      const before = this.#states.get(id)
      if (state === 'up' && before !== 'up' && this.#phase === 'running')
        this.#tell('member', `${id} is up again`)
      // A member that was stopped or killed comes back by way of `starting`.
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
      this.#tell('leader', `${member} leads with fence ${fence}${after}`)
    }
    this.#cluster.nudge()
  }

  #enter(phase: Phase): void {
    this.#phase = phase
  }

  #tell(kind: SessionEvent['kind'], text: string): void {
    this.emit('event', { at: machineTime() - this.#begun, kind, text })
  }
}
