// The peers that this member has met, and the founding of a new cluster. A new cluster begins when its
// founders agree on who they are: each has accepted every other one, and has recorded that durably before it
// said so. So two incarnations of one member never both take part. A member that is not founded yet gives no
// vote, stands for no election and acknowledges nothing.
import { type Index, index, type NodeId } from '@oarlock/core'
import { firstGeneration, refusalOfGeneration, refusalWithoutBackup } from './generation.ts'
import type {
  Generation,
  KnownPeer,
  MemberIdentity,
  PeerRecord,
  Refusal,
  StoredIdentity,
} from './identity.ts'
import { type Encounter, membershipOf, refusalOf } from './refusal.ts'
import type { ShownMembership } from './shown-membership.ts'

/**
 * `all`: every founder must have been heard once. `majority`: more than half of them. Then a member that was
 * never heard may be started with a wrong configuration, or may have lost its disk, and nobody can tell.
 */
export type FoundingRule = 'all' | 'majority'

export interface PeerIdentitiesInit {
  readonly own: MemberIdentity
  /** The members as this one knows them now. Default: the founders. */
  readonly membership?: () => ShownMembership
  readonly stored: StoredIdentity
  readonly rule: FoundingRule
  /**
   * It founds nothing: it learns the founders from a member, and takes part when the cluster has agreed to
   * it.
   */
  readonly isNewcomer?: boolean
  /** Where it may be dialled now, if it joins. */
  readonly address?: () => string | null
  /** The log or the hard state is not empty: the member has taken part before. */
  readonly hasTakenPart: boolean
  /** Makes the record durable, then calls back, never before it returns. One at a time. */
  readonly write: (record: PeerRecord, done: (failure: Error | null) => void) => void
  /** Called once, when the cluster is founded as far as this member knows. Never before `begin`. */
  readonly founded: (founders: readonly NodeId[]) => void
  /** A peer was refused, or accepted after a refusal (null). */
  readonly judged: (peer: MemberIdentity, refusal: Refusal | null) => void
  /** The record could not be written. */
  readonly failed: (cause: Error) => void
}

export class PeerIdentities {
  readonly #init: PeerIdentitiesInit
  readonly #known: Map<NodeId, KnownPeer>
  readonly #remotes = new Map<NodeId, string>()
  /** Of the peers that this member has accepted. */
  readonly #generations = new Map<NodeId, Generation | null>()
  /** The peers that have accepted this member, in this process. */
  readonly #heard = new Set<NodeId>()
  /** The peers that know another incarnation of this member, as they have said in this process. */
  readonly #denied = new Set<NodeId>()
  #founders: readonly NodeId[]
  #founded: boolean
  /** Null: none yet. */
  #generation: Generation | null
  /** The cluster has agreed to this incarnation. */
  #takenIn = false
  #votesFrom: Index
  #begun = false
  #stopped = false
  #writing = false
  /** Called when the record as it is now is durable. */
  #waiting: (() => void)[] = []

  constructor(init: PeerIdentitiesInit) {
    this.#init = init
    this.#known = new Map(init.stored.record.peers)
    const { founded, generation, votesFrom = index(0) } = init.stored.record
    this.#founders = init.own.founders
    // Without the founders nobody knows the configuration that the log begins with.
    const isKnown = this.#founders.length > 0
    // A member that was restored from a backup has a term and no part yet.
    this.#founded = isKnown && (founded || (init.hasTakenPart && generation === undefined))
    this.#generation = generation ?? (this.#founded ? firstGeneration : null)
    this.#votesFrom = votesFrom
  }

  /** As this member shows it now. */
  get own(): MemberIdentity {
    const { own, membership, address } = this.#init
    const { joins } = own
    return {
      ...own,
      generation: this.#generation,
      founders: this.#founders,
      ...(membership === undefined ? {} : { membership: membership() }),
      ...(joins === undefined || address === undefined ? {} : { joins: { ...joins, address: address() } }),
    }
  }

  /** Sorted. Empty: a newcomer does not know them yet. */
  get founders(): readonly NodeId[] {
    return this.#founders
  }

