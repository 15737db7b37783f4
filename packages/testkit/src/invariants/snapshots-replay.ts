// SMS, of a state machine under test: a snapshot that is restored, with the entries after it replayed, gives
// the state that was there without it. A snapshot that was kept for a while and restored more than once is
// unchanged (raft's snapshots are read while the machine goes on: paper §7). It is checked with the committed
// log itself, so that it does not need a crash at the right moment. `machine/application.test.ts` has
// examples.
// Kills S9.
import type { Entry } from '@oarlock/core'
import { difference, Machine, type MachineFactory, type MachineState } from '../machine/index.ts'
import type { Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'

/** How many entries are replayed. */
const KEPT_FOR = 8

export class SnapshotsReplay implements Watcher {
  readonly #committed: CommittedLog
  readonly #machines: MachineFactory
  /** Continues while its snapshot is kept. It was restored from the snapshot before. */
  #live: Machine
  #kept: MachineState
  #checked = 0

  constructor(committed: CommittedLog, machines: MachineFactory) {
    this.#committed = committed
    this.#machines = machines
    this.#live = new Machine(machines)
    this.#kept = this.#live.state
  }

  taken(): void {
    const { entries } = this.#committed
    for (; entries.length - this.#checked >= KEPT_FOR; this.#checked += KEPT_FOR) {
      const page = entries.slice(this.#checked, this.#checked + KEPT_FOR)
      for (const entry of page) this.#committed.applyTo(this.#live, entry)
      this.#compare(page)
      const next = this.#compare(page)
      this.#live = next
      this.#kept = next.state
    }
  }

  /** Restored from the kept snapshot, to replay the entries after it. */
  #compare(page: readonly Entry[]): Machine {
    const machine = new Machine(this.#machines)
    machine.restore({ index: page[0]!.index, state: this.#kept })
    this.#same(machine, this.#checked, 'a snapshot, restored,')
    for (const entry of page) this.#committed.applyTo(machine, entry)
    this.#same(machine, this.#checked + KEPT_FOR, 'what is replayed after a snapshot')
    return machine
  }

  #same(machine: Machine, at: number, what: string): void {
    const [own, expected] = [machine.digest(), this.#committed.digests[at]]
    if (own !== expected)
      throw new Violation(
        'SMS',
        `${what} is not the state at ${at} without it: ${difference(String(own), String(expected))}`,
      )
  }
}
