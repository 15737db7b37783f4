// TIME: leader time is one clock (thesis §6.3: sessions expire by the leader's clock in the log). At each
// command it is the same on all members. The times in the committed log never go back. While one member
// leads, they follow its clock: once it has written a time into a command, it writes one into each, also into
// those of other members.
// Kills K21, K23, K25, R9.
import type { Entry, Event, NodeId, Payload } from '@oarlock/core'
import { timeOf } from '@oarlock/runtime'
import { isCommand } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation, type World } from '../world/index.ts'

/** The times are in whole ms. */
const SLACK = 2

interface Written {
  readonly term: number
  readonly time: number
  /** The true time at which it was seen. */
  readonly at: number
}

export class LeaderTimeIsOne implements Watcher {
  readonly #world: World
  readonly #committed: CommittedLog
  /** The extremes of how fast clocks run. */
  readonly #fastest: number
  readonly #slowest: number
  readonly #witnesses: ReadonlySet<NodeId>
  /** Per node: the first time that it wrote as the leader of its term, and the last one. */
  readonly #written: Map<NodeId, Written> = new Map()
  #checked = 0
  #latest = 0

  constructor(world: World, committed: CommittedLog, clockSpread: number, witnesses: ReadonlySet<NodeId>) {
    this.#world = world
    this.#committed = committed
    this.#fastest = Math.sqrt(1 + clockSpread)
    this.#slowest = 1 / this.#fastest
    this.#witnesses = witnesses
  }

  applied({ id, machine }: SimNode, entry: Entry): void {
    // A witness restores no state, and so does not know the time.
    if (!isCommand(entry) || machine.passed || this.#witnesses.has(id)) return
    const expected = this.#committed.leaderTimes[entry.index - 1]
    if (machine.leaderTime !== expected)
      throw new Violation(
        'TIME',
        `${id} applies ${place(entry)} with the leader time ${machine.leaderTime}, and by the log it is ${expected}`,
      )
  }

  taken(): void {
    this.#checkCommitted()
  }

  stepped(node: SimNode, event: Event): void {
    if (node.raft.role !== 'leader' || this.#witnesses.has(node.id)) return
    if (event.type === 'propose') for (const payload of event.entries) this.#checkWritten(node, payload)
    else if (event.type === 'receive' && event.message.type === 'propose')
      for (const payload of event.message.entries) this.#checkWritten(node, payload)
  }

  /** The leader has been handed this command, with the time in it. */
  #checkWritten({ id, raft: { term }, loop }: SimNode, payload: Payload): void {
    if (!isCommand(payload)) return
    const time = timeOf(payload.data)
    const now = this.#world.now + loop.busy
    const before = this.#written.get(id)
    if (before?.term !== term) {
      if (time > 0) this.#written.set(id, { term, time, at: now })
      return
    }
    if (time === 0)
      throw new Violation('TIME', `${id} leads and knows the time, but takes a command without it`)
    const passed = now - before.at
    const told = time - before.time
    if (told > passed * this.#fastest + SLACK || told < passed * this.#slowest - SLACK)
      throw new Violation(
        'TIME',
        `${id} takes a command ${told} ms of leader time after an earlier one, and ${passed} ms have passed`,
      )
  }

  #checkCommitted(): void {
    const { entries } = this.#committed
    for (; this.#checked < entries.length; this.#checked++) {
      const entry = entries[this.#checked]!
      const time = isCommand(entry) ? timeOf(entry.data) : 0
      if (time === 0) continue
      if (time < this.#latest)
        throw new Violation(
          'TIME',
          `the leader time goes back: ${this.#latest} was written before, and ${time} into ${place(entry)}`,
        )
      this.#latest = time
    }
  }
}
