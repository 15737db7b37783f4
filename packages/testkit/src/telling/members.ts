// The state of members, and of their disks, as text.
import type { Configuration, EntryId, HardState, Index, NodeId, Role, Term } from '@oarlock/core'
import { describeLog } from './entries.ts'

/** `leader`: null if a follower knows of none; left out if it is not to be mentioned. */
export function describeRole(role: Role, term: Term | number, leader?: NodeId | null): string {
  switch (role) {
    case 'leader':
      return `leads term ${term}`
    case 'candidate':
      return `stands in term ${term}`
    case 'preCandidate':
      return `asks for pre-votes for term ${term + 1}`
    case 'follower':
      return leader === undefined
        ? `follows in term ${term}`
        : `follows ${leader ?? 'nobody'} in term ${term}`
  }
}

/** `a b c`, or `a b d / a b c` for a joint configuration, and `+ e` for learners. */
export function describeConfiguration({ voters, outgoing, learners, learnersNext }: Configuration): string {
  const halves = outgoing.length === 0 ? voters.join(' ') : `${voters.join(' ')} / ${outgoing.join(' ')}`
  const others = [...learners, ...learnersNext]
  return others.length === 0 ? halves : `${halves} + ${others.join(' ')}`
}

interface StoredLog {
  readonly start: EntryId
  readonly entries: readonly EntryId[]
}

interface MemberState {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
  readonly commit: Index
}

/** The role of a running member, its commit index, and the members that it counts. */
export const describeMember = ({ role, term, leader, commit }: MemberState, counts: Configuration): string =>
  `${describeRole(role, term, leader)}, commit ${commit}, counts ${describeConfiguration(counts)}`

/** The content of a member's disk. */
export function describeStored({ term, vote }: HardState, { start, entries }: StoredLog): string {
  return `term ${term}, ${vote === null ? 'no vote' : `its vote for ${vote}`}, ${describeLog(start, entries)}`
}
