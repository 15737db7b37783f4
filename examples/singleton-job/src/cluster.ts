// The member processes: starts them, receives their reports, kills them on demand, restarts killed ones, and
// ends them all.
import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { rmSync } from 'node:fs'
import { kindOf, type MemberKind } from './member-kind.ts'
import type { FromMember, MemberReport, MembershipReport, ToMember } from './protocol.ts'
import { memberDirectory, memberLog, type Run, removal } from './run-directory.ts'
import { startMember } from './start-member.ts'

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
  readonly kind: MemberKind
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Handle extends Mutable<MemberState> {
  process: ChildProcess | null
  /** Resolves when that process has ended. */
  gone: Promise<void>
  /** Why it ended, as it reported. */
  failure: string | null
  killed: boolean
  /** The version of the membership when it last lost its disk; -1: it did not. */
  diskLostAt: number
  /** Its data directory is deleted when its process has ended. */
  losesDisk: boolean
}

/** How long members may take to close before they are killed, in ms. */
const closingTime = 15_000

export class Cluster extends EventEmitter<{ change: [] }> {
  readonly #run: Run
  readonly #rate: number
  readonly #handles: readonly Handle[]
  readonly #broken: AbortController = new AbortController()
  /** The newest one that was reported. */
  #membership: MembershipReport | null = null
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
      kind: 'voter',
      diskLostAt: -1,
      losesDisk: false,
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

  /** True if every member is up and votes, and one leads. */
  get isWhole(): boolean {
    return (
      this.leader !== null &&
      this.#membership !== null &&
      this.#handles.every(({ state, kind }) => state === 'up' && kind === 'voter')
    )
  }

  start(): void {
    for (const member of this.#handles) this.#start(member)
  }

  #start(member: Handle): void {
    const { child, ended } = startMember({ id: member.id, directory: this.#run.directory, rate: this.#rate })
    const gone = ended.then(
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
    const { membership } = message
    if (membership !== null && membership.version >= (this.#membership?.version ?? 0))
      this.#membership = membership
    for (const one of this.#handles) one.kind = kindOf(one, this.#membership)
    this.emit('change')
  }

  #ended(member: Handle, how: number | NodeJS.Signals | null): void {
    const { killed, failure } = member
    if (member.losesDisk) rmSync(memberDirectory(this.#run.directory, member.id), removal)
    member.losesDisk = false
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

  /** Kills a member and deletes its data directory. It is restarted, and the cluster must replace it. */
  loseDisk(id: string): void {
    const member = this.#handle(id)
    Object.assign(member, { losesDisk: true, diskLostAt: this.#membership?.version ?? 0, kind: 'newcomer' })
    this.kill(id)
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
