// recover(): makes the one survivor of a cluster that has lost its majority the founder of a new generation.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { InvariantError, type NodeId } from '@oarlock/core'
import { checkOptions, needed, OarlockError, type Schema, text } from '@oarlock/runtime'
import { RecoveryError } from '../errors.ts'
import {
  accessError,
  type DecidedRecovery,
  DiskLogStore,
  decide,
  type FileSystem,
  nodeFileSystem,
  othersIn,
  readDecided,
  readSurvivor,
  type Survivor,
  whileLocked,
} from '../wal/index.ts'
import { newGeneration } from './new-generation.ts'

export interface RecoverOptions {
  /** The data directory of the survivor. No process may use it. */
  readonly data: string
  /** The `confirm` of the report that this directory gave. Default: nothing is changed. */
  readonly confirm?: string
}

/** What a survivor holds. */
export interface Recovery {
  /** Whether the directory was rewritten by this call. */
  readonly recovered: boolean
  readonly id: NodeId
  readonly cluster: string
  readonly purpose: 'replication' | 'election'
  /** A learner may lack more than a voter. */
  readonly kind: 'voter' | 'learner'
  /** The other members, whose data is given up. */
  readonly others: readonly { readonly id: NodeId; readonly kind: 'voter' | 'learner' }[]
  /** How often the cluster was recovered. With `recovered`, this time included. */
  readonly generation: number
  /** The greatest term that it knows. Every later fence is greater than that of any earlier leadership. */
  readonly term: number
  /** Its last entry. All entries up to it become committed, and are applied. */
  readonly lastIndex: number
  readonly lastTerm: number
  /** Up to here it knows that a majority had the entries. What follows may have been given up by its proposers. */
  readonly commit: number
  /** The last entry of its newest intact snapshot, or null. */
  readonly snapshotIndex: number | null
  /** The leader's time in its last command, in ms, or null. */
  readonly leaderTime: number | null
  /** What is given up, in sentences for the operator. */
  readonly mayBeLost: string
  /** Give this to `recover` to go on. It is of this content of the directory only. */
  readonly confirm: string
}

const schema: Schema<RecoverOptions> = {
  data: needed(text("the survivor's data directory, a string that is not empty")),
  confirm: text('the confirmation that recover has given'),
}

/**
 * For a cluster that has lost a majority of its members for good. Call it first without `confirm`: it reads the data
 * directory of a survivor, and changes nothing. Compare the survivors, if there are several, and take the one with
 * the greatest `lastTerm`, then `lastIndex`. Called again with its `confirm`, it makes that one the only voter of a
 * new generation of the cluster: start it as before, and the others with empty data directories.
 *
 * Throws InvalidOptionsError, RecoveryError, DataLockedError, DataAccessError, CorruptLogError, SnapshotDamagedError
 * or LogWriteError.
 */
export function recover(options: RecoverOptions): Promise<Recovery> {
  try {
    checkOptions(options, schema, 'recover')
  } catch (error) {
    return Promise.reject(error)
  }
  const { data, confirm } = options
  return recoverOn(nodeFileSystem, path.resolve(data), confirm)
}

export async function recoverOn(
  fileSystem: FileSystem,
  directory: string,
  confirm: string | undefined,
): Promise<Recovery> {
  try {
    const recovery = await whileLocked(fileSystem, directory, () => judge(fileSystem, directory, confirm))
    if (recovery.recovered) await complete(fileSystem, directory)
    return recovery
  } catch (error) {
    if (error instanceof OarlockError || error instanceof InvariantError) throw error
    throw accessError(directory, error)
  }
}

async function judge(
  fileSystem: FileSystem,
  directory: string,
  confirm: string | undefined,
): Promise<Recovery> {
  const survivor = await readSurvivor(fileSystem, directory)
  const decided = await readDecided(survivor.files)
  // It was decided before, and the process ended before it was carried out.
  if (decided !== null && decided.confirm === confirm) return reportOf(survivor, decided)
  refuseIfInVain(survivor)
  if (confirm === undefined) return reportOf(survivor, null)
  if (confirm !== survivor.confirm)
    throw new RecoveryError(
      'changed',
      `the confirmation is not of what ${directory} holds now: the member has run since, or it is of another directory. Call recover without one, and read its report again`,
    )
  const next = newGeneration(survivor, randomBytes(8).toString('hex'))
  await decide(survivor.files, next)
  return reportOf(survivor, next)
}

function refuseIfInVain({ identity, configuration, lastIndex, hardState, files }: Survivor): void {
  const { id, founding } = identity
  const { voters, outgoing, learners } = configuration
  if (founding.configuration?.kind === 'witness')
    throw new RecoveryError(
      'witness',
      `'${id}' is a witness and has no state: recover the cluster from another member`,
    )
  if (lastIndex === 0 && hardState.term === 0)
    throw new RecoveryError(
      'no-data',
      `${files.directory} holds nothing: '${id}' has never taken part in the cluster`,
    )
  if (![...voters, ...outgoing, ...learners].includes(id))
    throw new RecoveryError('no-member', `'${id}' was removed from the cluster: recover it from a member`)
  if (othersIn(configuration, id).length === 0)
    throw new RecoveryError('only-voter', `'${id}' is the only member, and needs no others: start it`)
}

/** As a start does: it repairs the log, if a crash has torn it, and writes what was decided. */
async function complete(fileSystem: FileSystem, directory: string): Promise<void> {
  const { identity } = await readSurvivor(fileSystem, directory)
  const { id, founding } = identity
  const { cluster, configuration } = founding
  const store = new DiskLogStore({
    directory,
    id,
    cluster,
    fileSystem,
    preallocate: false,
    ...(configuration === null ? {} : { configuration }),
  })
  await store.open()
  await store.close()
}

function reportOf(survivor: Survivor, decided: DecidedRecovery | null): Recovery {
  const { identity, configuration, hardState, lastIndex, lastTerm, snapshot, leaderTime, confirm } = survivor
  const { id, founding, record } = identity
  const voters = [...configuration.voters, ...configuration.outgoing]
  const kindOf = (member: NodeId) => (voters.includes(member) ? 'voter' : 'learner')
  const others = othersIn(configuration, id).map((other) => ({ id: other, kind: kindOf(other) }) as const)
  return {
    recovered: decided !== null,
    id,
    cluster: founding.cluster,
    purpose: founding.configuration?.purpose ?? 'replication',
    kind: kindOf(id),
    others,
    generation: (decided ?? record).generation?.number ?? 0,
    term: hardState.term,
    lastIndex,
    lastTerm,
    commit: hardState.commit,
    snapshotIndex: snapshot?.index ?? null,
    leaderTime,
    mayBeLost: mayBeLost(
      survivor,
      others.map((other) => other.id),
    ),
    confirm,
  }
}

function mayBeLost({ identity, lastIndex, hardState }: Survivor, others: readonly NodeId[]): string {
  const { id } = identity
  const unknown = lastIndex - hardState.commit
  if (others.length === 0) return 'Nothing more: the cluster is recovered.'
  return [
    `Entries after ${lastIndex}, which only ${others.join(', ')} had: writes that were acknowledged may be among them, and nobody can tell.`,
    unknown === 0
      ? `All entries up to ${lastIndex} are kept.`
      : `All entries up to ${lastIndex} are kept. Of the last ${unknown} '${id}' does not know whether they were acknowledged. They become committed.`,
    `Everything that ${others.join(', ')} hold on their disks is given up: they are refused when they come back.`,
  ].join(' ')
}
