// The quorum cases: commit index and vote of one set of voters or of two (joint), and laws that hold for all
// of them.
import type { Index, NodeId } from '@oarlock/core'
import { index } from '@oarlock/core'
import { jointCommittedIndex, jointVote } from '../../packages/core/src/quorum/joint.ts'
import { committedIndex, majorityVote, type VoteResult } from '../../packages/core/src/quorum/majority.ts'
import { readsAll, wholeNumber } from './arguments.ts'
import { CaseError, type Directive } from './datadriven.ts'

interface QuorumCase {
  readonly voters: readonly NodeId[]
  /** Null if there is one set only. */
  readonly outgoing: readonly NodeId[] | null
  /** The value of each voter, in order of first mention. `_` if it is not known. */
  readonly known: ReadonlyMap<NodeId, string>
}

function readCase(directive: Directive, values: 'idx' | 'votes'): QuorumCase {
  readsAll(directive, { plain: 0, options: ['cfg', 'cfgj', values] })
  const { args } = directive
  const listOf = (key: string): readonly string[] | null =>
    args.find((argument) => argument.key === key)?.values ?? null
  const voters = listOf('cfg') ?? []
  const given = listOf('cfgj')
  const outgoing = given?.[0] === 'zero' ? [] : given
  const everybody = [...new Set([...voters, ...(outgoing ?? [])])]
  const known = listOf(values) ?? []
  if (known.length !== everybody.length)
    throw new CaseError(`${known.length} values for ${everybody.length} voters`)
  return { voters, outgoing, known: new Map(everybody.map((id, at) => [id, known[at]!])) }
}

/** The result. If a law gives another result, that is shown as well, so that the case fails. */
function underLaws<T>(result: T, laws: Readonly<Record<string, T>>, show: (result: T) => string): string {
  const broken = Object.entries(laws).filter(([, other]) => other !== result)
  return [...broken.map(([law, other]) => `${show(other)} <-- ${law}`), show(result)].join('\n')
}

type Halves = { readonly voters: readonly NodeId[]; readonly outgoing: readonly NodeId[] }

function lawsOf<T>(
  { voters, outgoing }: QuorumCase,
  single: (voters: readonly NodeId[]) => T,
  joint: (halves: Halves) => T,
): { result: T; laws: Record<string, T> } {
  if (outgoing === null)
    return {
      result: single(voters),
      laws: {
        'joint with an empty set': joint({ voters, outgoing: [] }),
        'an empty set joint with it': joint({ voters: [], outgoing: voters }),
        'joint with itself': joint({ voters, outgoing: voters }),
      },
    }
  return {
    result: joint({ voters, outgoing }),
    laws: { symmetry: joint({ voters: outgoing, outgoing: voters }) },
  }
}

function committed(directive: Directive): string {
  const quorum = readCase(directive, 'idx')
  const acknowledged = new Map<NodeId, Index>()
  for (const [id, value] of quorum.known)
    if (value !== '_') acknowledged.set(id, index(wholeNumber(value, 'idx')))

  const show = (at: Index): string => (at === Number.POSITIVE_INFINITY ? '∞' : `${at}`)
  const of = (voters: readonly NodeId[], indexes: ReadonlyMap<NodeId, Index>): Index =>
    committedIndex(voters, (id) => indexes.get(id))
  const { result, laws } = lawsOf(
    quorum,
    (voters) => of(voters, acknowledged),
    (halves) => jointCommittedIndex(halves, (id) => acknowledged.get(id)),
  )
  // A voter behind the commit index does not affect it, so falling further behind changes nothing.
  if (quorum.outgoing === null)
    for (const [id, at] of acknowledged)
      if (at < result)
        for (const lower of [at - 1, 0])
          laws[`${id} falls back to ${lower}`] = of(
            quorum.voters,
            new Map(acknowledged).set(id, index(lower)),
          )
  return underLaws(result, laws, show)
}

const voteNames: Record<VoteResult, string> = { won: 'VoteWon', lost: 'VoteLost', pending: 'VotePending' }

function vote(directive: Directive): string {
  const quorum = readCase(directive, 'votes')
  const votes = new Map<NodeId, boolean>()
  for (const [id, value] of quorum.known) {
    if (!['y', 'n', '_'].includes(value)) throw new CaseError(`a vote is y, n or _, not ${value}`)
    if (value !== '_') votes.set(id, value === 'y')
  }
  const { result, laws } = lawsOf(
    quorum,
    (voters) => majorityVote(voters, votes),
    (halves) => jointVote(halves, votes),
  )
  return underLaws(result, laws, (of) => voteNames[of])
}

/** The answer to one quorum directive. */
export function quorumOutput(directive: Directive): string {
  if (directive.command === 'committed') return committed(directive)
  if (directive.command === 'vote') return vote(directive)
  throw new CaseError(`there is no command ${directive.command}`)
}

/**
 * The answer is the last line of the output, after a table. The table of an empty set is on that line, too.
 */
export function quorumAnswer(output: string): string {
  return (output.trimEnd().split('\n').at(-1) ?? '').replace(/^<empty majority quorum>/, '')
}
