// join(), in the thread of the caller: opens the ports and starts the member.
import { InvariantError } from '@oarlock/core'
import {
  InvalidOptionsError,
  type LogStore,
  type MachineSnapshots,
  type MemberSettings,
  OarlockError,
  SnapshotFormatError,
  type Transport,
} from '@oarlock/runtime'
import { BackupFile, restorationOf } from '../backup/index.ts'
import { DataAccessError, ListenError } from '../errors.ts'
import { eventSink, shutdownSignals } from '../node/index.ts'
import { StoreMember } from '../store/index.ts'
import { TcpTransport } from '../transport/index.ts'
import { type Configuration, DiskLogStore, type Restoration } from '../wal/index.ts'
import type { MemberOptions } from './member-options.ts'
import { type JoinSettings, resolveOptions } from './options.ts'

/** As `join` (../join.ts), whatever `isolate` says. */
export async function join<Command = unknown, Result = unknown, Query = never, Answer = never>(
  options: MemberOptions<Command, Result, Query, Answer>,
  hooks: Pick<MemberSettings<never, never>, 'leadershipMayHaveChanged' | 'events'> = { events: eventSink },
): Promise<StoreMember<Command, Result, Query, Answer>> {
  const settings = { ...resolveOptions(options), ...hooks }
  const { config, cluster, logger } = settings
  const { id } = config
  const configuration = configurationOf(settings)
  const restore = await restorationFor(options, settings.machine)
  const store =
    options.logStore ??
    new DiskLogStore({ directory: options.data!, cluster, id, configuration, logger, ...restore })
  const transport = options.transport ?? tcpTransport(settings)
  const member = await newMember(settings, store, transport)
  const unwatch = shutdownSignals.watch(settings.shutdownSignals, () => member.close())
  member.closed.then(unwatch, unwatch)
  try {
    await transport.open(member.receiver)
  } catch (cause) {
    // The first failure is the one to report.
    await member.close().catch(() => {})
    if (isOurs(cause)) throw cause
    throw new ListenError(`the transport could not be opened: ${messageOf(cause)}`, { cause })
  }
  member.start()
  return member
}

/** Throws BackupError, SnapshotFormatError. */
async function restorationFor(
  { restore, kind }: Pick<MemberOptions<never, never>, 'restore' | 'kind'>,
  machine: { readonly snapshots?: MachineSnapshots } | undefined,
): Promise<{ restore?: Restoration }> {
  if (restore === undefined) return {}
  const backup = await BackupFile.open(restore)
  const { machineFormat } = backup.info
  const known = machine?.snapshots?.format
  if (machine === undefined && machineFormat > 0 && kind !== 'witness')
    throw new InvalidOptionsError(
      `restore: the backup ${backup.file} has the state of a state machine: give join that machine`,
    )
  if (known !== undefined && machineFormat > known)
    throw new SnapshotFormatError(
      `the backup ${backup.file} has the state of a machine of format ${machineFormat}, and this one knows formats up to ${known}: run the version that wrote it, or a newer one`,
    )
  return { restore: restorationOf(backup, kind === 'witness') }
}

function tcpTransport({
  config: { id },
  listen,
  peers,
  wire,
  logger,
}: Pick<JoinSettings<unknown, unknown>, 'config' | 'listen' | 'peers' | 'wire' | 'logger'>): Transport {
  return new TcpTransport({ id, listen, peers, logger, ...wire })
}

async function newMember<Command, Result, Query, Answer>(
  settings: JoinSettings<Command, Result, Query, Answer>,
  store: LogStore,
  transport: Transport,
): Promise<StoreMember<Command, Result, Query, Answer>> {
  const opened = await store.open().catch((cause: unknown) => {
    if (isOurs(cause)) throw cause
    throw new DataAccessError(`the log store could not be opened: ${messageOf(cause)}`, { cause })
  })
  try {
    return new StoreMember<Command, Result, Query, Answer>({ settings, opened, store, transport })
  } catch (cause) {
    await store.close().catch(() => {})
    if (isOurs(cause)) throw cause
    throw new InvalidOptionsError(
      `the member cannot run on its log with these options: ${messageOf(cause)}`,
      { cause },
    )
  }
}

function configurationOf({
  config: { electionOnly, witness },
  founders,
}: Pick<JoinSettings<unknown, unknown>, 'config' | 'founders'>): Configuration {
  return {
    founders,
    purpose: electionOnly ? 'election' : 'replication',
    kind: witness ? 'witness' : 'full',
  }
}

const isOurs = (error: unknown): boolean => error instanceof OarlockError || error instanceof InvariantError

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
