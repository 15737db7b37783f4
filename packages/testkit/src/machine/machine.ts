// The state machine of a replica, or of the model. The runtime, or the model of sessions, decides which
// commands take effect.
import { type Entry, type Index, index, type Millis } from '@oarlock/core'
import type { Application } from './application.ts'
import type { EntryMachine, MachineFactory } from './entry-machine.ts'
import { HashChain } from './hash-chain.ts'
import { HostedMachine } from './hosted.ts'
import type { MachineState } from './machine-state.ts'

export function machinesFor(application: Application | null): MachineFactory {
  return application === null ? () => new HashChain() : () => new HostedMachine(application)
}

export class Machine {
  /** The last entry that was applied, alone or in a snapshot. */
  index: Index = index(0)
  /** The result of the last entry. */
  result: unknown = undefined
  /** The last entry was a command of a session that took no effect. */
  passed = false
  /** The leader time at the last entry that was applied alone. */
  leaderTime: Millis = 0
  readonly #make: MachineFactory
  #inner: EntryMachine

  constructor(make: MachineFactory = machinesFor(null)) {
    this.#make = make
    this.#inner = make()
  }

  apply(entry: Entry, leaderTime: Millis): void {
    this.passed = false
    this.leaderTime = leaderTime
    this.result = this.#inner.apply(entry, leaderTime)
    this.index = entry.index
  }

  /** The entry is a command of a session that takes no effect: it was applied before, or is refused. */
  pass(entry: Entry): void {
    this.passed = true
    this.result = undefined
    this.index = entry.index
  }

  ask(query: unknown): unknown {
    return this.#inner.ask(query)
  }

  digest(): number | string {
    return this.#inner.digest()
  }

  get state(): MachineState {
    return { inner: this.#inner.snapshot() }
  }

  /** The process starts, with an empty machine. */
  start(): void {
    this.#inner = this.#make()
    this.index = index(0)
  }

  restore({ index: at, state }: { readonly index: Index; readonly state: MachineState }): void {
    this.#inner.restore(state.inner)
    this.index = at
  }
}
