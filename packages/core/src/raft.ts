// Raft as one function: step(event, now). The rules of terms come first (paper §5.1), then the handler of the
// role. Effects gather until the runtime takes them.
import type { RaftConfig } from './config.ts'
import type { Effects, Persist } from './effect.ts'
import type { Event } from './event.ts'
import { invariant } from './invariant.ts'
import { type LogReader, placeMadeDurable } from './log/index.ts'
import {
  activateUpTo,
  changeToPropose,
  compactable,
  leaveJointIfDue,
  mostCaughtUpVoter,
  Node,
  type RaftView,
  ReadyEffects,
  standForElection,
  viewOf,
} from './node/index.ts'
import { receive } from './receive.ts'
import { handlersOf } from './roles/index.ts'
import { leaseRanOut, nextDeadline, tick } from './tick.ts'
import {
  type Index,
  index,
  type Millis,
  type NodeId,
  type RestoredState,
  type Role,
  type Term,
} from './types.ts'

export interface RaftInit {
  /** Made and checked by `completeConfig`. */
  readonly config: RaftConfig
  readonly restored: RestoredState
  /**
   * A live view of the durable entries: it holds a write's entries by the time its `persisted` is stepped.
   */
  readonly log: LogReader
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** This node's monotonic clock now. */
  readonly now: Millis
}

/** One node of one group. Throws InvariantError where going on would be unsafe: stop the node. */
export class Raft {
  readonly #node: Node
  readonly #ready: ReadyEffects
  /** It was looked for effects since the last event, and there were none. */
  #atRest = false

  constructor({ config, restored, log, random, now }: RaftInit) {
    this.#node = new Node({ config, restored, log, random, now })
    this.#ready = new ReadyEffects(this.#node, restored.hardState)
  }

  get role(): Role {
    return this.#node.role
  }

  get term(): Term {
    return this.#node.term
  }

  get leader(): NodeId | null {
    return this.#node.leader
  }

  get commit(): Index {
    return this.#node.log.commit
  }

  get applied(): Index {
    return this.#node.log.applied
  }

  /**
   * On a leader the index of its no-op, else 0. Once it is applied, the state machine holds everything that
   * earlier terms committed. In a cluster that only elects (RaftConfig.electionOnly) there is nothing to wait
   * for: 0.
   */
  get termStart(): Index {
    const { config, termStart } = this.#node
    return config.electionOnly ? index(0) : termStart
  }

  /**
   * The node's clock when its lease ends; -Infinity without one. Leadership is held while `role` is leader
   * and now is before this.
   */
  get leaseDeadline(): Millis {
    return this.#node.leaseDeadline
  }

  /**
   * Up to where the runtime should replace the log by a snapshot: the applied entries, except those that
   * others may still need. These are a leader's members that are not far behind or are being sent an earlier
   * snapshot, and on a witness every voter. It may be below what is compacted already.
   */
  get compactableIndex(): Index {
    return compactable(this.#node)
  }

  get hasEffects(): boolean {
    if (!this.#atRest) this.#atRest = !this.#ready.any
    return !this.#atRest
  }

  /** Hands out the effects that gathered since the last take. Carry them out as effect.ts says. */
  take(): Effects {
    return this.#ready.take()
  }

  /** When a `tick` is next needed; earlier ones do no harm. Infinity: not before another event. */
  nextDeadline(): Millis {
    return nextDeadline(this.#node)
  }

  /** For scripted runs: sets the length of the current wait. The next one is drawn as usual. */
  setRandomizedElectionTimeout(timeout: Millis): void {
    this.#node.timer.length = timeout
  }

  /**
   * Takes in one event. `now`: this node's monotonic clock, read after the event happened. It never goes
   * back.
   */
  step(event: Event, now: Millis): void {
    const node = this.#node
    this.#atRest = false
    if (now > node.now) node.now = now
    if (leaseRanOut(node)) node.becomeFollower(node.term, null, { reason: 'lease-ran-out' })
    switch (event.type) {
      case 'tick':
        return tick(node)
      case 'receive':
        return receive(node, event.from, event.message)
      case 'propose':
        invariant(event.entries.length > 0, 'a proposal has at least one entry')
        return handlersOf(node.role).propose(node, node.id, event)
      case 'campaign':
        return standForElection(node, 'timeout')
      case 'transfer':
        return this.#transfer(event.to)
      case 'stepDown':
        if (node.role === 'leader') node.becomeFollower(node.term, null, { reason: 'told-to' })
        return
      case 'forgetLeader':
        if (node.role === 'follower' && !node.config.lease) node.leader = null
        return
      case 'persisted':
        return this.#persisted(event.write)
      case 'applied':
        activateUpTo(node, event.index)
        node.uncommittedBytes = Math.max(0, node.uncommittedBytes - node.log.appliedTo(event.index))
        return leaveJointIfDue(node)
      case 'activate':
        return activateUpTo(node, event.index)
      case 'reconfigure':
        return this.#reconfigure(event)
      case 'read':
        return handlersOf(node.role).readIndex(node, node.id, { ...event, type: 'readIndex' })
      case 'snapshotReported':
        if (node.role === 'leader') node.progress.get(event.to)?.snapshotReported(event.failed)
        return
      case 'peerUnreachable':
        return this.#unreachable(event.id)
      default:
        return event satisfies never
    }
  }

  #unreachable(peer: NodeId): void {
    const node = this.#node
    // Plain Raft does not hurry: a node that cannot reach a healthy leader would depose it.
    if (node.role === 'follower' && peer === node.leader && node.config.preVote) node.timer.hurry()
    const progress = node.role === 'leader' ? node.progress.get(peer) : undefined
    if (progress?.state === 'replicate') progress.becomeProbe()
  }

  #reconfigure({ request, change, expected }: Extract<Event, { type: 'reconfigure' }>): void {
    const node = this.#node
    const proposed = changeToPropose(node, change, expected)
    if (typeof proposed === 'string') node.proposals.push({ request, at: null, reason: proposed })
    else handlersOf('leader').propose(node, node.id, { type: 'propose', request, entries: [proposed] })
  }

  #transfer(to: NodeId | null): void {
    const node = this.#node
    const target = to ?? (node.role === 'leader' ? mostCaughtUpVoter(node) : null)
    if (target !== null)
      handlersOf(node.role).transferLeader(node, node.id, {
        type: 'transferLeader',
        term: node.term,
        to: target,
      })
  }

  #persisted(write: Persist['write']): void {
    const node = this.#node
    // The first write holds the promise that the node began with, and later ones hold none that is longer.
    node.recordedPromise = node.promise
    const last = placeMadeDurable(write, node.term)
    if (last !== null) node.log.stableTo(last)
    if (write.snapshot !== null) node.log.installed(write.snapshot)
  }

  /**
   * On a leader, limits the bytes of entries in flight to a member, until the end of the term. 0: no limit.
   * For runtimes that measure the link.
   */
  limitInflight(member: NodeId, bytes: number): void {
    this.#node.progress.get(member)?.limitInflight(bytes)
  }

  /**
   * A frozen view, for tests, dashboards and people. `now`: this node's monotonic clock, if later than its
   * last step.
   */
  inspect(now: Millis = this.#node.now): RaftView {
    return viewOf(this.#node, now)
  }
}
