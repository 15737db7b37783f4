// A replica's state machine with its table of sessions (thesis §6.3). A client that does not know the outcome
// of a command repeats it; the command takes effect once and is answered as the first time. The table is part
// of the state: every snapshot has it, and only applying changes it. A session has one command under way at a
// time.
import { type Entry, type Index, index } from '@oarlock/core'
import type { Application } from './application.ts'
import type { EntryMachine, MachineFactory } from './entry-machine.ts'
import { HashChain } from './hash-chain.ts'
import { HostedMachine } from './hosted.ts'
import type { Answered, MachineState } from './machine-state.ts'
import { isCommand, type Place, placeInSession } from './payload.ts'

export function machinesFor(application: Application | null): MachineFactory {
  return application === null ? () => new HashChain() : () => new HostedMachine(application)
}

export class Machine {
  /** The last entry that was applied, alone or in a snapshot. */
  index: Index = index(0)
  /** The result of the last entry. */
  result: unknown = undefined
  /** The last entry was a command that had taken effect before, so it took none now. */
  repeated = false
  readonly #make: MachineFactory
  #inner: EntryMachine
  #sessions: Map<number, Answered> = new Map()

  constructor(make: MachineFactory = machinesFor(null)) {
    this.#make = make
    this.#inner = make()
  }

  apply(entry: Entry): void {
    const place = isCommand(entry) ? placeInSession(entry) : null
    this.repeated = false
    if (place === null) this.result = this.#inner.apply(entry)
    else this.#applyOnce(entry, place)
    this.index = entry.index
  }

  #applyOnce(entry: Entry, { session, sequence }: Place): void {
    const last = this.#sessions.get(session)
    if (last === undefined || last.sequence < sequence) {
      this.result = this.#inner.apply(entry)
      this.#sessions.set(session, { sequence, result: this.result })
      return
    }
    this.repeated = true
    // For an even earlier command: its client has its answer and has gone on.
    this.result = last.sequence === sequence ? last.result : undefined
  }

  ask(query: unknown): unknown {
    return this.#inner.ask(query)
  }

  digest(): number | string {
    return this.#inner.digest()
  }

  get state(): MachineState {
    return { inner: this.#inner.snapshot(), sessions: new Map(this.#sessions) }
  }

  /** The process starts, with an empty machine. */
  start(): void {
    this.#inner = this.#make()
    this.#sessions = new Map()
    this.index = index(0)
  }

  restore({ index: at, state }: { readonly index: Index; readonly state: MachineState }): void {
    this.#inner.restore(state.inner)
    this.#sessions = new Map(state.sessions)
    this.index = at
  }
}
