// Follows a member's state machine. It checks that the runtime applies each entry that the core has handed
// out once and in order, and reports it neither too early nor with other bytes.
import { type Entry, type Index, index, type LogReader, type SnapshotMeta } from '@oarlock/core'
import type { ApplyContext } from '@oarlock/runtime'
import { isCommand, isInSession, type Machine, proposedIn, sameBytes } from '../machine/index.ts'
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
  command(bytes: Uint8Array, { index, term, leaderTime }: ApplyContext): void {
    this.#passTo(index)
    const entry = this.#pending[this.#next]
    if (entry?.index !== index || entry.term !== term || !sameBytes(proposedIn(entry), bytes))
      throw new Violation(
        'APPLY',
        `${this.#id} applies a command as ${index}@${term}; the next entry to apply is ${entry === undefined ? 'nothing' : `${entry.index}@${entry.term}`}`,
      )
    this.#next++
    this.#machine.apply(entry, leaderTime)
    this.#applied(entry)
  }

  /** The runtime replays a command of the log, after a snapshot that it has restored. */
  replayed(bytes: Uint8Array, { index: at, leaderTime }: ApplyContext, log: LogReader): void {
    this.#replayTo(index(at - 1), log)
    const entry = entryAt(log, at)
    if (entry === undefined || this.#machine.index !== at - 1 || !sameBytes(proposedIn(entry), bytes))
      throw new Violation(
        'APPLY',
        `${this.#id} replays a command as ${at}; its state machine is at ${this.#machine.index}`,
      )
    this.#machine.apply(entry, leaderTime)
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

  /** Skips entries that the runtime does not replay, as `#passTo` does. */
  #replayTo(to: Index, log: LogReader): void {
    while (this.#machine.index < to) {
      const entry = entryAt(log, index(this.#machine.index + 1))
      if (entry === undefined || !mayBePassed(entry)) return
      this.#pass(entry)
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

  /** The member waits for a snapshot, and replays these entries after it. */
  passedOver(to: Index): void {
    this.#dropTo(to)
  }

  /** A snapshot has replaced the state, so its entries are no longer applied. */
  installed({ index }: SnapshotMeta): void {
    this.#dropTo(index)
  }

  #dropTo(last: Index): void {
    this.#pending = this.#pending.slice(this.#next).filter(({ index }) => index > last)
    this.#next = 0
  }

  /**
   * Skips entries before `index` that the runtime does not apply: those that are no commands, and commands of
   * sessions that take no effect. Others judge whether they do.
   */
  #passTo(index: number): void {
    for (;;) {
      const entry = this.#pending[this.#next]
      if (entry === undefined || entry.index >= index) return
      if (!mayBePassed(entry)) return
      this.#next++
      this.#pass(entry)
    }
  }

  #pass(entry: Entry): void {
    if (isCommand(entry)) this.#machine.pass(entry)
    else this.#machine.apply(entry, this.#machine.leaderTime)
    this.#applied(entry)
  }
}

const mayBePassed = (entry: Entry): boolean => !isCommand(entry) || isInSession(entry)

const entryAt = (log: LogReader, at: Index): Entry | undefined =>
  at >= log.firstIndex && at <= log.lastIndex ? log.entries(at, index(at + 1), 1)[0] : undefined
