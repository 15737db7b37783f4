// The member processes: starts them, listens to them, kills them when told to, restarts those that were killed, and ends
// them all.
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { FromMember, MemberReport, Orders, ToMember } from './protocol.ts'
import { memberLog, type Run } from './run-directory.ts'

/** A member ended that nobody had killed: one line that says why. */
export class MemberFailure extends Error {
  override readonly name = 'MemberFailure'
}

export interface MemberState {
  readonly id: string
  /** `starting`: its process runs, but it has not joined. `stopped`: by a SIGSTOP. `down`: no process. */
  readonly state: 'starting' | 'up' | 'stopped' | 'down'
  readonly pid: number | null
  /** The last one of its present process; null: none yet. */
  readonly report: MemberReport | null
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Handle extends Mutable<MemberState> {
  process: ChildProcess | null
  /** Resolves when that process is gone. */
  gone: Promise<void>
  /** Why it ended, in its own words. */
  lastWords: string | null
  killed: boolean
}

/** How long members may take to close before they are killed. */
const closingTime = 15_000

export class Cluster extends EventEmitter<{ change: [] }> {
  readonly #run: Run
  readonly #rate: number
  readonly #handles: readonly Handle[]
  readonly #broken: AbortController = new AbortController()
  #finishing = false
  #closing = false

  constructor(run: Run, rate: number) {
    super()
    this.setMaxListeners(50)
    this.#run = run
    this.#rate = rate
    this.#handles = Object.keys(run.members).map((id) => ({
      id,
      state: 'down',
      pid: null,
      report: null,
      process: null,
      gone: Promise.resolve(),
      lastWords: null,
      killed: false,
    }))
  }

  get members(): readonly MemberState[] {
    return this.#handles
  }

  /** Aborted with a {@link MemberFailure} when a member ends by itself. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  /** The member that says that it leads; of several the one with the greatest fence. */
  get leader(): (MemberState & { readonly fence: number }) | null {
    let leader: (MemberState & { fence: number }) | null = null
    for (const member of this.#handles) {
      const fence = member.state === 'up' ? (member.report?.fence ?? null) : null
      if (fence !== null && fence > (leader?.fence ?? 0)) leader = { ...member, fence }
    }
    return leader
  }

  /** Every member is up, and one leads. */
  get isWhole(): boolean {
    return this.leader !== null && this.#handles.every(({ state }) => state === 'up')
  }

  start(): void {
    for (const member of this.#handles) this.#start(member)
  }

  #start(member: Handle): void {
    const orders: Orders = { id: member.id, directory: this.#run.directory, rate: this.#rate }
    const log = openSync(memberLog(this.#run.directory, member.id), 'a')
    const child = fork(join(import.meta.dirname, 'member-process.ts'), [JSON.stringify(orders)], {
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    const gone = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once('error', reject)
      // Its last words may arrive after its end; nothing does after the disconnect.
      child.once('exit', (code, signal) =>
        child.connected ? child.once('disconnect', () => resolve(code ?? signal)) : resolve(code ?? signal),
      )
    }).then(
      (how) => this.#ended(member, how),
      (error: Error) => this.#fail(`${member.id} cannot be started: ${error.message}`),
    )
    Object.assign(member, {
      process: child,
      gone,
      pid: child.pid ?? null,
      state: 'starting',
      report: null,
      lastWords: null,
      killed: false,
    })
    child.on('message', (message: FromMember) => this.#heard(member, message))
    if (this.#finishing) this.#tell(member, { type: 'finish' })
  }

  #heard(member: Handle, message: FromMember): void {
    if (message.type === 'failed') {
      member.lastWords = message.line
      return
    }
    member.report = message
    if (member.state === 'starting') member.state = 'up'
    this.emit('change')
  }

  #ended(member: Handle, how: number | NodeJS.Signals | null): void {
    const { killed, lastWords } = member
    Object.assign(member, { process: null, pid: null, state: 'down', report: null })
    const asAsked = killed || (this.#closing && (how === 0 || how === 'SIGTERM'))
    if (!asAsked)
      this.#fail(
        lastWords ??
          `${member.id} ended by itself (${how}), see ${memberLog(this.#run.directory, member.id)}`,
      )
    else if (!this.#closing) this.#start(member)
    this.emit('change')
  }

  #fail(line: string): void {
    this.#broken.abort(new MemberFailure(line))
    this.emit('change')
  }

  /** Ends a member at once; it is restarted. */
  kill(id: string): void {
    const member = this.#handle(id)
    member.killed = true
    member.process?.kill('SIGKILL')
    Object.assign(member, { state: 'down', report: null })
    this.emit('change')
  }

  /** Stops a member in its tracks. The others learn of it, so that they can wake it should this process die. */
  stop(id: string): void {
    const member = this.#handle(id)
    this.#tellAll({ type: 'stopped', pid: member.pid }, member)
    member.process?.kill('SIGSTOP')
    member.state = 'stopped'
    this.emit('change')
  }

  resume(id: string): void {
    const member = this.#handle(id)
    member.process?.kill('SIGCONT')
    if (member.state === 'stopped') {
      // What it said before it was stopped is of no interest any more.
      member.report = null
      member.state = 'starting'
    }
    this.#tellAll({ type: 'stopped', pid: null }, member)
    this.emit('change')
  }

  /** Asks every member to end the job after the record it is at. */
  finish(): void {
    this.#finishing = true
    this.#tellAll({ type: 'finish' })
  }

  /** Resolves with true as soon as `condition` holds, with false if `signal` aborts before. Rejects with the reason of `broken`. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    const either = AbortSignal.any([signal, this.broken])
    for (;;) {
      this.broken.throwIfAborted()
      if (condition()) return true
      if (signal.aborted) return false
      await once(this, 'change', { signal: either }).catch(() => {})
    }
  }

  /** Looks again at what `until` waits for, because something outside has changed. */
  nudge(): void {
    this.emit('change')
  }

  /** Ends every member in good order; by force those that take too long, which is a failure. */
  async close(): Promise<void> {
    this.#closing = true
    for (const { process } of this.#handles) {
      process?.kill('SIGCONT')
      process?.kill('SIGTERM')
    }
    const tooLong = setTimeout(() => {
      for (const { process } of this.#handles) process?.kill('SIGKILL')
    }, closingTime)
    await Promise.all(this.#handles.map(({ gone }) => gone))
    clearTimeout(tooLong)
  }

  /** Ends every member now. */
  killAll(): void {
    this.#closing = true
    for (const member of this.#handles) {
      member.killed = true
      member.process?.kill('SIGKILL')
    }
  }

  #handle(id: string): Handle {
    const member = this.#handles.find((one) => one.id === id)
    if (member === undefined) throw new Error(`there is no ${id}`)
    return member
  }

  #tellAll(message: ToMember, except?: Handle): void {
    for (const member of this.#handles) if (member !== except) this.#tell(member, message)
  }

  #tell({ process }: Handle, message: ToMember): void {
    // It may be dying at this moment: then it need not know.
    if (process?.connected) process.send(message, () => {})
  }
}
