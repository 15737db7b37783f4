// What makes a survivor the only voter of a new generation: a greater term, and the configuration entries that
// leave it alone. They are applied as any others, so the table of members follows them.
import {
  type Configuration,
  changed,
  encodeChange,
  type MemberChange,
  type MembershipChange,
  type NodeId,
} from '@oarlock/core'
import { generationStep } from '@oarlock/runtime'
import { RecoveryError } from '../errors.ts'
import { type DecidedRecovery, othersIn, type Survivor } from '../wal/index.ts'

const leaveJoint: MembershipChange = { transition: 'auto', changes: [] }

/** Throws RecoveryError. */
export function newGeneration(survivor: Survivor, generationId: string): DecidedRecovery {
  const { identity, configuration, hardState, lastIndex, lastTerm, confirm } = survivor
  const term = Math.max(hardState.term, lastTerm) + generationStep
  if (term > Number.MAX_SAFE_INTEGER - generationStep)
    throw new RecoveryError(
      'no-terms-left',
      `the term ${hardState.term} leaves no room for greater ones: found a new cluster, and import the state`,
    )
  const number = (identity.record.generation?.number ?? 0) + 1
  const changes = changesToAlone(configuration, identity.id, incarnations(survivor))
  return {
    generation: { number, id: generationId },
    confirm,
    term,
    promise: hardState.promise,
    first: lastIndex + 1,
    entries: changes.map((change) => Buffer.from(encodeChange(change)).toString('base64')),
  }
}

/** Leaves a joint configuration that is in force, and then removes all others. */
export function changesToAlone(
  configuration: Configuration,
  id: NodeId,
  bind: Readonly<Record<NodeId, string>>,
): readonly MembershipChange[] {
  const first = configuration.outgoing.length > 0 ? [leaveJoint] : []
  const left = first.reduce(changed, configuration)
  const removals = othersIn(left, id).map((other): MemberChange => ({ kind: 'remove', id: other }))
  const changes = left.voters.includes(id) ? removals : [{ kind: 'voter', id } as const, ...removals]
  return [...first, { transition: 'explicit', changes, context: { bind, recovered: true } }, leaveJoint]
}

/** The data directories of the members, as far as the survivor knows them: they are refused if they come back. */
function incarnations({ identity }: Survivor): Record<NodeId, string> {
  const known = [...identity.record.peers].map(([id, { incarnation }]): [NodeId, string] => [id, incarnation])
  return Object.fromEntries([...known, [identity.id, Buffer.from(identity.incarnation).toString('hex')]])
}
