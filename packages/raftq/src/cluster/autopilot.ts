// The autopilot of a leader: it changes the membership as nodes come and go (next-change.ts has the rules),
// and resends snapshots that were lost on the way.
import type { Replica } from '../node/index.ts'
import { describeMembership } from './describe-membership.ts'
import type { JoinedCluster } from './joined-cluster.ts'
import { nextMembershipChange } from './next-change.ts'
import type { NodeContext } from './node-context.ts'
import { RemovalNotice } from './removal-notice.ts'

/**
 * A node that wants to join asks in every few rounds of gossip. A request lapses after this many silent
 * rounds.
 */
const roundsOfRequest = 5

export class Autopilot {
  readonly #context: NodeContext
  readonly #joinedCluster: JoinedCluster
  /** The nodes that asked to join, and when each of them asked last. */
  readonly #joining: Map<string, number> = new Map()
  /** The members that are being sent a snapshot, and since when. */
  readonly #snapshotSince: Map<string, number> = new Map()
  readonly #removalNotice: RemovalNotice = new RemovalNotice()
  #leaveRequested = false
  /** The applied index at the last look at the membership. */
  #examined = -1
  /** The membership in the last log line. */
  #logged = ''

  constructor(context: NodeContext, joinedCluster: JoinedCluster) {
    this.#context = context
    this.#joinedCluster = joinedCluster
  }

  get #now(): number {
    return this.#context.options.platform.now()
  }

  /** This node asks to become a member. */
  requestJoin(id: string): void {
    this.#joining.set(id, this.#now)
  }

  /** Other nodes say that this node left, so as leader it transfers leadership. */
  requestLeave(): void {
    this.#leaveRequested = true
  }

  /** Makes the next change of the membership, if this node leads and a change is due. */
  run(): void {
    const { node, options, peers } = this.#context
    const { replica } = this.#joinedCluster
    if (replica === null || !replica.leads || replica.transferring) return
    for (const [id, at] of this.#joining)
      if (this.#now - at > roundsOfRequest * options.minimumElectionTime) this.#joining.delete(id)
    const departed = new Set(peers.all.filter((peer) => peer.departed !== null).map(({ name }) => name))
    if (node.time === 0 || this.#leaveRequested) departed.add(String(node.id))
    const view = replica.view()
    const change = nextMembershipChange(view, { departed, joining: [...this.#joining.keys()] })
    if (change === null) {
      if (departed.size > 0 && this.#removalNotice.needsEntry(view)) replica.propose(null, new Uint8Array())
    } else if ('transferTo' in change) replica.step({ type: 'transfer', to: change.transferTo })
    else replica.reconfigure(change)
  }

  /** Whether this node may tell a removed node that it is no longer a member. */
  get mayConfirmRemovals(): boolean {
    const { replica, isMember } = this.#joinedCluster
    return replica !== null && isMember && replica.leads && this.#removalNotice.isDurable(replica.view())
  }

  /** Runs only after something was applied: a change that is refused now would be proposed again for ever. */
  afterTurn(): void {
    const { replica } = this.#joinedCluster
    if (replica === null || replica.applied === this.#examined) return
    this.#examined = replica.applied
    this.#logMembership(replica)
    this.run()
  }

  #logMembership(replica: Replica): void {
    const membership = describeMembership(replica.view())
    if (membership === null || membership === this.#logged) return
    this.#logged = membership
    this.#context.log(membership)
  }

  /**
   * Treats a snapshot that was not answered for two of the longest election timeouts as lost, so it is sent
   * again.
   */
  resendLostSnapshots(): void {
    const { replica } = this.#joinedCluster
    if (replica === null) return
    for (const [id, { state }] of replica.view().progress) {
      const since = this.#snapshotSince.get(id)
      if (state !== 'snapshot') this.#snapshotSince.delete(id)
      else if (since === undefined) this.#snapshotSince.set(id, this.#now)
      else if (this.#now - since >= 2 * this.#context.options.maximumElectionTime) {
        this.#snapshotSince.delete(id)
        replica.step({ type: 'snapshotReported', to: id, failed: true })
      }
    }
  }

  /** Forgets what it knew of the cluster that this node has left. */
  reset(): void {
    this.#joining.clear()
    this.#snapshotSince.clear()
  }
}
