// The committed log as the observer knows it: the first to commit an index sets it for everybody and for ever. With it goes
// what follows from it: the state that a state machine has there, and the configuration.
import { type Configuration, decodeChange, type Entry, type Index, index, type Term } from '@oarlock/core'
import { Machine, type MachineFactory, sameBytes, writeOf } from '../machine/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'
import { expectedConfiguration } from './expected-configuration.ts'

/** Byte for byte the same entry. The same object nearly always: nodes of one simulation share them. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true
  if (a.index !== b.index || a.term !== b.term || a.type !== b.type) return false
  return sameBytes(a.data, b.data)
}

interface InForce {
  /** Applied from this index on. */
  readonly from: Index
  readonly configuration: Configuration
}

export class CommittedLog {
  /** `entries[i]` has index i + 1. */
  readonly entries: Entry[] = []
  /** The term of the node that was the first to commit it. */
  readonly committedIn: Term[] = []
  /** `digests[i]`: the state that one machine has at index i which applies all of this once, in order, and never restarts. */
  readonly digests: (number | string)[]
  /** `results[i]`: what that machine answers to `entries[i]`. */
  readonly results: unknown[] = []
  readonly configurations: InForce[]

  readonly #model: Machine
  readonly #writes: Set<number> = new Set()

  constructor(founders: Configuration, machines?: MachineFactory) {
    this.#model = new Machine(machines)
    this.digests = [this.#model.digest()]
    this.configurations = [{ from: index(0), configuration: founders }]
  }

  get length(): number {
    return this.entries.length
  }

  /** The last one that is committed. */
  get configuration(): Configuration {
    return this.configurations.at(-1)!.configuration
  }

  /** What is in force where everything up to `applied` is applied. */
  configurationAt(applied: Index): Configuration {
    let at = this.configurations.length - 1
    while (at > 0 && this.configurations[at]!.from > applied) at--
    return this.configurations[at]!.configuration
  }

  /** Is the write of this number in it? */
  holdsWrite(id: number): boolean {
    return this.#writes.has(id)
  }

  push(entry: Entry, term: Term): void {
    this.entries.push(entry)
    const write = writeOf(entry)
    if (write > 0) this.#writes.add(write)
    this.committedIn.push(term)
    this.#model.apply(entry)
    this.digests.push(this.#model.digest())
    this.results.push(this.#model.result)
    if (entry.type === 'configuration') this.#changeBy(entry)
  }

  #changeBy(entry: Entry): void {
    const configuration = expectedConfiguration(this.configuration, decodeChange(entry.data))
    if (configuration === null)
      throw new Violation('CONF', `the change at ${place(entry)} makes no sense there`)
    this.configurations.push({ from: entry.index, configuration })
  }
}
