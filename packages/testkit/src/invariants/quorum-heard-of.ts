// QUORUM: with check-quorum a leader steps down if it was awake for two election timeouts and heard from no
// quorum (thesis §6.2). Its clients must not wait for it or believe it.
// Kills P7, P21.
import type { Event, NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation, type World } from '../world/index.ts'

/** Two checks, and the lateness of timers. */
const TIMEOUTS = 2.5

/** Less than the lateness that is allowed for, in election timeouts. */
const NAP = 0.4

interface Leading {
  readonly term: number
  readonly life: number
  /** When it last heard from each peer, by its own clock. */
  readonly heard: Map<NodeId, number>
  /** The start of the judged time: it began to lead, slept, or got another configuration. */
  since: number
  applied: number
  lastTick: number
}

export class QuorumHeardOf implements Watcher {
  readonly #world: World
  readonly #committed: CommittedLog
  readonly #leading: (Leading | undefined)[] = []

  constructor(world: World, committed: CommittedLog) {
    this.#world = world
    this.#committed = committed
  }

  stepped(node: SimNode, event: Event): void {
    const { raft, place, life, clock } = node
    if (raft.role !== 'leader') {
      this.#leading[place] = undefined
      return
    }
    const now = clock.at(this.#world.now)
    let leading = this.#leading[place]
    if (leading === undefined || leading.term !== raft.term || leading.life !== life) {
      leading = { term: raft.term, life, heard: new Map(), since: now, applied: 0, lastTick: now }
      this.#leading[place] = leading
    }
    if (event.type === 'receive') leading.heard.set(event.from, now)
    else if (event.type === 'tick') this.#judge(node, leading, now)
  }

  /** By the election timeout of the leader, since it checks by that one. */
  #judge({ id, raft, config }: SimNode, leading: Leading, now: number): void {
    const { electionTimeout, heartbeatInterval } = config
    // A leader ticks at each heartbeat. When it does not for so long, it slept.
    const slept = now - leading.lastTick > heartbeatInterval + NAP * electionTimeout
    leading.lastTick = now
    const configuration = this.#committed.configurationAt(raft.applied)
    const changed = configuration !== this.#committed.configurationAt(leading.applied as typeof raft.applied)
    leading.applied = raft.applied
    if (slept || changed) leading.since = now
    const earliest = now - TIMEOUTS * electionTimeout
    if (leading.since > earliest) return
    const heard = (voter: NodeId): boolean =>
      voter === id || (leading.heard.get(voter) ?? Number.NEGATIVE_INFINITY) > earliest
    if (!isQuorum(configuration, heard))
      throw new Violation(
        'QUORUM',
        `${id} still leads term ${raft.term} but has heard from no quorum of ${describeConfiguration(configuration)} for ${TIMEOUTS} election timeouts`,
      )
  }
}
