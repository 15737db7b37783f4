// Processes that came to this member and are no members of the cluster, or have another data directory than
// the member of their name. The leader takes in those that an operator asks for, or that were started to
// join.
import type { Millis, NodeId } from '@oarlock/core'
import type { Joins } from '../identity/index.ts'
import type { TableState } from './member-table.ts'

/**
 * Whom the leader takes in by itself. 'open': every process that was started to join, or to replace its old
 * self. 'operator': nobody; it waits for `reconfigure`.
 */
export type Admission = 'open' | 'operator'

export interface Newcomer {
  readonly incarnation: string
  readonly address: string | null
  readonly kind: 'full' | 'witness'
  /** Null: it was not started to join. */
  readonly joins: Joins | null
}

/** A newcomer, and when this member heard it, by its own clock. */
export interface HeardNewcomer extends Newcomer {
  readonly firstHeard: Millis
  readonly lastHeard: Millis
}

/** A member that was removed does not come back by itself, only if an operator adds it. */
export function mayComeBack({ removed }: TableState, id: NodeId, incarnation: string): boolean {
  const before = removed.get(id)
  return before === undefined || (before.incarnation !== null && before.incarnation !== incarnation)
}

/** So many are remembered. */
const mostRemembered = 16

export class Newcomers extends Map<NodeId, HeardNewcomer> {
  came(id: NodeId, newcomer: Newcomer, now: Millis): void {
    const before = this.get(id)
    const firstHeard = before?.incarnation === newcomer.incarnation ? before.firstHeard : now
    this.delete(id)
    this.set(id, { ...newcomer, firstHeard, lastHeard: now })
    while (this.size > mostRemembered) this.delete(this.keys().next().value!)
  }

  /**
   * Forgets who is a member by now, and who came before another process was taken in under its name: it is
   * gone, and must not replace that one. If it came later, it comes again.
   */
  tableChanged(before: TableState, { members }: TableState): void {
    for (const id of this.keys()) {
      const incarnation = members.get(id)?.incarnation ?? null
      if (incarnation !== null && incarnation !== before.members.get(id)?.incarnation) this.delete(id)
    }
  }
}
