// The generation of a cluster. Each recovery after the loss of a majority begins a new one, and so does a cluster that is
// founded from a backup. Members of different generations refuse each other: either may hold committed entries that
// the other one has not.
import type { Generation, MemberIdentity, Refusal } from './identity.ts'
import { printable } from './printable.ts'

export const firstGeneration: Generation = { number: 0, id: '' }

/**
 * How far the term rises when a cluster is recovered or restored. The old members may have had terms that nobody has
 * seen, and given out fences of these. An election costs a term: at one a millisecond they would have needed 35 years
 * for so many. And so many generations fit below 2^53, the greatest safe integer, that nobody will need more: over 8,000.
 */
export const generationStep: number = 2 ** 40

const sameGeneration = (a: Generation, b: Generation): boolean => a.number === b.number && a.id === b.id

/** Null: they belong together, or one has not taken part yet. */
export function refusalOfGeneration(own: MemberIdentity, peer: MemberIdentity): Refusal | null {
  const { generation: mine = firstGeneration } = own
  const { generation: its = firstGeneration } = peer
  if (mine === null || its === null || sameGeneration(mine, its)) return null
  const name = printable(peer.id)
  const what =
    mine.number === its.number
      ? `'${name}' and '${own.id}' were recovered or restored apart from each other (generations ${told(its)} and ${told(mine)})`
      : `'${name}' belongs to generation ${told(its)} of the cluster, and '${own.id}' to generation ${told(mine)}`
  const old = mine.number > its.number ? `'${name}'` : `'${own.id}'`
  const toDo =
    mine.number === its.number
      ? 'Keep one of the two, and start the other one with an empty data directory, or with the same backup'
      : `The cluster was recovered or restored without ${old}, whose data cannot be used any more: start ${old} with an empty data directory`
  return { reason: 'other-generation', detail: `${what}. ${toDo}: see docs/recovery.md` }
}

/** Founders must begin with the same state. `own` has not taken part yet. */
export function refusalWithoutBackup(own: MemberIdentity, peer: MemberIdentity): Refusal | null {
  const { generation = null } = own
  if (generation === null || peer.generation !== null || peer.id === own.id || peer.cluster !== own.cluster)
    return null
  const name = printable(peer.id)
  return {
    reason: 'other-generation',
    detail: `'${own.id}' is restored from a backup (${printable(generation.id)}), and '${name}' is not: start every founder with the same restore, see docs/recovery.md`,
  }
}

const told = ({ number, id }: Generation): string =>
  id === '' ? `${number}` : `${number} (${printable(id)})`
