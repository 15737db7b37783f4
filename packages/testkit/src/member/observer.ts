// The observer calls the checkers after each event that they watch for. They see true time, the disks, and
// the effects of nodes, not only a core's own reports.
import type {
  Effects,
  Entry,
  EntryId,
  Envelope,
  Event,
  Index,
  ProposalOutcome,
  ReadOutcome,
} from '@oarlock/core'
import type { Leadership } from '@oarlock/runtime'

/** The events that a checker or another watcher may watch for. */
export interface WatcherOf<Node> {
  /** A node started from its disk. */
  started?(node: Node): void
  /** A node crashed. Its disk shows what survived. */
  crashed?(node: Node): void
  /** A node that is down has lost its disk. The next start finds an empty one. */
  lostDisk?(node: Node): void
  /** A node takes part: its cluster is founded, as far as it knows. */
  founded?(node: Node): void
  /** A node has dialled a process, and each has accepted the other. */
  accepted?(node: Node, peer: Node): void
  /** A write of what a node knows of its peers has begun. It takes `duration` ms. */
  recording?(node: Node, duration: number): void
  /** A core handled one event. */
  stepped?(node: Node, event: Event): void
  /** A core handed out effects. `node.log` includes them, and they were not carried out yet. */
  taken?(node: Node, effects: Effects): void
  /** A message leaves a node, perhaps to itself. */
  leaving?(node: Node, envelope: Envelope): void
  /** A node's durable entries from this index on, its hard state or its snapshot changed. */
  durable?(node: Node, from: Index): void
  /** A state machine applied an entry. */
  applied?(node: Node, entry: Entry): void
  /** The store of a node has applied a command. Its answer, encoded. */
  storeApplied?(node: Node, index: Index, command: Uint8Array, answer: Uint8Array): void
  /** A snapshot of this place has replaced a node's log, and its state machine is to be restored. */
  installed?(node: Node, place: EntryId): void
  /** A state machine was restored from a snapshot of this place, at a start or when one was installed. */
  restored?(node: Node, place: EntryId): void
  /** A leadership has begun, and the application sees it. */
  began?(node: Node, leadership: Leadership): void
  /** The application has read `held` of a leadership. */
  looked?(node: Node, leadership: Leadership, held: boolean): void
  /** A proposer was told the place of its proposal, or why it has none. */
  answered?(node: Node, outcome: ProposalOutcome): void
  /** A reader was told which index to apply before it may read. */
  readable?(node: Node, outcome: ReadOutcome): void
  /** The faults are over, and the cluster has converged. */
  ended?(): void
}

type Hook = keyof WatcherOf<unknown>
const hooks: readonly Hook[] = [
  'started',
  'crashed',
  'lostDisk',
  'founded',
  'accepted',
  'recording',
  'stepped',
  'taken',
  'leaving',
  'durable',
  'applied',
  'storeApplied',
  'installed',
  'restored',
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
    lostDisk: [],
    founded: [],
    accepted: [],
    recording: [],
    stepped: [],
    taken: [],
    leaving: [],
    durable: [],
    applied: [],
    storeApplied: [],
    installed: [],
    restored: [],
    began: [],
    looked: [],
    answered: [],
    readable: [],
    ended: [],
  }

  /** Adds a watcher, which is called after the earlier ones. */
  add(watcher: WatcherOf<Node>): void {
    for (const hook of hooks) if (watcher[hook] !== undefined) this.#of[hook].push(watcher)
  }

  started(node: Node): void {
    for (const watcher of this.#of.started) watcher.started!(node)
  }

  crashed(node: Node): void {
    for (const watcher of this.#of.crashed) watcher.crashed!(node)
  }

  lostDisk(node: Node): void {
    for (const watcher of this.#of.lostDisk) watcher.lostDisk!(node)
  }

  founded(node: Node): void {
    for (const watcher of this.#of.founded) watcher.founded!(node)
  }

  accepted(node: Node, peer: Node): void {
    for (const watcher of this.#of.accepted) watcher.accepted!(node, peer)
  }

  recording(node: Node, duration: number): void {
    for (const watcher of this.#of.recording) watcher.recording!(node, duration)
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

  storeApplied(node: Node, index: Index, command: Uint8Array, answer: Uint8Array): void {
    for (const watcher of this.#of.storeApplied) watcher.storeApplied!(node, index, command, answer)
  }

  installed(node: Node, place: EntryId): void {
    for (const watcher of this.#of.installed) watcher.installed!(node, place)
  }

  restored(node: Node, place: EntryId): void {
    for (const watcher of this.#of.restored) watcher.restored!(node, place)
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
