// Transfers leadership on request (thesis §3.10).
import type { Millis, NodeId } from '@oarlock/core'
import { TransferFailedError } from '../errors.ts'
import type { Latest, LeaderInfo } from '../leadership/index.ts'
import type { Clock } from '../ports/index.ts'
import { happensBefore } from './wait.ts'

export interface Transfer {
  readonly id: NodeId
  readonly members: readonly NodeId[]
  readonly leaders: Pick<Latest<LeaderInfo | null>, 'value' | 'listen'>
  readonly clock: Clock
  /** How long it may take until a new leader is known, in ms. */
  readonly timeout: Millis
  /** Asks the core to transfer; null: to the most caught-up member. */
  readonly begin: (to: NodeId | null) => void
}

/** Resolves with the new leader. Throws TransferFailedError, or the signal's reason. */
export async function transferLeadership(
  { id, members, leaders, clock, timeout, begin }: Transfer,
  to: NodeId | undefined,
  signal: AbortSignal | undefined,
): Promise<NodeId> {
  signal?.throwIfAborted()
  const refuse = (why: string): never => {
    throw new TransferFailedError(`leadership was not transferred: ${why}`, 'not-applied', {
      leader: before?.id ?? null,
    })
  }
  const before = leaders.value
  if (before === null) return refuse('no leader is known')
  if (to !== undefined && !members.includes(to)) return refuse(`'${to}' is not a member`)
  if (to === before.id) return to
  if (to === undefined && before.id !== id)
    return refuse('only the leader can choose its successor: name one with `to`')
  if (members.length === 1) return refuse('there is no other member')

  const successor = (): LeaderInfo | null => {
    const now = leaders.value
    return now !== null && now.fence > before.fence ? now : null
  }
  const shown = (happened: () => void) =>
    leaders.listen(() => {
      if (successor() !== null) happened()
    })
  begin(to ?? null)
  await happensBefore(clock, clock.now() + timeout, shown, signal)
  const after = successor()
  if (after !== null && (to === undefined ? after.id !== id : after.id === to)) return after.id
  signal?.throwIfAborted()
  const leader = leaders.value?.id ?? null
  const message =
    after === null
      ? 'leadership may have been transferred or not: no new leader was known in time'
      : `leadership was not transferred as asked: '${after.id}' became leader instead`
  throw new TransferFailedError(message, after === null ? 'unknown' : 'not-applied', { leader })
}
