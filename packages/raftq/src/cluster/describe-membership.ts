// The membership as text for the log.
import type { NodeId, RaftView } from '@oarlock/core'
import { comesBefore, nameOf } from '../node/index.ts'

/** Null while a change of the membership is under way, and before anything is applied. */
export function describeMembership({ configuration, configurationIndex, applied }: RaftView): string | null {
  const { voters, learners, outgoing } = configuration
  if (applied === 0 || outgoing.length > 0 || configurationIndex > applied) return null
  const list = (ids: readonly NodeId[]): string =>
    ids
      .map(nameOf)
      .sort((a, b) => (comesBefore(a, b) ? -1 : 1))
      .join(', ')
  return `members: ${list(voters)}${learners.length === 0 ? '' : `; catching up: ${list(learners)}`}`
}
