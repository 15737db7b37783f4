// Follows a member's state machine: which of the entries that the core has handed out are applied, and that the runtime
// applies each of them once, in order, and says so neither too early nor with other bytes.
import type { Entry, Index, SnapshotMeta } from '@oarlock/core'
import { type ApplyContext, commandOf } from '@oarlock/runtime'
import { isCommand, type Machine, sameBytes } from '../machine/index.ts'
import { Violation } from '../world/index.ts'

export class Applying {
  readonly #id: string
  readonly #machine: Machine
  readonly #applied: (entry: Entry) => void
  /** Handed out, and not applied yet. */
  #pending: Entry[] = []
  #next = 0

  constructor(id: string, machine: Machine, applied: (entry: Entry) => void) {
    this.#id = id
    this.#machine = machine
    this.#applied = applied
  }

  /** The core has handed these out. */
  handedOut(entries: readonly Entry[]): void {
    if (this.#next === this.#pending.length) {
      this.#pending = [...entries]
      this.#next = 0
    } else this.#pending.push(...entries)
  }

  /** The runtime applies a command. */
  command(bytes: Uint8Array, { index, term }: ApplyContext): void {
    this.#passTo(index)
    const entry = this.#pending[this.#next]
    if (entry?.index !== index || entry.term !== term || !sameBytes(commandOf(entry.data), bytes))
      throw new Violation(
        'APPLY',
        `${this.#id} applies a command as ${index}@${term}; next to apply is ${entry === undefined ? 'nothing' : `${entry.index}@${entry.term}`}`,
      )
    this.#apply(entry)
  }

  /** The runtime says that everything up to `index` is applied. */
  confirmed(index: Index): void {
    this.#passTo(index + 1)
    if (this.#machine.index < index)
      throw new Violation(
        'APPLY',
        `${this.#id} says that ${index} is applied; its state machine is at ${this.#machine.index}`,
      )
  }

  /** A snapshot has replaced the state: what it stands for is not applied any more. */
  installed({ index }: SnapshotMeta): void {
    this.#pending = this.#pending.slice(this.#next).filter((entry) => entry.index > index)
    this.#next = 0
  }

  /** Entries before `index` that are no commands: the runtime has nothing to do for them. */
  #passTo(index: number): void {
    for (;;) {
      const entry = this.#pending[this.#next]
      if (entry === undefined || entry.index >= index || isCommand(entry)) return
      this.#apply(entry)
    }
  }

  #apply(entry: Entry): void {
    this.#next++
    this.#machine.apply(entry)
    this.#applied(entry)
  }
}
