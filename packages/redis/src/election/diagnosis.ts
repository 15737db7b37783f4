// Why there is no leader, and what is wrong with an instance: what its core knows, and what is known of Redis.
import {
  duration,
  type Explanation,
  explainNoLeader,
  explanationOf,
  type Finding,
  list,
  type Millis,
  type NodeId,
  type RaftView,
} from '@oarlock/core'
import { causeOf, type ElectionState, type Leadership, sentence } from '@oarlock/runtime'
import type { Obstacle } from '../cluster/index.ts'
import type { RedisProblem } from '../connection/index.ts'

export interface ElectionFacts {
  readonly id: NodeId
  /** By the clock of RedisProblem. */
  readonly now: Millis
  readonly state: ElectionState
  /** Why it had to stop. */
  readonly failure: unknown
  readonly connected: boolean
  /** The problems with Redis, the most important first. */
  readonly redis: readonly RedisProblem[]
  /** Null: it is in no cluster. */
  readonly view: RaftView | null
  readonly leadership: Leadership | null
  /** The leader that is known with its fence. */
  readonly leader: NodeId | null
  readonly obstacle: Obstacle | null
  /** The number of instances that found the first cluster. */
  readonly expected: number | null
  readonly generationTimeout: Millis
}

export function explainElection(facts: ElectionFacts): Explanation {
  const { id, state, failure, view, leadership } = facts
  const say = (kind: Finding['kind'], text: string): Finding => ({ kind, node: id, text: sentence(text) })
  if (state === 'closed')
    return explanationOf(null, [say('closed', `${id} is closed, and takes no part any more`)])
  if (state === 'stopped')
    return explanationOf(null, [
      say('stopped', `${id} had to stop, and takes no part any more: ${causeOf(failure)}`),
    ])
  const closing = state === 'closing' ? [say('closed', `${id} is closing`)] : []
  const isHeld = leadership?.held ?? false
  const { leader, findings } = explainNoLeader(view === null ? [] : [withLeadership(view, leadership)])
  return explanationOf(isHeld ? leader : null, [
    ...closing,
    ...redisFindings(facts),
    ...obstacleFindings(facts),
    ...findings,
    ...withoutFence(facts),
  ])
}

const problemKinds: readonly Finding['kind'][] = ['broker', 'duplicate-id', 'stopped', 'timeouts-differ']

/** Without the findings that only say why there is no leader: those come and go with every election. */
export const problemsIn = ({ findings }: Explanation): readonly Finding[] =>
  findings.filter(({ kind }) => problemKinds.includes(kind))

/** The core's lease is not enough: a leadership is only held while the record in Redis is renewed. */
function withLeadership(view: RaftView, leadership: Leadership | null): RaftView {
  const { candidacy } = view
  if (candidacy.state !== 'leads' || candidacy.lease !== 'held') return view
  if (leadership?.held) return { ...view, leaseDeadline: leadership.deadline }
  return { ...view, candidacy: { state: 'leads', lease: 'unconfirmed' } }
}

function redisFindings({ id, now, connected, redis }: ElectionFacts): Finding[] {
  const findings: Finding[] = redis.map(
    ({ text, since, kind }): Finding => ({
      kind: kind ?? 'broker',
      node: id,
      text: `${sentence(capitalized(text))} This has lasted for ${duration(Math.max(0, now - since))}.`,
    }),
  )
  if (!connected && findings.length === 0)
    findings.push({ kind: 'broker', node: id, text: `${id} has no connection to Redis yet.` })
  return findings
}

function obstacleFindings({
  id,
  connected,
  view,
  obstacle,
  expected,
  generationTimeout,
}: ElectionFacts): Finding[] {
  const waits = (text: string): Finding[] => [{ kind: 'waits-for-others', node: id, text: `${id} ${text}.` }]
  if (!connected) return []
  switch (obstacle?.reason) {
    case 'unreadable': {
      const text = `The record of this prefix in Redis ${obstacle.problem}. ${id} waits until its cluster has had no leader for ${duration(generationTimeout)}. Give all instances of the prefix the same secret and version.`
      return [{ kind: 'broker', node: id, text }]
    }
    case 'founders': {
      const { present } = obstacle
      return waits(
        `waits for its founders: ${expected} are expected, and ${list(present)} ${present.length === 1 ? 'is' : 'are'} present`,
      )
    }
    case 'alive':
      return waits('has announced itself, and waits for the leader of the living cluster to take it in')
    default:
      return view === null ? waits('is in no cluster yet') : []
  }
}

/** It follows a leader that cannot lead without Redis. */
function withoutFence({ id, view, leader }: ElectionFacts): Finding[] {
  const other = view?.leader ?? null
  if (other === null || other === id || leader !== null) return []
  return [
    {
      kind: 'leads-without-lease',
      node: other,
      text: `As far as ${id} knows, ${other} has no fence from Redis: it does not hold its lease.`,
    },
  ]
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
