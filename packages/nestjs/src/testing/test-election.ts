// An election that the test decides, at once and without other instances.
import {
  type AbortOptions,
  type Election,
  type ElectionStatus,
  type LeaderInfo,
  type Leadership,
  LeadershipLostError,
  MemberClosedError,
  TransferFailedError,
} from 'oarlock'
import { interruptible, newTaskContext } from 'oarlock/node'

class TestLeadership implements Leadership {
  readonly fence: number
  readonly #controller = new AbortController()
  #endedAt: number | null = null

  constructor(fence: number) {
    this.fence = fence
  }

  get held(): boolean {
    return this.#endedAt === null
  }

  get deadline(): number {
    return this.#endedAt ?? Number.POSITIVE_INFINITY
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  assertHeld(): void {
    if (!this.held) throw lost(this.fence)
  }

  expire(): void {
    this.#endedAt ??= performance.now()
  }

  abort(reason: Error): void {
    if (!this.signal.aborted) this.#controller.abort(reason)
  }
}

const lost = (fence: number) => new LeadershipLostError(`the leadership with fence ${fence} is over`)

export class TestElection implements Election {
  readonly id: string
  readonly closed: Promise<void>
  /** What the election knows to be wrong: `status()` has it, and so have health and metrics. */
  problems: ElectionStatus['problems'] = []
  #resolveClosed!: () => void
  #rejectClosed!: (reason: Error) => void
  #leader: LeaderInfo | null = null
  #leadership: TestLeadership | null = null
  #fence = 0
  #closing: Promise<void> | null = null
  #isClosed = false
  #failure: Error | null = null
  /** The runs of tasks that `close` waits for. */
  readonly #tasks = new Set<object>()
  readonly #taskContext = newTaskContext()
  /** Called on each change. */
  readonly #listeners = new Set<() => void>()

  constructor(id: string = 'this-instance') {
    this.id = id
    this.closed = new Promise((resolve, reject) => {
      this.#resolveClosed = resolve
      this.#rejectClosed = reject
    })
    // A rejection that nobody awaits must not end the process.
    this.closed.catch(() => {})
  }

  get leader(): LeaderInfo | null {
    return this.#leader
  }

  get leadership(): Leadership | null {
    return this.#leadership
  }

  /** This instance leads, with the next fence. If it led already, that leadership ends first. */
  win(): Leadership {
    if (this.#closing !== null) throw closedError()
    this.#end()
    const leadership = new TestLeadership(++this.#fence)
    this.#leadership = leadership
    this.#setLeader({ id: this.id, fence: leadership.fence })
    return leadership
  }

  /** This instance leads no longer. `to` leads, with the next fence; without `to`, nobody does. */
  lose(to?: string): void {
    this.#end()
    this.#setLeader(to === undefined ? null : { id: to, fence: ++this.#fence })
  }

  /**
   * The lease has run out, and no timer has noticed it yet: `held` is false, and the signal is not aborted.
   */
  expire(): void {
    this.#leadership?.expire()
  }

  /**
   * The instance has to leave the election, like a member whose disk fails. `closed` rejects with `cause`.
   */
  stop(cause: Error): void {
    this.#closing ??= Promise.resolve()
    this.#failure ??= cause
    this.#end()
    this.#setLeader(null)
    this.#rejectClosed(cause)
  }

  #end(): void {
    const leadership = this.#leadership
    this.#leadership = null
    leadership?.expire()
    leadership?.abort(lost(leadership.fence))
  }

  #setLeader(leader: LeaderInfo | null): void {
    this.#leader = leader
    for (const listener of [...this.#listeners]) listener()
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#listeners.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#listeners.add(done)
      signal?.addEventListener('abort', done)
    })
  }

  async lead<T>(
    task: (leadership: Leadership) => Promise<T>,
    { signal }: AbortOptions = {},
  ): Promise<T | undefined> {
    for (;;) {
      signal?.throwIfAborted()
      if (this.#closing !== null) return undefined
      const leadership = this.#leadership
      if (leadership?.held !== true) {
        await this.#change(signal)
        continue
      }
      const run = {}
      this.#tasks.add(run)
      try {
        const lent = signal === undefined ? leadership : withSignal(leadership, signal)
        const value = await this.#taskContext.run(run, () => task(lent))
        if (leadership.held || this.#closing !== null) return value
      } catch (error) {
        signal?.throwIfAborted()
        if (leadership.held) throw error
      } finally {
        this.#ended(run)
      }
    }
  }

  #ended(run: object): void {
    this.#tasks.delete(run)
    for (const listener of [...this.#listeners]) listener()
  }

  observe({ signal }: AbortOptions = {}): AsyncGenerator<LeaderInfo | null, void, undefined> {
    return interruptible((returned) =>
      this.#observe(signal === undefined ? returned : AbortSignal.any([signal, returned])),
    )
  }

  async *#observe(signal: AbortSignal): AsyncGenerator<LeaderInfo | null, void, undefined> {
    let seen: LeaderInfo | null | undefined
    while (this.#closing === null && !signal.aborted) {
      if (seen === this.#leader) await this.#change(signal)
      else {
        seen = this.#leader
        yield seen
      }
    }
  }

  why(): ReturnType<Election['why']> {
    const text =
      this.#leader === null ? 'No leader: the test has not called win().' : `${this.#leader.id} leads.`
    const kind = this.#leader === null ? 'waits' : 'follows'
    return {
      leader: this.#leader?.id ?? null,
      findings: [{ kind, node: this.id, text }],
      toString: () => text,
    }
  }

  status(): ElectionStatus {
    const { id, leader, leadership } = this
    const failure = this.#failure
    return {
      id,
      state: failure === null ? this.#stateOfClosing : 'stopped',
      held: leadership?.held ?? false,
      leader: leader?.id ?? null,
      problems:
        failure === null
          ? this.problems
          : [{ kind: 'stopped', node: id, text: `${id} had to stop: ${failure.message}.` }],
    }
  }

  get #stateOfClosing(): 'running' | 'closing' | 'closed' {
    if (this.#isClosed) return 'closed'
    return this.#closing === null ? 'running' : 'closing'
  }

  /** Like `lose(to)`. The default for `to` is another instance. */
  async transferLeadership({
    to = 'another-instance',
  }: AbortOptions & { readonly to?: string } = {}): Promise<string> {
    if (this.#leadership === null) throw new TransferFailedError('this instance does not lead', 'not-applied')
    this.lose(to)
    return to
  }

  close(): Promise<void> {
    // A task that closes its own election probably waits for that.
    const run = this.#taskContext.getStore()
    if (run !== undefined) this.#ended(run)
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#leadership?.abort(closedError())
    for (const listener of [...this.#listeners]) listener()
    // As in a real election, the leadership is held a little longer, even without tasks.
    await null
    while (this.#tasks.size > 0) await this.#change(undefined)
    this.#end()
    this.#setLeader(null)
    this.#isClosed = true
    this.#resolveClosed()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The same leadership, with a signal that the caller's signal aborts, too. */
const withSignal = (leadership: Leadership, signal: AbortSignal): Leadership => ({
  fence: leadership.fence,
  signal: AbortSignal.any([leadership.signal, signal]),
  get held() {
    return leadership.held
  },
  get deadline() {
    return leadership.deadline
  },
  assertHeld: () => leadership.assertHeld(),
})

const closedError = () => new MemberClosedError('the election is closed', 'not-a-write')
