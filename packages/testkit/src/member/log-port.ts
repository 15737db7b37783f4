// A simulated disk as the runtime's LogWriter. It can crash the node at the boundaries of a write.
import type { Persist } from '@oarlock/core'
import type { LogWriter } from '@oarlock/runtime'
import type { Random } from '../world/index.ts'
import { Task, type World } from '../world/index.ts'
import type { Host, PendingWrite } from './host.ts'

/** When a node crashes: now, before the next write, during it, or after it and before its messages leave. */
export type CrashPoint = 'now' | 'beforeWrite' | 'duringWrite' | 'afterWrite'

/** The disk failed: the process stops. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure'
}

class TornWrite extends Task {
  readonly #node: Host
  readonly #log: LogPort
  readonly #life: number

  constructor(node: Host, log: LogPort) {
    super()
    this.#node = node
    this.#log = log
    this.#life = node.life
  }

  /** Unless the process has ended before, and another one runs. */
  override run(): void {
    const { up, life } = this.#node
    if (up && life === this.#life && this.#log.crashPoint === 'duringWrite') this.#node.crash()
  }
}

/** Each life of a member has its own. */
export class LogPort implements LogWriter, PendingWrite {
  /** The boundary at which a crash waits; 'now' if none does. */
  crashPoint: CrashPoint = 'now'
  readonly #node: Host
  readonly #world: World
  readonly #random: Random
  #done: ((failure: Error | null) => void) | null = null

  constructor(node: Host, world: World, random: Random) {
    this.#node = node
    this.#world = world
    this.#random = random
  }

  /** Whether a write is under way. */
  get busy(): boolean {
    return this.#done !== null
  }

  write(batch: readonly Persist[], done: (failure: Error | null) => void): void {
    const node = this.#node
    if (this.crashPoint === 'beforeWrite') return node.crash()
    this.#done = done
    const duration = node.disk.write(batch, node.loop.busy)
    if (this.crashPoint !== 'duringWrite') return
    this.#world.schedule(new TornWrite(node, this), this.#world.now + duration * this.#random.next())
  }

  /** Tells the process that its write has ended. */
  ended(failure: Error | null): void {
    if (this.crashPoint === 'afterWrite' && failure === null) return this.#node.crash()
    const done = this.#done!
    this.#done = null
    done(failure)
  }
}
