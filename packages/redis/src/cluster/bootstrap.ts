// What an instance does that has no leader, or leads without the record's leave: join the cluster that there is, found one, or wait. A pure
// function of what it knows (ARCHITECTURE.md, "Generations").
import type { Millis, NodeId } from '@oarlock/core'
import type { ClusterIdentity, ClusterRecord, RecordView } from './registry.ts'

export interface Situation extends RecordView {
  readonly self: NodeId
  /** The cluster that it takes part in. */
  readonly own: ClusterIdentity | null
  /** Whether it is a member there: only then it knows who votes, and has known it lately. */
  readonly isMember: boolean
  /** The voters that it leads there; null: it does not lead. */
  readonly electorate: readonly NodeId[] | null
  /** Ids of clusters that it has taken part in, its own among them: what it knew there is forgotten, so it must not come back. */
  readonly left: ReadonlySet<string>
  /** For how long it has heard no leader, while Redis was there. */
  readonly leaderlessFor: Millis
  /** Instances that follow nobody, this one included. */
  readonly present: readonly NodeId[]
  /** How many found a cluster together; null: whoever comes first does. */
  readonly expected: number | null
  /** How long to listen before founding anything: a living cluster has answered by then. */
  readonly listenFor: Millis
  readonly generationTimeout: Millis
}

export type Step =
  | { readonly type: 'wait' }
  | { readonly type: 'join'; readonly cluster: ClusterRecord }
  | {
      readonly type: 'claim'
      readonly founders: readonly NodeId[]
      /** The cluster there is counts as alive: whether its voters are there is to be asked in the same breath. */
      readonly ifVotersAreGone: boolean
    }

const wait: Step = { type: 'wait' }
const found = (founders: readonly NodeId[], ifVotersAreGone = false): Step => ({
  type: 'claim',
  founders,
  ifVotersAreGone,
})

export function nextStep(situation: Situation): Step {
  const {
    self,
    record,
    alive,
    own,
    isMember,
    electorate,
    left,
    leaderlessFor,
    listenFor,
    generationTimeout,
  } = situation
  if (record !== null && !record.over && !left.has(record.id)) return { type: 'join', cluster: record }
  // It leads, and the record has lapsed: those who follow go on with it as a new generation.
  if (electorate !== null) return alive ? wait : found(electorate)
  if (leaderlessFor < listenFor) return wait
  if (alive) return record?.id === own?.id && isMember ? found([self], true) : wait
  // Its own cluster may have a leader soon, which goes on as above.
  if (own !== null && leaderlessFor < generationTimeout) return wait
  return record === null || record.over ? bootstrap(situation) : found([self])
}

/** The first of those who are there, in an order that all agree on, as many as are expected. */
function bootstrap({ self, present, expected }: Situation): Step {
  if (expected === null) return found([self])
  const founders = [...present].sort().slice(0, expected)
  return founders.length === expected && founders.includes(self) ? found(founders) : wait
}
