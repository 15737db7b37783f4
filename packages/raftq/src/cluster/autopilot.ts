// What a leader looks after: the wishes of those who ask to be taken in and of those who left (what follows from them: steward.ts), and
// snapshots that were lost on the way.
import type { CompleteOptions, Replica } from '../node/index.ts'
import type { RaftNode } from '../wire/index.ts'
import type { JoinedCluster } from './joined-cluster.ts'
import { describeMembership, nextMembershipChange } from './next-change.ts'
import type { Peers } from './peers.ts'
import { RemovalNotice } from './removal-notice.ts'

/** Whoever asks does so every few rounds of hellos: after so many of silence it wishes nothing more. */
const fewRounds = 5

export interface AutopilotInit {
  readonly node: RaftNode
  readonly options: CompleteOptions
  readonly joinedCluster: JoinedCluster
  readonly peers: Peers
  readonly log: (message: string) => void
}

export class Autopilot {
  readonly #init: AutopilotInit
  /** Who asked to be taken in, and when last. */
  readonly #asking: Map<string, number> = new Map()
  /** Since when members are being sent a snapshot. */
  readonly #snapshotSince: Map<string, number> = new Map()
  readonly #removal: RemovalNotice = new RemovalNotice()
  #toldToLeave = false
  /** What was applied when the membership was looked at last for that. */
  #appliedThen = -1
  /** The membership that was told last. */
  #membership = ''

  constructor(init: AutopilotInit) {
    this.#init = init
  }

  get #now(): number {
    return this.#init.options.platform.now()
  }

  asks(id: string): void {
    this.#asking.set(id, this.#now)
  }

  /** Others say that this node left: as leader it hands over. */
  toldToLeave(): void {
    this.#toldToLeave = true
  }

  /** Makes the next change of the membership, if this node leads and there is one to make. */
  look(): void {
    const { node, options, joinedCluster, peers } = this.#init
    const { member } = joinedCluster
    if (member === null || !member.leads || member.transferring) return
    for (const [id, at] of this.#asking)
      if (this.#now - at > fewRounds * options.minimumElectionTime) this.#asking.delete(id)
    const departed = new Set(
      peers.all.filter((peer) => peer.departed !== null).map(({ node: { id } }) => String(id)),
    )
    if (node.time === 0 || this.#toldToLeave) departed.add(String(node.id))
    const view = member.view()
    const change = nextMembershipChange(view, { departed, asking: [...this.#asking.keys()] })
    if (change === null) {
      if (departed.size > 0 && this.#removal.needsEntry(view)) member.propose(null, new Uint8Array())
    } else if ('handOverTo' in change) member.transfer(change.handOverTo)
    else member.reconfigure(change)
  }

  /** Somebody that is no member any more may be told so by this node. */
  get mayLetGo(): boolean {
    const { member, isMember } = this.#init.joinedCluster
    return member !== null && isMember && member.leads && this.#removal.isRemembered(member.view())
  }

  /** Looks only when something was applied: a change that is refused now would be asked for again in the same turn, for ever. */
  settled(): void {
    const { member } = this.#init.joinedCluster
    if (member === null || member.applied === this.#appliedThen) return
    this.#appliedThen = member.applied
    this.#tellMembership(member)
    this.look()
  }

  #tellMembership(member: Replica): void {
    const words = describeMembership(member.view())
    if (words === null || words === this.#membership) return
    this.#membership = words
    this.#init.log(words)
  }

  /** A snapshot that was not answered for so long must have been lost: it is sent again. */
  giveSnapshotsUp(): void {
    const { options, joinedCluster } = this.#init
    const { member } = joinedCluster
    if (member === null) return
    for (const [id, { state }] of member.view().progress) {
      const since = this.#snapshotSince.get(id)
      if (state !== 'snapshot') this.#snapshotSince.delete(id)
      else if (since === undefined) this.#snapshotSince.set(id, this.#now)
      else if (this.#now - since >= 2 * options.maximumElectionTime) {
        this.#snapshotSince.delete(id)
        member.snapshotLost(id)
      }
    }
  }

  /** This node left its cluster. */
  left(): void {
    this.#asking.clear()
    this.#snapshotSince.clear()
  }
}
