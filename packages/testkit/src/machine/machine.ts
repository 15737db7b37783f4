// A replica's state machine under its table of sessions (thesis §6.3): a command that a client repeats, because it does not know
// what became of it, takes effect once, and is answered as it was the first time. The table is part of the state: it is in every
// snapshot, and changes only by what is applied. One session has one command under way at a time.
import { type Entry, type Index, index } from '@oarlock/core'
import type { Application } from './application.ts'
import { HashChain } from './hash-chain.ts'
import { HostedMachine } from './hosted.ts'
import { isCommand, type Place, placeInSession } from './payload.ts'
import type { Snapshot } from './snapshot.ts'

/** What lies under the sessions. */
export interface EntryMachine {
  apply(entry: Entry): unknown
  ask(query: unknown): unknown
  /** Not changed by what is applied later. */
  snapshot(): unknown
  restore(state: unknown): void
  /** Equal where states are. */
  digest(): number | string
}

/** A new, empty one for each replica. */
export type MachineFactory = () => EntryMachine

export function machinesFor(application: Application | null): MachineFactory {
  return application === null ? () => new HashChain() : () => new HostedMachine(application)
}

interface Answered {
  readonly sequence: number
  readonly result: unknown
}

/** What a snapshot holds. */
export interface MachineState {
  readonly inner: unknown
  readonly sessions: ReadonlyMap<number, Answered>
}

export class Machine {
  /** The last entry that was applied, itself or by a snapshot. */
  index: Index = index(0)
  /** Of the last entry. */
  result: unknown = undefined
  /** The last entry was a command that had taken effect before: it took none. */
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
    // An earlier one still: its client has had its answer and has gone on.
    this.result = last.sequence === sequence ? last.result : undefined
  }

  ask(query: unknown): unknown {
    return this.#inner.ask(query)
  }

  digest(): number | string {
    return this.#inner.digest()
  }

  /** For a snapshot. */
  get state(): MachineState {
    return { inner: this.#inner.snapshot(), sessions: new Map(this.#sessions) }
  }

  /** The process starts anew, from its snapshot; null: there is none. */
  start(snapshot: Snapshot | null): void {
    this.#inner = this.#make()
    this.#sessions = new Map()
    this.index = index(0)
    if (snapshot !== null) this.restore(snapshot)
  }

  /** The snapshot replaces what is there. */
  restore({ index: at, state }: Pick<Snapshot, 'index' | 'state'>): void {
    this.#inner.restore(state.inner)
    this.#sessions = new Map(state.sessions)
    this.index = at
  }
}
