// The member processes: starts them, receives their reports, kills them on demand, restarts killed ones, and
// ends them all.
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { FromMember, MemberArguments, MemberReport, ToMember } from './protocol.ts'
import { memberLog, type Run } from './run-directory.ts'

/** A member ended by itself. The message is one line that says why. */
export class MemberFailure extends Error {
  override readonly name = 'MemberFailure'
}

export interface MemberState {
  readonly id: string
  /**
   * `starting`: its process runs, but it has not joined yet. `stopped`: by a SIGSTOP. `down`: it has no
   * process.
   */
  readonly state: 'starting' | 'up' | 'stopped' | 'down'
  readonly pid: number | null
  /** The last report of its current process, or null. */
  readonly report: MemberReport | null
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Handle extends Mutable<MemberState> {
  process: ChildProcess | null
  /** Resolves when that process has ended. */
  gone: Promise<void>
  /** Why it ended, as it reported. */
  failure: string | null
  killed: boolean
}

/** How long members may take to close before they are killed, in ms. */
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
      failure: null,
      killed: false,
    }))
  }

  get members(): readonly MemberState[] {
    return this.#handles
  }

  /** Aborts with a {@link MemberFailure} when a member ends by itself. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  /** The member that reports to lead. If there are several, the one with the greatest fence. */
  get leader(): (MemberState & { readonly fence: number }) | null {
    let leader: (MemberState & { fence: number }) | null = null
    for (const member of this.#handles) {
      const fence = member.state === 'up' ? (member.report?.fence ?? null) : null
      if (fence !== null && fence > (leader?.fence ?? 0)) leader = { ...member, fence }
    }
    return leader
  }

  /** True if every member is up and one leads. */
  get isWhole(): boolean {
    return this.leader !== null && this.#handles.every(({ state }) => state === 'up')
  }

  start(): void {
    for (const member of this.#handles) this.#start(member)
  }

  #start(member: Handle): void {
    const args: MemberArguments = { id: member.id, directory: this.#run.directory, rate: this.#rate }
    const log = openSync(memberLog(this.#run.directory, member.id), 'a')
    const child = fork(join(import.meta.dirname, 'member-process.ts'), [JSON.stringify(args)], {
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    const gone = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.once('error', reject)
      // Its last message may arrive after `exit`, but not after `disconnect`.
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
      failure: null,
      killed: false,
    })
    child.on('message', (message: FromMember) => this.#receive(member, message))
    if (this.#finishing) this.#send(member, { type: 'finish' })
  }

  #receive(member: Handle, message: FromMember): void {
    if (message.type === 'failed') {
      member.failure = message.line
      return
    }
    member.report = message
    if (member.state === 'starting') member.state = 'up'
    this.emit('change')
  }

  #ended(member: Handle, how: number | NodeJS.Signals | null): void {
    const { killed, failure } = member
    Object.assign(member, { process: null, pid: null, state: 'down', report: null })
    const asAsked = killed || (this.#closing && (how === 0 || how === 'SIGTERM'))
    if (!asAsked)
      this.#fail(
        failure ?? `${member.id} ended by itself (${how}), see ${memberLog(this.#run.directory, member.id)}`,
      )
    else if (!this.#closing) this.#start(member)
    this.emit('change')
  }

  #fail(line: string): void {
    this.#broken.abort(new MemberFailure(line))
    this.emit('change')
  }

  /** Kills a member. It is restarted. */
  kill(id: string): void {
    const member = this.#handle(id)
    member.killed = true
    member.process?.kill('SIGKILL')
    Object.assign(member, { state: 'down', report: null })
    this.emit('change')
  }

  /** Stops a member with SIGSTOP. The others are told, so that they can wake it if this process dies. */
  stop(id: string): void {
    const member = this.#handle(id)
    this.#sendAll({ type: 'stopped', pid: member.pid }, member)
    member.process?.kill('SIGSTOP')
    member.state = 'stopped'
    this.emit('change')
  }

  resume(id: string): void {
    const member = this.#handle(id)
    member.process?.kill('SIGCONT')
    if (member.state === 'stopped') {
      // The report from before the stop is out of date.
      member.report = null
      member.state = 'starting'
    }
    this.#sendAll({ type: 'stopped', pid: null }, member)
    this.emit('change')
  }

  /** Asks every member to end the job after the current record. */
  finish(): void {
    this.#finishing = true
    this.#sendAll({ type: 'finish' })
  }

  /**
   * Resolves with true when `condition` holds, or with false if `signal` aborts first. Rejects with the
   * reason of `broken`.
   */
  async until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    const either = AbortSignal.any([signal, this.broken])
    for (;;) {
      this.broken.throwIfAborted()
      if (condition()) return true
      if (signal.aborted) return false
      await once(this, 'change', { signal: either }).catch(() => {})
    }
  }

  /** Makes `until` check its condition again, after a change outside this class. */
  nudge(): void {
    this.emit('change')
  }

  /** Closes every member. One that takes too long is killed, which is a failure. */
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

  /** Kills every member. */
  killAll(): void {
    this.#closing = true
    for (const member of this.#handles) {
      member.killed = true
      member.process?.kill('SIGKILL')
    }
  }

  #handle(id: string): Handle {
    const member = this.#handles.find((one) => one.id === id)
    if (member === undefined) throw new Error(`unknown member ${id}`)
    return member
  }

  #sendAll(message: ToMember, except?: Handle): void {
    for (const member of this.#handles) if (member !== except) this.#send(member, message)
  }

  #send({ process }: Handle, message: ToMember): void {
    // An error means that the process is ending and need not know.
    if (process?.connected) process.send(message, () => {})
  }
}
