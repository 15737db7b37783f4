// Who sees everything: after each thing that happens, the checkers that watch for it are called. They look at true time,
// at the disks and at what nodes hand out, not only at what a core says of itself.
import type { Effects, Entry, Envelope, Event, Index, ProposalOutcome, ReadOutcome } from '@oarlock/core'
import type { Leadership } from '@oarlock/runtime'
import type { Snapshot } from '../machine/index.ts'

/** What a checker, or anybody else who watches, may want to be told. */
export interface WatcherOf<Node> {
  /** A node started from its disk. */
  started?(node: Node): void
  /** A node crashed; its disk shows what survived. */
  crashed?(node: Node): void
  /** A core took in one event. */
  stepped?(node: Node, event: Event): void
  /** A core handed out effects; `node.log` is up to date with them, nothing was carried out yet. */
  taken?(node: Node, effects: Effects): void
  /** A message leaves a node (or goes from it to itself). */
  leaving?(node: Node, envelope: Envelope): void
  /** Durable content of a node's disk changed: entries from this index on, the hard state or the snapshot. */
  durable?(node: Node, from: Index): void
  /** A state machine applied an entry. */
  applied?(node: Node, entry: Entry): void
  /** A snapshot has replaced a state machine's state. */
  installed?(node: Node, snapshot: Snapshot): void
  /** A leadership has begun: the application sees it. */
  began?(node: Node, leadership: Leadership): void
  /** The application has looked at a leadership, and this is what `held` said. */
  looked?(node: Node, leadership: Leadership, held: boolean): void
  /** A proposer was told where its proposal went. */
  answered?(node: Node, outcome: ProposalOutcome): void
  /** A reader was told how far to apply before it may read. */
  readable?(node: Node, outcome: ReadOutcome): void
  /** The run is over, and the cluster has converged. */
  ended?(): void
}

type Hook = keyof WatcherOf<unknown>
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

export class Observer<Node> implements Required<WatcherOf<Node>> {
  readonly #of: { [H in Hook]: WatcherOf<Node>[] } = {
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
  add(watcher: WatcherOf<Node>): void {
    for (const hook of hooks) if (watcher[hook] !== undefined) this.#of[hook].push(watcher)
  }

  started(node: Node): void {
    for (const watcher of this.#of.started) watcher.started!(node)
  }

  crashed(node: Node): void {
    for (const watcher of this.#of.crashed) watcher.crashed!(node)
  }

  stepped(node: Node, event: Event): void {
    for (const watcher of this.#of.stepped) watcher.stepped!(node, event)
  }

  taken(node: Node, effects: Effects): void {
    for (const watcher of this.#of.taken) watcher.taken!(node, effects)
  }

  leaving(node: Node, envelope: Envelope): void {
    for (const watcher of this.#of.leaving) watcher.leaving!(node, envelope)
  }

  durable(node: Node, from: Index): void {
    for (const watcher of this.#of.durable) watcher.durable!(node, from)
  }

  applied(node: Node, entry: Entry): void {
    for (const watcher of this.#of.applied) watcher.applied!(node, entry)
  }

  installed(node: Node, snapshot: Snapshot): void {
    for (const watcher of this.#of.installed) watcher.installed!(node, snapshot)
  }

  began(node: Node, leadership: Leadership): void {
    for (const watcher of this.#of.began) watcher.began!(node, leadership)
  }

  looked(node: Node, leadership: Leadership, held: boolean): void {
    for (const watcher of this.#of.looked) watcher.looked!(node, leadership, held)
  }

  answered(node: Node, outcome: ProposalOutcome): void {
    for (const watcher of this.#of.answered) watcher.answered!(node, outcome)
  }

  readable(node: Node, outcome: ReadOutcome): void {
    for (const watcher of this.#of.readable) watcher.readable!(node, outcome)
  }

  ended(): void {
    for (const watcher of this.#of.ended) watcher.ended!()
  }
}
