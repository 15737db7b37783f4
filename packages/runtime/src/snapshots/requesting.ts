// Asks for a snapshot, on a member that has none of its own which is sound. Its log, its votes and its
// promises are: so it votes and acknowledges meanwhile. It lacks the state that its log goes on from, and so
// applies nothing.
//
// The leader is asked. A member that leads hands leadership over, and asks the next one. The request is a
// progress of attempt 0, which no offer has. Versions that do not know it ignore it.
import {
  type Configuration,
  type Event,
  index,
  isConfiguration,
  type LogReader,
  type Millis,
  type NodeId,
  type Raft,
  type SnapshotProgress,
} from '@oarlock/core'
import type { SnapshotDamagedError } from '../errors.ts'
import type { Clock, EventLoop, PeerMessage } from '../ports/index.ts'

export interface RequestingInit {
  readonly raft: Raft
  readonly log: LogReader
  readonly clock: Clock
  readonly eventLoop: EventLoop
  /** How often it asks, in ms. */
  readonly interval: Millis
  readonly post: (to: NodeId, message: PeerMessage) => void
  readonly step: (event: Event) => void
}

export class Requesting {
  /** Why it has none. */
  readonly cause: SnapshotDamagedError
  readonly #init: RequestingInit
  #handOvers = 0
  #stopped = false
  #cancelTimer: (() => void) | null = null

  constructor(init: RequestingInit, cause: SnapshotDamagedError) {
    this.#init = init
    this.cause = cause
  }

  begin(): void {
    this.#ask()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
  }

  /** Another leader, or this member leads. The core is in the middle of a turn. */
  roleChanged(): void {
    this.#init.eventLoop.endOfTurn(() => this.#ask())
  }

  #ask(): void {
    if (this.#stopped) return
    const { raft, log, clock, interval, post } = this.#init
    const { role, leader } = raft
    const leads = role === 'leader'
    if (leads) this.#handOver()
    else if (leader !== null) post(leader, requestOf(raft, log))
    this.#cancelTimer?.()
    const again = leads ? interval / handOversInInterval : interval
    this.#cancelTimer = clock.at(clock.now() + again, () => this.#ask())
  }

  /**
   * The core chooses a successor, of those that have answered. If its choices have no state either, each of
   * the others has its turn.
   */
  #handOver(): void {
    const { raft, step } = this.#init
    const { id, configuration, transferTarget } = raft.inspect()
    if (transferTarget !== null) return
    const others = otherVoters(configuration, id)
    const round = Math.floor(this.#handOvers / choicesOfCore)
    const isOwnChoice = this.#handOvers++ % choicesOfCore === choicesOfCore - 1
    step({ type: 'transfer', to: isOwnChoice ? (others[round % others.length] ?? null) : null })
  }
}

/** A leader of no use should not lead for long: its followers answer within a round trip. */
const handOversInInterval = 4
/** One in so many hand-overs is not to the member that the core would choose. */
const choicesOfCore = 3

/** “Send me a snapshot that reaches at least so far.” */
function requestOf({ term }: Raft, log: LogReader): SnapshotProgress {
  const at = index(log.firstIndex - 1)
  return {
    type: 'snapshotProgress',
    term,
    snapshot: { index: at, term: log.termAt(at)! },
    attempt: 0,
    received: 0,
  }
}

export const isRequest = ({ attempt }: SnapshotProgress): boolean => attempt === 0

const otherVoters = ({ voters, outgoing }: Configuration, id: NodeId): readonly NodeId[] =>
  [...new Set([...voters, ...outgoing])].filter((voter) => voter !== id)

/** How many bytes of the log are read at once. */
const pageBytes = 1024 * 1024

/**
 * Nobody could send this member a snapshot, now or after a change of the membership that its log may hold.
 */
export function isAlone(raft: Raft, log: LogReader): boolean {
  const { id, configuration } = raft.inspect()
  if (otherVoters(configuration, id).length > 0) return false
  for (let at = log.firstIndex; at <= log.lastIndex; ) {
    const page = log.entries(at, index(log.lastIndex + 1), pageBytes)
    if (page.some(isConfiguration)) return false
    at = index(at + page.length)
  }
  return true
}
