// The committed log as the observer knows it. The first node to commit an index sets it for good. The states
// of a state machine and the configurations follow from it.
import {
  type Configuration,
  decodeChange,
  type Entry,
  type Index,
  index,
  type Millis,
  type NodeId,
  type Term,
} from '@oarlock/core'
import { foundersTable, type TableState, tableAfter } from '@oarlock/runtime'
import { Machine, type MachineFactory, sameBytes, writeOf } from '../machine/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'
import { expectedConfiguration } from './expected-configuration.ts'
import { SessionModel, type Verdict } from './session-model.ts'

/** Whether two entries are equal byte for byte. They are nearly always one object, which nodes share. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true
  if (a.index !== b.index || a.term !== b.term || a.type !== b.type) return false
  return sameBytes(a.data, b.data)
}

interface InForce {
  /** Applied from this index on. */
  readonly from: Index
  readonly configuration: Configuration
  readonly table: TableState
}

export class CommittedLog {
  /** `entries[i]` has index i + 1. */
  readonly entries: Entry[] = []
  /** The term of the node that was the first to commit it. */
  readonly committedIn: Term[] = []
  /**
   * `digests[i]`: the state at index i of a machine that applies this log once and in order, and never
   * restarts.
   */
  readonly digests: (number | string)[]
  /** `results[i]`: the result of that machine for `entries[i]`. */
  readonly results: unknown[] = []
  /** `verdicts[i]`: what becomes of `entries[i]` by the sessions. */
  readonly verdicts: Verdict[] = []
  /** `leaderTimes[i]`: the leader time at `entries[i]`. */
  readonly leaderTimes: Millis[] = []
  readonly configurations: InForce[]

  readonly #sessions: SessionModel = new SessionModel()
  readonly #model: Machine
  readonly #writes: Set<number> = new Set()
  readonly #takenIn: Set<string> = new Set()

  constructor(founders: Configuration, machines?: MachineFactory) {
    this.#model = new Machine(machines)
    this.digests = [this.#model.digest()]
    this.configurations = [{ from: index(0), configuration: founders, table: foundersTable(founders) }]
  }

  get length(): number {
    return this.entries.length
  }

  /** The last committed configuration. */
  get configuration(): Configuration {
    return this.configurations.at(-1)!.configuration
  }

  /** The configuration in force when everything up to `applied` is applied. */
  configurationAt(applied: Index): Configuration {
    let at = this.configurations.length - 1
    while (at > 0 && this.configurations[at]!.from > applied) at--
    return this.configurations[at]!.configuration
  }

  /** The table of members when everything up to `applied` is applied. */
  tableAt(applied: Index): TableState {
    return this.configurations.findLast(({ from }) => from <= applied)!.table
  }

  /** What becomes of the store's command at this index, by its session. */
  storeVerdictAt(at: Index): Verdict {
    return this.#sessions.storeVerdicts.get(at) ?? 'effect'
  }

  /** Whether the log has the write of this number. */
  holdsWrite(id: number): boolean {
    return this.#writes.has(id)
  }

  /** Whether a change has taken this incarnation in as a member. */
  hasTakenIn(id: NodeId, incarnation: string): boolean {
    return this.#takenIn.has(`${id} ${incarnation}`)
  }

  push(entry: Entry, term: Term): void {
    this.entries.push(entry)
    const write = writeOf(entry)
    if (write > 0) this.#writes.add(write)
    this.committedIn.push(term)
    this.verdicts.push(this.#sessions.next(entry))
    this.leaderTimes.push(this.#sessions.leaderTime)
    this.applyTo(this.#model, entry)
    this.digests.push(this.#model.digest())
    this.results.push(this.#model.result)
    if (entry.type === 'configuration') this.#changeBy(entry)
  }

  /** Applies a committed entry to a machine of the model. */
  applyTo(machine: Machine, entry: Entry): void {
    const at = entry.index - 1
    if (this.verdicts[at] === 'effect') machine.apply(entry, this.leaderTimes[at]!)
    else machine.pass(entry)
  }

  #changeBy(entry: Entry): void {
    const configuration = expectedConfiguration(this.configuration, decodeChange(entry.data))
    if (configuration === null) throw new Violation('CONF', `the change at ${place(entry)} is invalid there`)
    const table = tableAfter(this.configurations.at(-1)!.table, entry)
    this.configurations.push({ from: entry.index, configuration, table })
    for (const [id, { incarnation }] of table.members) this.#takenIn.add(`${id} ${incarnation}`)
  }
}
