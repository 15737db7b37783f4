// `member.members()` and `member.reconfigure()`: the table of members, and requests to change it, with
// promises.
import type { Index, NodeId, RaftView } from '@oarlock/core'
import { MemberClosedError, ReconfigureError, type ReconfigureReason } from './errors.ts'
import type { ChangeRequest, TableState } from './membership/index.ts'
import { checkAbortOptions, checkReconfigure } from './options/index.ts'
import type { Replica } from './replica.ts'

/** How far a member is with the log, as the leader knows it. */
export interface MemberProgress {
  /** The last entry that it is known to hold. */
  readonly match: Index
  /** The entries that it still lacks. */
  readonly behind: number
  /** It answered lately. */
  readonly active: boolean
}

export interface ClusterMember {
  readonly id: NodeId
  /** As what it counts. While the voters change, that is what it was before. */
  readonly kind: 'voter' | 'learner' | 'witness'
  /** The 'host:port' that its peers dial. Null: as in their `peers`. */
  readonly address: string | null
  /** A learner that becomes a voter, when it has caught up and the change is over. */
  readonly promoting: boolean
  /** On the leader. Null elsewhere, and for the leader itself. */
  readonly progress: MemberProgress | null
}

export interface Membership {
  /** The index of the last change; 0: as founded. What `reconfigure` may expect. */
  readonly version: Index
  readonly members: readonly ClusterMember[]
  /** It knows the progress of the others. */
  readonly leader: NodeId | null
  /** The change that is under way, in words, or null. */
  readonly pending: string | null
}

/** A change of the membership. Each names one member. */
export type MembershipRequest =
  /**
   * A new member. It starts as a learner. As 'voter' (the default) or 'witness' it is promoted when it has
   * caught up, and `reconfigure` waits for that.
   */
  | { readonly add: NodeId; readonly address?: string; readonly as?: 'voter' | 'learner' | 'witness' }
  | { readonly remove: NodeId }
  /** A learner becomes a voter when it has caught up. */
  | { readonly promote: NodeId }
  /** A voter becomes a learner. */
  | { readonly demote: NodeId }
  /** The member lost its disk: the process that has come under its name takes its place, as a newcomer. */
  | { readonly replace: NodeId; readonly address?: string }
  /** Another address. */
  | { readonly move: NodeId; readonly address: string }

export interface ReconfigureOptions {
  /**
   * Only if the membership still has this `version`. Else it is refused: two operators cannot undo each
   * other.
   */
  readonly expected?: Index | number
  readonly signal?: AbortSignal
}

/** Shown to callers. */
export function membershipOf(table: TableState, view: RaftView): Membership {
  const { configuration, version, members, request } = table
  const { voters, outgoing } = configuration
  // In a joint configuration a majority of the old voters is needed as well, so a new one is not shown as
  // such yet.
  const isJoint = outgoing.length > 0
  const counted = isJoint ? outgoing : voters
  return {
    version,
    members: [...members].map(([id, { address, kind, promote }]): ClusterMember => {
      const progress = id === view.id ? undefined : view.progress.get(id)
      return {
        id,
        kind: !counted.includes(id) ? 'learner' : kind === 'witness' ? 'witness' : 'voter',
        address,
        promoting: promote || (voters.includes(id) && !counted.includes(id)),
        progress:
          progress === undefined
            ? null
            : {
                match: progress.match,
                behind: view.lastIndex - progress.match,
                active: progress.recentActive,
              },
      }
    }),
    leader: view.leader,
    pending:
      request === null
        ? isJoint
          ? 'a change of the voters'
          : null
        : `${request.change.type} '${request.change.id}'`,
  }
}

function requestOf(request: MembershipRequest): ChangeRequest {
  if ('add' in request) {
    const { add: id, address = null, as = 'voter' } = request
    return { type: 'add', id, address, as, incarnation: null }
  }
  if ('remove' in request) return { type: 'remove', id: request.remove }
  if ('promote' in request) return { type: 'promote', id: request.promote }
  if ('demote' in request) return { type: 'demote', id: request.demote }
  if ('move' in request) return { type: 'move', id: request.move, address: request.address }
  const { replace: id, address = null } = request
  return { type: 'replace', id, address, incarnation: null }
}

const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export class MembershipCalls {
  readonly #replica: Pick<Replica<unknown>, 'read' | 'members'>
  readonly #view: () => RaftView

  constructor(replica: Pick<Replica<unknown>, 'read' | 'members'>, view: () => RaftView) {
    this.#replica = replica
    this.#view = view
  }

  members(options: { readonly signal?: AbortSignal } = {}): Promise<Membership> {
    return new Promise((resolve, reject) => {
      checkAbortOptions('members', options)
      this.#replica.read('linearizable', options.signal, {
        serve: () => resolve(membershipOf(this.#replica.members.table, this.#view())),
        reject,
      })
    })
  }

  reconfigure(request: MembershipRequest, options: ReconfigureOptions = {}): Promise<Membership> {
    return new Promise((resolve, reject) => {
      checkReconfigure(request, options)
      const { signal, expected = null } = options
      const change = requestOf(request)
      const fail = (
        what: string,
        reason: ReconfigureReason,
        outcome: 'not-applied' | 'unknown',
        cause?: unknown,
      ) => {
        unlisten()
        const { leader } = this.#view()
        const facts = cause === undefined ? { leader } : { leader, cause }
        reject(new ReconfigureError(`${change.type} '${change.id}': ${what}`, reason, outcome, facts))
      }
      const onAbort = (): void => {
        const { mayBe } = giveUp()
        fail(
          mayBe
            ? 'aborted by the caller, and the change may be made yet: see members()'
            : 'aborted by the caller, and nothing was changed',
          'aborted',
          mayBe ? 'unknown' : 'not-applied',
          signal?.reason,
        )
      }
      const unlisten = (): void => signal?.removeEventListener('abort', onAbort)
      if (signal?.aborted)
        return fail('aborted by the caller, and nothing was changed', 'aborted', 'not-applied', signal.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      const giveUp = this.#replica.members.requests.add(newKey(), change, expected as Index | null, {
        made: (table) => {
          unlisten()
          resolve(membershipOf(table, this.#view()))
        },
        refused: (refusal, detail) => fail(`${detail}. Nothing was changed`, refusal, 'not-applied'),
        overtaken: () => fail('another change has removed the member meanwhile', 'overtaken', 'unknown'),
        timedOut: (mayBe) =>
          fail(
            mayBe
              ? 'no leader accepted the change in time, and one may accept it yet: see members()'
              : 'there was no leader in time, and nothing was changed',
            'timed-out',
            mayBe ? 'unknown' : 'not-applied',
          ),
        stopped: (mayBe) => {
          unlisten()
          const what = mayBe ? 'the change may be made yet' : 'nothing was changed'
          reject(new MemberClosedError(`the member is closed: ${what}`, mayBe ? 'unknown' : 'not-applied'))
        },
      })
    })
  }
}
