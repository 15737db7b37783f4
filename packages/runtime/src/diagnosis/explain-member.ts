// Why a member has no leader, and what is wrong with it: what its core knows, and what its runtime knows
// besides. A member that is closed or had to stop says nothing of what it knew before.
import {
  duration,
  type Explanation,
  explainNoLeader,
  explanationOf,
  type Finding,
  list,
  type Millis,
  type NodeId,
} from '@oarlock/core'
import type { MemberFacts } from './facts.ts'
import { peerFindings, silences } from './peer-findings.ts'
import { seedFindings } from './seed-findings.ts'
import { causeOf, sentence } from './wording.ts'

export function explainMember(facts: MemberFacts): Explanation {
  const { id, state, view } = facts
  switch (state) {
    case 'closed':
      return explanationOf(null, [closed(id, 'is closed, and takes no part any more')])
    case 'stopped':
      return explanationOf(null, [stopped(facts)])
    case 'waiting':
      return explanationOf(null, [waits(facts), ...seedFindings(facts), ...peerFindings(facts)])
    case 'closing':
    case 'running':
      break
    default:
      return state satisfies never
  }
  const { leader, findings } = explainNoLeader([view], silences(facts))
  const closing = state === 'closing' ? [closed(id, 'is closing')] : []
  const wrong = [...stateless(facts), ...peerFindings(facts)]
  // With a leader the first question is answered, and what is wrong comes second.
  return explanationOf(
    leader,
    view.leader === null ? [...closing, ...wrong, ...findings] : [...closing, ...findings, ...wrong],
  )
}

/** Without the findings that only say why there is no leader: those come and go with every election. */
export function problemsOf(facts: MemberFacts): Finding[] {
  switch (facts.state) {
    case 'closed':
      return []
    case 'stopped':
      return [stopped(facts)]
    case 'waiting':
      return [waits(facts), ...seedFindings(facts), ...peerFindings(facts)]
    default:
      return [...leaderless(facts), ...stateless(facts), ...peerFindings(facts)]
  }
}

export const leaderlessText = (id: NodeId, forMs: Millis): string =>
  `${id} has known no leader for ${duration(forMs)}.`

const leaderless = ({ id, leaderlessFor }: MemberFacts): Finding[] =>
  leaderlessFor === null ? [] : [{ kind: 'no-leader', node: id, text: leaderlessText(id, leaderlessFor) }]

const stateless = ({ id, lacksState }: MemberFacts): Finding[] =>
  lacksState === null
    ? []
    : [
        {
          kind: 'lacks-state',
          node: id,
          text: sentence(
            `${id} waits for a snapshot from its peers, and applies nothing: ${causeOf(lacksState)}`,
          ),
        },
      ]

const closed = (node: string, what: string): Finding => ({ kind: 'closed', node, text: `${node} ${what}.` })

const stopped = ({ id, failure }: MemberFacts): Finding => ({
  kind: 'stopped',
  node: id,
  text: sentence(`${id} had to stop, and takes no part any more: ${causeOf(failure)}`),
})

function waits({ id, awaited, founding, joining, seeds, links }: MemberFacts): Finding {
  if (joining !== null)
    return {
      kind: 'waits-for-others',
      node: id,
      text:
        joining === 'asks'
          ? `${id} joins a cluster: it asks ${list([...seeds.keys()])} who the members are.`
          : `${id} waits until the leader takes it in. It knows the members ${list([...links.keys()])}.`,
    }
  const whom = list(awaited)
  const text =
    founding === 'all'
      ? `${id} waits for its founders: ${whom}. A new cluster begins when each of its members has been heard once.`
      : `${id} waits for its founders: ${whom}. A new cluster begins when more than half of its members have been heard.`
  return { kind: 'waits-for-others', node: id, text: awaited.length === 0 ? `${id} starts.` : text }
}
