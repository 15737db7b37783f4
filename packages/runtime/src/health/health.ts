// What a member answers to the probes of a platform: whether it should get work (readiness), and whether a
// restart of its process would help (liveness). They are different questions. A member without a leader
// cannot serve, but a restart would take another member away from a cluster that lacks a majority.
import { duration, type Millis, type NodeId } from '@oarlock/core'
import { causeOf, sentence } from '../diagnosis/index.ts'
import type { ElectionState } from '../election/index.ts'

export type HealthReasonKind =
  /** It had to stop, and takes no part any more. */
  | 'stopped'
  /** A write to the disk has been pending for 30 s, and for ten election timeouts. */
  | 'write-pending'
  /** With `isolate`: its thread does not run. */
  | 'thread-silent'
  | 'closing'
  | 'closed'
  /** It takes no part yet: it waits for its founders, or until the leader takes it in. */
  | 'waiting'
  | 'no-leader'
  /** It is restoring its state from a snapshot, or waits for one from its peers. */
  | 'restoring'
  /** It has not applied yet what was committed when it came to know its leader. */
  | 'catching-up'

export interface HealthReason {
  /** The kinds never change. */
  readonly kind: HealthReasonKind
  /** Whole sentences, which may change. */
  readonly text: string
}

/** The answer to a probe: plain data, which survives JSON. */
export interface Health {
  readonly ok: boolean
  /** Why it is not, the most important first. Empty if it is. */
  readonly reasons: readonly HealthReason[]
}

export interface HealthFacts {
  readonly id: NodeId
  readonly state: ElectionState
  /** Why it had to stop. */
  readonly failure: unknown
  readonly electionTimeout: Millis
  /** For how long a write has been under way, in ms. Null: none is. */
  readonly writePendingFor: Millis | null
  readonly leader: NodeId | null
  readonly isRestoring: boolean
  /** It waits for a snapshot from its peers. */
  readonly lacksState: boolean
  readonly hasCaughtUp: boolean
}

/** No disk that works takes so long for a write, in ms. */
const longestWrite: Millis = 30_000

export const healthOf = (reasons: readonly HealthReason[]): Health => ({ ok: reasons.length === 0, reasons })

export const liveness = (facts: HealthFacts): Health => healthOf(wantsRestart(facts))

export const readiness = (facts: HealthFacts): Health =>
  healthOf([...wantsRestart(facts), ...takesNoPart(facts), ...lacks(facts)])

export function wantsRestart({
  id,
  state,
  failure,
  electionTimeout,
  writePendingFor,
}: Omit<HealthFacts, 'leader' | 'isRestoring' | 'lacksState' | 'hasCaughtUp'>): HealthReason[] {
  if (state === 'stopped')
    return [{ kind: 'stopped', text: sentence(`${id} had to stop: ${causeOf(failure)}`) }]
  if (writePendingFor === null || writePendingFor < Math.max(longestWrite, 10 * electionTimeout)) return []
  const since = duration(writePendingFor)
  return [{ kind: 'write-pending', text: `A write of ${id} to its disk has been pending for ${since}.` }]
}

/** Because of its own life. */
export function takesNoPart({ id, state }: Pick<HealthFacts, 'id' | 'state'>): HealthReason[] {
  if (state === 'waiting')
    return [{ kind: 'waiting', text: `${id} waits for other members, and takes no part yet.` }]
  return state === 'closing' || state === 'closed' ? [{ kind: state, text: `${id} is ${state}.` }] : []
}

function lacks({ id, state, leader, isRestoring, lacksState, hasCaughtUp }: HealthFacts): HealthReason[] {
  if (state !== 'running') return []
  if (lacksState) return [{ kind: 'restoring', text: `${id} waits for a snapshot from its peers.` }]
  if (isRestoring) return [{ kind: 'restoring', text: `${id} is restoring its state from a snapshot.` }]
  if (leader === null) return [{ kind: 'no-leader', text: `${id} knows no leader.` }]
  if (hasCaughtUp) return []
  const text = `${id} has not applied yet what was committed when it came to know the leader ${leader}.`
  return [{ kind: 'catching-up', text }]
}
