// What a member is to the cluster. The leader knows: a member that lost its disk does not even know that it is no
// member any more.
import type { MemberReport, MembershipReport } from './protocol.ts'

/** `newcomer`: no member yet, because it lost its disk. `learner`: it catches up, and does not vote yet. */
export type MemberKind = 'voter' | 'learner' | 'newcomer'

export interface KnownMember {
  readonly id: string
  readonly report: MemberReport | null
  readonly kind: MemberKind
  /** The version of the membership when it last lost its disk; -1: it did not. */
  readonly diskLostAt: number
}

export function kindOf(
  { id, report, kind, diskLostAt }: KnownMember,
  membership: MembershipReport | null,
): MemberKind {
  if (report?.waits === true) return 'newcomer'
  if (membership === null) return kind
  // The voter of that name was the member that had the disk.
  if (membership.version <= diskLostAt) return 'newcomer'
  const now = membership.kinds[id]
  if (now === 'learner') return 'learner'
  return now === undefined || membership.isChanging ? 'newcomer' : 'voter'
}
