// Words for the contents of views, the paper's where it has them (terms, votes, configurations: §5, §6). The
// reader may just have been woken up.
import type { VoteRefusal } from '../message.ts'
import type { Configuration, EntryId, Millis, NodeId, Term } from '../types.ts'

/** `7@3`: index 7, of term 3. */
const place = ({ index, term }: EntryId): string => `${index}@${term}`

export function duration(ms: Millis): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}

export const ago = (ms: Millis): string => (ms < 1 ? 'just now' : `${duration(ms)} ago`)

/** `n1`, `n1 and n2`, `n1, n2 and n3`. */
export function list(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Subject and verb: `n1 has`, `n1 and n2 have`. */
export const have = (names: readonly string[]): string =>
  `${list(names)} ${names.length === 1 ? 'has' : 'have'}`

/**
 * Those of the nodes together that are silent for one reason; `unknown` for those of which no reason is
 * known.
 */
export function silences(
  nodes: readonly NodeId[],
  silence: ReadonlyMap<NodeId, string>,
  unknown: (nodes: readonly NodeId[]) => string,
): string[] {
  const byReason = new Map<string | undefined, NodeId[]>()
  for (const node of nodes)
    byReason.set(silence.get(node), [...(byReason.get(silence.get(node)) ?? []), node])
  return [...byReason].map(([reason, those]) =>
    reason === undefined ? unknown(those) : `${list(those)} ${reason}`,
  )
}

/** `n1, n2, n3`, of both halves of a joint configuration. */
export function members({ voters, outgoing }: Configuration): string {
  if (voters.length === 0) return 'no members'
  return outgoing.length === 0 ? voters.join(', ') : `${voters.join(', ')}, and before ${outgoing.join(', ')}`
}

export interface Refused {
  readonly voter: NodeId
  /** The voter's term when it refused. */
  readonly voterTerm: Term
  readonly candidate: NodeId
  /** The last entry of the candidate's log. */
  readonly last: EntryId
  readonly refusal: VoteRefusal | null
}

/** The end of the sentence “n1 refused: …”, about the time when it did. */
export function because({ voter, voterTerm, candidate, last, refusal }: Refused): string {
  if (refusal === null) return 'it gave no reason'
  switch (refusal.reason) {
    case 'leads':
      return `it led term ${voterTerm} itself`
    case 'follows-leader':
      return `it followed ${refusal.leader}, and was to depose no leader for ${duration(refusal.remaining)} more`
    case 'promised':
      return refusal.sinceStart
        ? `it had just started, and may have promised a leader before that to vote for no other candidate: ${duration(refusal.remaining)} more`
        : `it had promised a leader to vote for no other candidate for ${duration(refusal.remaining)} more`
    case 'term-has-leader':
      return `it knew ${refusal.leader} as the leader of term ${voterTerm}`
    case 'voted-for-other':
      return `it had voted for ${refusal.vote === voter ? 'itself' : refusal.vote} in term ${voterTerm}`
    case 'log-behind':
      return `its log ended at ${place(refusal.last)}, ${possessive(candidate)} at ${place(last)}`
    case 'later-term':
      return `it was in term ${voterTerm} already`
    default:
      return refusal satisfies never
  }
}

const possessive = (name: string): string => (name.endsWith('s') ? `${name}'` : `${name}'s`)
