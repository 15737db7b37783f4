// Members over TCP and on real data directories, all in this process, for tests of who the members are.
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join as joinPath } from 'node:path'
import type { Logger } from '@oarlock/runtime'
import {
  type CommonOptions,
  type Coordinator,
  type FounderOptions,
  type JoinerOptions,
  join,
  type Leadership,
  type Member,
} from '../src/index.ts'
import { seen } from './cluster.ts'
import { freeAddress } from './raw-peer.ts'

export interface StartOptions extends Partial<CommonOptions<string, number> & FounderOptions> {
  /** The name of its data directory. Default: the id. */
  readonly directory?: string
}

export interface JoinOptions extends Partial<CommonOptions<string, number>>, JoinerOptions {
  readonly directory?: string
}

/** A member, its warnings, and the commands that it has applied. */
type StoreMember = Member<string, number> & Coordinator

export class StartedMember {
  readonly member: StoreMember
  readonly applied: readonly string[]
  readonly #warnings: Warnings

  constructor(member: StoreMember, applied: readonly string[], warnings: Warnings) {
    this.member = member
    this.applied = applied
    this.#warnings = warnings
  }

  get id(): string {
    return this.member.id
  }

  get warnings(): readonly string[] {
    return this.#warnings.all
  }

  /** Resolves with the first warning that matches. */
  warns(pattern: RegExp): Promise<string> {
    return this.#warnings.first(pattern)
  }

  /** Resolves with its next leadership. */
  async leads(): Promise<Leadership> {
    const enough = new AbortController()
    const task = async (): Promise<Leadership> => this.member.leadership!
    const leadership = await this.member.lead(task, { signal: enough.signal })
    if (leadership === undefined) throw new Error(`${this.id} was closed`)
    return leadership
  }

  /** Resolves when it knows a leader. Which one, nobody can say: on a busy machine leadership moves. */
  async follows(): Promise<void> {
    await seen(this.member.observe(), (known) => known !== null)
  }
}

class Warnings implements Logger {
  readonly all: string[] = []
  readonly #waiting = new Set<() => void>()

  debug(): void {}
  info(): void {}
  error(): void {}

  warn(_fields: object, message: string): void {
    this.all.push(message)
    for (const wake of this.#waiting) wake()
  }

  async first(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.all.find((message) => pattern.test(message))
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }
}

export class TcpMembers implements AsyncDisposable {
  readonly #root = mkdtempSync(joinPath(tmpdir(), 'oarlock-members-'))
  readonly #addresses: Readonly<Record<string, string>>
  readonly #running = new Set<StoreMember>()

  private constructor(addresses: Readonly<Record<string, string>>) {
    this.#addresses = addresses
  }

  /** Reserves an address for each. */
  static async withAddresses(...ids: string[]): Promise<TcpMembers> {
    const addresses = await Promise.all(ids.map(async (id) => [id, await freeAddress()] as const))
    return new TcpMembers(Object.fromEntries(addresses))
  }

  /** The option `peers` with these members, all by default. */
  peers(...ids: string[]): Record<string, string> {
    const listed = ids.length > 0 ? ids : Object.keys(this.#addresses)
    return Object.fromEntries(listed.map((id) => [id, this.#addresses[id]!]))
  }

  async start(id: string, { directory = id, ...options }: StartOptions = {}): Promise<StartedMember> {
    return this.#start({ id, directory, ...options }, (common) =>
      join({ ...common, peers: this.peers(), ...options }),
    )
  }

  /** Joins by `seeds`. */
  async startBySeeds(
    id: string,
    { seeds, as, directory = id, ...options }: JoinOptions,
  ): Promise<StartedMember> {
    const joining = as === undefined ? { seeds } : { seeds, as }
    const { [id]: listen = '127.0.0.1:0' } = this.#addresses
    return this.#start({ id, directory, ...options }, (common) =>
      join({ ...common, listen, ...options, ...joining }),
    )
  }

  async #start(
    { id, directory, purpose }: { id: string; directory: string } & Pick<StartOptions, 'purpose'>,
    start: (common: CommonOptions<string, number>) => Promise<StoreMember>,
  ): Promise<StartedMember> {
    const applied: string[] = []
    const warnings = new Warnings()
    const member = await start({
      id,
      data: this.path(directory),
      electionTimeout: 300,
      shutdownSignals: [],
      ...(purpose === 'election' ? {} : { machine: { apply: (command) => applied.push(command) } }),
      logger: warnings,
    })
    this.#running.add(member)
    return new StartedMember(member, applied, warnings)
  }

  startAll(...ids: string[]): Promise<StartedMember[]> {
    return Promise.all(ids.map((id) => this.start(id)))
  }

  copy(from: string, to: string): void {
    cpSync(this.path(from), this.path(to), {
      recursive: true,
      filter: (file) => !basename(file).startsWith('lock-'),
    })
  }

  move(from: string, to: string): void {
    renameSync(this.path(from), this.path(to))
  }

  wipe(directory: string): void {
    rmSync(this.path(directory), { recursive: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#running].map((member) => member.close()))
    rmSync(this.#root, { recursive: true })
  }

  path(directory: string): string {
    return joinPath(this.#root, directory)
  }
}

/** The first of these that leads. */
export function leaderOf(
  members: readonly StartedMember[],
): Promise<{ leader: StartedMember; fence: number }> {
  return Promise.race(members.map(async (leader) => ({ leader, fence: (await leader.leads()).fence })))
}