  /**
   * A newcomer has met a member of its cluster, which knows the founders. The last one that it met is right.
   */
  learnFounders({ cluster, founders }: MemberIdentity): void {
    const { own, isNewcomer = false } = this.#init
    if (!isNewcomer || this.#takenIn || this.#founded) return
    if (cluster !== own.cluster || founders.length === 0) return
    this.#founders = [...founders].sort()
  }

  /** The incarnation that this member has recorded of a peer, or its own. */
  incarnationOf(id: NodeId): string | null {
    const { own, stored } = this.#init
    return id === own.id ? stored.incarnation : (this.#known.get(id)?.incarnation ?? null)
  }

  /** Whether the member takes part in elections. */
  get isFounded(): boolean {
    return this.#founded
  }

  /**
   * It must not vote or stand before this much of the log is committed here: see membership/right-to-vote.ts.
   */
  get votesFrom(): Index {
    return this.#votesFrom
  }

  /**
   * Of a newcomer that the cluster has not agreed to yet. 'asks': it has met no member. 'waits': it waits
   * until the leader takes it in.
   */
  get joining(): 'asks' | 'waits' | null {
    if (this.#init.isNewcomer !== true || this.#founded) return null
    return this.#founders.length === 0 ? 'asks' : 'waits'
  }

  /** The founders that this member still waits for; none once it is founded. */
  get awaited(): readonly NodeId[] {
    const { own, isNewcomer = false } = this.#init
    const { id, founders } = own
    if (this.#founded || isNewcomer || !founders.includes(id)) return []
    return founders.filter((member) => member !== id && !this.#heard.has(member))
  }

  /** Calls `founded` now, or when enough founders are heard. */
  begin(): void {
    this.#begun = true
    if (this.#founded) this.#init.founded(this.#founders)
    else if (this.#takenIn) this.#found()
    else this.#foundIfEnoughAreHeard()
  }

  stop(): void {
    this.#stopped = true
    this.#waiting = []
  }

  /**
   * A peer has shown its identity. Calls `answer` with null to accept it, after what was learned is durable;
   * perhaps before this returns.
   */
  meet(encounter: Encounter, answer: (refusal: Refusal | null) => void): void {
    const { peer, remote } = encounter
    this.learnFounders(peer)
    const known = this.#known.get(peer.id)
    const { own } = this
    const refusal =
      (this.#founded ? null : refusalWithoutBackup(own, peer)) ??
      refusalOf(own, encounter, known, this.#remotes.get(peer.id))
    this.#init.judged(peer, refusal)
    this.#foundIfTakenIn(peer)
    if (refusal !== null) return answer(refusal)
    this.#remotes.set(peer.id, remote)
    this.#generations.set(peer.id, peer.generation ?? null)
    const { incarnation, starts } = peer
    const token = starts.recent.at(-1) ?? ''
    const address = addressIn(peer, known)
    if (
      known !== undefined &&
      known.start === starts.count &&
      known.token === token &&
      known.address === address
    ) {
      if (this.#writing) this.#waiting.push(() => answer(null))
      else answer(null)
      return
    }
    const met: KnownPeer = { incarnation, start: starts.count, token }
    this.#known.set(peer.id, address === undefined ? met : { ...met, address })
    this.#record(() => answer(null))
  }

  /** The peer has accepted this member, and this member the peer. */
  accepted(peer: NodeId): void {
    this.#heard.add(peer)
    this.#denied.delete(peer)
    this.#foundIfEnoughAreHeard()
  }

  /** The peer has refused this member. */
  refusedBy(peer: NodeId, { reason }: Refusal): void {
    this.#heard.delete(peer)
    if (reason === 'other-incarnation') this.#denied.add(peer)
  }

  #foundIfEnoughAreHeard(): void {
    const { own, rule, isNewcomer = false } = this.#init
    if (isNewcomer) return
    // Members that have lost their disks accept anybody. One that has not knows better.
    if (this.#denied.size > 0) return
    if (own.founders.includes(own.id) && enoughAreHeard(own, this.#heard, rule)) this.#found()
  }

  /**
   * A member of the same cluster that lists this incarnation has applied the change that took it in, so a
   * majority has agreed to it.
   */
  #foundIfTakenIn(peer: MemberIdentity): void {
    const { id, cluster, incarnation } = this.#init.own
    const { version, members } = membershipOf(peer)
    const member = peer.cluster === cluster ? members[id] : undefined
    if (member?.incarnation !== incarnation || refusalOfGeneration(this.own, peer) !== null) return
    this.#generation ??= peer.generation ?? firstGeneration
    if (this.#founded || this.#takenIn) return
    this.#takenIn = true
    // A founder that never heard all the others has voted for nobody, and its list of members is as old as its log.
    if (!member.isFirst) this.#votesFrom = version
    this.#found()
  }

  #found(): void {
    if (this.#founded || !this.#begun) return
    this.#founded = true
    const theirs = [...this.#heard].map((peer) => this.#generations.get(peer) ?? null)
    this.#generation ??= theirs.find((generation) => generation !== null) ?? firstGeneration
    this.#record(() => this.#init.founded(this.#founders))
  }

  /** `then` is called when the record as it is now is durable. */
  #record(then: () => void): void {
    this.#waiting.push(then)
    if (!this.#writing) this.#write()
  }

  #write(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#writing = true
    const { isNewcomer = false, write } = this.#init
    const generation = this.#generation ?? firstGeneration
    const record: PeerRecord = {
      founded: this.#founded,
      ...(generation.number === 0 ? {} : { generation }),
      ...(this.#votesFrom === 0 ? {} : { votesFrom: this.#votesFrom }),
      peers: new Map(this.#known),
      ...(isNewcomer && this.#founded ? { founders: this.#founders } : {}),
    }
    write(record, (failure) => {
      this.#writing = false
      if (this.#stopped) return
      if (failure !== null) return this.#init.failed(failure)
      for (const then of waiting) then()
      if (this.#waiting.length > 0 && !this.#writing) this.#write()
    })
  }
}

/** Where the cluster says that the peer is. A table that does not say it changes nothing. */
const addressIn = ({ id, membership }: MemberIdentity, known: KnownPeer | undefined): string | undefined =>
  membership?.members[id]?.address ?? known?.address

/** Whether a new cluster may begin: see {@link FoundingRule}. */
export function enoughAreHeard(
  { id, founders }: Pick<MemberIdentity, 'id' | 'founders'>,
  heard: ReadonlySet<NodeId>,
  rule: FoundingRule,
): boolean {
  const count = founders.filter((member) => member === id || heard.has(member)).length
  return rule === 'all' ? count === founders.length : count * 2 > founders.length
}
