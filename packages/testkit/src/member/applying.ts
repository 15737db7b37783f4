// Follows a member's state machine. It checks that the runtime applies each entry that the core has handed
// out once and in order, and reports it neither too early nor with other bytes.
import { type Entry, type Index, index, type LogReader, type SnapshotMeta } from '@oarlock/core'
import { type ApplyContext, bytesOf } from '@oarlock/runtime'
import { isCommand, type Machine, sameBytes } from '../machine/index.ts'
import { Violation } from '../world/index.ts'

export class Applying {
  readonly #id: string
  readonly #machine: Machine
  readonly #applied: (entry: Entry) => void
  /** Entries that were handed out and not applied yet. */
  #pending: Entry[] = []
  #next = 0

  constructor(id: string, machine: Machine, applied: (entry: Entry) => void) {
    this.#id = id
    this.#machine = machine
    this.#applied = applied
  }

  /** The core has handed out these entries. */
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
    if (entry?.index !== index || entry.term !== term || !sameBytes(bytesOf(entry.data), bytes))
      throw new Violation(
        'APPLY',
        `${this.#id} applies a command as ${index}@${term}; the next entry to apply is ${entry === undefined ? 'nothing' : `${entry.index}@${entry.term}`}`,
      )
    this.#apply(entry)
  }

  /** The runtime replays a command of the log, after a snapshot that it has restored. */
  replayed(bytes: Uint8Array, at: Index, log: LogReader): void {
    this.#replayTo(index(at - 1), log)
    const entry = entryAt(log, at)
    if (entry === undefined || this.#machine.index !== at - 1 || !sameBytes(bytesOf(entry.data), bytes))
      throw new Violation(
        'APPLY',
        `${this.#id} replays a command as ${at}; its state machine is at ${this.#machine.index}`,
      )
    this.#machine.apply(entry)
    this.#applied(entry)
  }

  /** The state is restored: it is the one after this entry. */
  restored(to: Index, log: LogReader): void {
    this.#replayTo(to, log)
    if (this.#machine.index !== to)
      throw new Violation(
        'APPLY',
        `${this.#id} reports that its state is restored to ${to}, but its state machine is at ${this.#machine.index}`,
      )
  }

  /** Skips entries that are not commands, which the runtime does not replay. */
  #replayTo(to: Index, log: LogReader): void {
    while (this.#machine.index < to) {
      const entry = entryAt(log, index(this.#machine.index + 1))
      if (entry === undefined || isCommand(entry)) return
      this.#machine.apply(entry)
      this.#applied(entry)
    }
  }

  /** The runtime reports that everything up to `index` is applied. */
  confirmed(index: Index): void {
    this.#passTo(index + 1)
    if (this.#machine.index < index)
      throw new Violation(
        'APPLY',
        `${this.#id} reports that ${index} is applied, but its state machine is at ${this.#machine.index}`,
      )
  }

  /** A snapshot has replaced the state, so its entries are no longer applied. */
  installed({ index }: SnapshotMeta): void {
    this.#pending = this.#pending.slice(this.#next).filter((entry) => entry.index > index)
    this.#next = 0
  }

  /** Skips entries before `index` that are not commands, which the runtime does not apply. */
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

const entryAt = (log: LogReader, at: Index): Entry | undefined =>
  at >= log.firstIndex && at <= log.lastIndex ? log.entries(at, index(at + 1), 1)[0] : undefined
