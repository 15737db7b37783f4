// Who sees everything: after each thing that happens, the checkers that watch for it are called. They look at true time,
// at the disks and at what nodes hand out, not only at what a core says of itself.
import type { Effects, Entry, Envelope, Event, Index, ProposalOutcome, ReadOutcome } from '@oarlock/core'
import type { Leadership } from '@oarlock/runtime'
import type { Snapshot } from '../machine/index.ts'
import type { SimNode } from './node.ts'

/** What a checker, or anybody else who watches, may want to be told. */
export interface Watcher {
  /** A node started from its disk. */
  started?(node: SimNode): void
  /** A node crashed; its disk shows what survived. */
  crashed?(node: SimNode): void
  /** A core took in one event. */
  stepped?(node: SimNode, event: Event): void
  /** A core handed out effects; `node.log` is up to date with them, nothing was carried out yet. */
  taken?(node: SimNode, effects: Effects): void
  /** A message leaves a node (or goes from it to itself). */
  leaving?(node: SimNode, envelope: Envelope): void
  /** Durable content of a node's disk changed: entries from this index on, the hard state or the snapshot. */
  durable?(node: SimNode, from: Index): void
  /** A state machine applied an entry. */
  applied?(node: SimNode, entry: Entry): void
  /** A snapshot has replaced a state machine's state. */
  installed?(node: SimNode, snapshot: Snapshot): void
  /** A leadership has begun: the application sees it. */
  began?(node: SimNode, leadership: Leadership): void
  /** The application has looked at a leadership, and this is what `held` said. */
  looked?(node: SimNode, leadership: Leadership, held: boolean): void
  /** A proposer was told where its proposal went. */
  answered?(node: SimNode, outcome: ProposalOutcome): void
  /** A reader was told how far to apply before it may read. */
  readable?(node: SimNode, outcome: ReadOutcome): void
  /** The run is over, and the cluster has converged. */
  ended?(): void
}

type Hook = keyof Watcher
const hooks: readonly Hook[] = [
  'started',
  'crashed',
  'stepped',
  'taken',
  'leaving',
  'durable',
  'applied',
  'installed',
  'began',
  'looked',
  'answered',
  'readable',
  'ended',
]

export class Observer implements Required<Watcher> {
  readonly #of: { [H in Hook]: Watcher[] } = {
    started: [],
    crashed: [],
    stepped: [],
    taken: [],
    leaving: [],
    durable: [],
    applied: [],
    installed: [],
    began: [],
    looked: [],
    answered: [],
    readable: [],
    ended: [],
  }

  /** Calls `watcher` after those that were added before it. */
  add(watcher: Watcher): void {
    for (const hook of hooks) if (watcher[hook] !== undefined) this.#of[hook].push(watcher)
  }

  started(node: SimNode): void {
    for (const watcher of this.#of.started) watcher.started!(node)
  }

  crashed(node: SimNode): void {
    for (const watcher of this.#of.crashed) watcher.crashed!(node)
  }

  stepped(node: SimNode, event: Event): void {
    for (const watcher of this.#of.stepped) watcher.stepped!(node, event)
  }

  taken(node: SimNode, effects: Effects): void {
    for (const watcher of this.#of.taken) watcher.taken!(node, effects)
  }

  leaving(node: SimNode, envelope: Envelope): void {
    for (const watcher of this.#of.leaving) watcher.leaving!(node, envelope)
  }

  durable(node: SimNode, from: Index): void {
    for (const watcher of this.#of.durable) watcher.durable!(node, from)
  }

  applied(node: SimNode, entry: Entry): void {
    for (const watcher of this.#of.applied) watcher.applied!(node, entry)
  }

  installed(node: SimNode, snapshot: Snapshot): void {
    for (const watcher of this.#of.installed) watcher.installed!(node, snapshot)
  }

  began(node: SimNode, leadership: Leadership): void {
    for (const watcher of this.#of.began) watcher.began!(node, leadership)
  }

  looked(node: SimNode, leadership: Leadership, held: boolean): void {
    for (const watcher of this.#of.looked) watcher.looked!(node, leadership, held)
  }

  answered(node: SimNode, outcome: ProposalOutcome): void {
    for (const watcher of this.#of.answered) watcher.answered!(node, outcome)
  }

  readable(node: SimNode, outcome: ReadOutcome): void {
    for (const watcher of this.#of.readable) watcher.readable!(node, outcome)
  }

  ended(): void {
    for (const watcher of this.#of.ended) watcher.ended!()
  }
}
