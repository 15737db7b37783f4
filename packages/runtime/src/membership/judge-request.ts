// Whether a request can be carried out, by what every member knows when it applies the request. So each gives
// the same answer.
import type { Configuration, Index } from '@oarlock/core'
import type { AcceptedRequest, ChangeRefusal, ChangeRequest, MemberRecord } from './membership.ts'

export interface Judging {
  readonly configuration: Configuration
  readonly record: MemberRecord | undefined
  /** The version of the table. */
  readonly version: Index
  /** The request that is under way. */
  readonly pending: AcceptedRequest | null
}

/** Two operators must not undo each other's change. */
export function isExpected(version: Index, expected: Index | null): boolean {
  return expected === null || version === expected
}

/** Why the request is refused, or null: it is carried out. */
export function judge(
  { configuration: { voters, outgoing }, record, version, pending }: Judging,
  change: ChangeRequest,
  expected: Index | null,
): { readonly refusal: ChangeRefusal; readonly detail: string } | null {
  const { type, id } = change
  if (pending !== null || outgoing.length > 0)
    return {
      refusal: 'change-pending',
      detail:
        pending === null
          ? 'the last change is not completed yet'
          : `another change is under way: ${pending.change.type} '${pending.change.id}'`,
    }
  if (!isExpected(version, expected))
    return {
      refusal: 'membership-changed',
      detail: `the membership has version ${version}, and the change is meant for version ${expected}`,
    }
  if (type === 'add') {
    if (record === undefined) return null
    return { refusal: 'already-member', detail: `'${id}' is a member` }
  }
  if (record === undefined) return { refusal: 'unknown-member', detail: `'${id}' is no member` }
  const isVoter = voters.includes(id)
  if (type === 'promote' && isVoter) return { refusal: 'wrong-role', detail: `'${id}' is a voter already` }
  if (type === 'demote' && !isVoter) return { refusal: 'wrong-role', detail: `'${id}' is no voter` }
  const loses = type === 'remove' || type === 'demote' || type === 'replace'
  if (loses && isVoter && voters.length === 1)
    return { refusal: 'last-voter', detail: `'${id}' is the only voter` }
  return null
}
