// Checks the options of join() and fills in the defaults. The error for an option that cannot work is one
// line that names it.
import { completeConfig, type NodeId, type RaftConfig, RaftConfigError } from '@oarlock/core'
import {
  checkedRandom,
  checkOptions,
  guardedLogger,
  type MemberSettings,
  type StateMachine,
  snapshotSettings,
} from '@oarlock/runtime'
import { type StoreSettings, storeSettings } from '@oarlock/store'
import { backupFormat } from '../backup/index.ts'
import {
  newAbortController,
  newTaskContext,
  nodeEventLoop,
  processClock,
  stderrLogger,
} from '../node/index.ts'
import type { TcpTransportOptions } from '../transport/index.ts'
import { addressOf, checkDialled, refuse } from './checks.ts'
import { jsonCodec } from './json-codec.ts'
import type { MemberOptions } from './member-options.ts'
import { joinsOf, kindOf, placeOf } from './place.ts'
import { memberSchema } from './schema.ts'

export interface JoinSettings<Command, Result, Query = never, Answer = never>
  extends MemberSettings<Command, Result, Query, Answer> {
  readonly peers: Readonly<Record<NodeId, string>>
  readonly listen: string
  /** For the TCP transport. */
  readonly wire: Pick<TcpTransportOptions, 'tls' | 'secret' | 'advertise'>
  readonly shutdownSignals: readonly NodeJS.Signals[]
  readonly storeSettings: StoreSettings
}

/** The most bytes of entries in flight to a peer. What the link carries may be less (runtime's flow/). */
const maxInflightBytes = 16 * 1024 * 1024

const wireOptions = ['tls', 'secret', 'advertise'] as const

/** Throws InvalidOptionsError. */
export function resolveOptions<Command, Result, Query, Answer>(
  options: MemberOptions<Command, Result, Query, Answer>,
): JoinSettings<Command, Result, Query, Answer> {
  checkOptions<MemberOptions<never, never>>(options, memberSchema)
  const { data, cluster = 'oarlock' } = options
  const place = placeOf(options)
  const { listen, peers } = place
  if (options.transport === undefined) checkAddresses({ ...options, peers }, listen)
  else
    for (const name of wireOptions)
      if (options[name] !== undefined)
        refuse(`${name}: it has no effect on a transport of your own; give it to the transport`)
  if (options.logStore === undefined && data === undefined)
    refuse("data must be the directory of this member's log, and it is not given")
  checkRestore(options)
  const config = configOf(options)
  const { proposeTimeout = 10 * config.electionTimeout, readTimeout = 10 * config.electionTimeout } = options
  const { drainTimeout = 5_000, shutdownSignals = ['SIGTERM', 'SIGINT'] } = options

  return {
    config,
    founders: Object.keys(peers).sort(),
    founding: options.founding ?? 'all',
    addresses: place.addresses,
    seeds: options.seeds ?? [],
    joins: joinsOf(options),
    admission: options.admission ?? 'open',
    cluster,
    peers,
    listen,
    wire: wireOf(options),
    proposeTimeout,
    readTimeout,
    storeSettings: storeSettings(options.store ?? {}),
    drainTimeout,
    shutdownSignals,
    machine: machineOf(options),
    backups: backupFormat,
    snapshots: snapshotSettings(options.snapshots ?? {}, config.electionTimeout),
    codec: options.codec ?? jsonCodec<Command>(),
    resultCodec: options.resultCodec ?? jsonCodec<Result>('the result'),
    logger: guardedLogger(options.logger ?? stderrLogger),
    clock: options.clock ?? processClock,
    eventLoop: nodeEventLoop,
    newController: newAbortController,
    taskContext: newTaskContext(),
    random: checkedRandom(options.random ?? Math.random),
  }
}

function configOf<Command, Result, Query, Answer>(
  options: MemberOptions<Command, Result, Query, Answer>,
): RaftConfig {
  const { id } = options
  const { purpose = 'replication', priority = 1, machine } = options
  const witness = kindOf(options) === 'witness'
  const electionOnly = purpose === 'election'
  if (witness && machine !== undefined)
    refuse("machine: a member of kind 'witness' applies nothing; leave it out")
  if (electionOnly && machine !== undefined)
    refuse("machine: with purpose 'election' nothing is applied; leave it out")
  const { electionTimeout = 500 } = options
  const { heartbeatInterval = electionTimeout / 5 } = options
  try {
    return completeConfig({
      id,
      electionTimeout,
      heartbeatInterval,
      priority,
      witness,
      electionOnly,
      maxInflightBytes,
    })
  } catch (error) {
    if (error instanceof RaftConfigError) return refuse(error.message)
    throw error
  }
}

/** The machine of a member in this thread. */
function machineOf<Command, Result, Query, Answer>({
  machine,
}: Pick<MemberOptions<Command, Result, Query, Answer>, 'machine'>):
  | StateMachine<Command, Result, Query, Answer>
  | undefined {
  return machine instanceof URL
    ? refuse('machine: only with isolate it is the URL of a module; give the state machine itself')
    : machine
}

function checkRestore({
  restore,
  logStore,
  purpose,
  kind,
  ...options
}: Pick<MemberOptions<never, never>, 'restore' | 'logStore' | 'purpose' | 'kind' | 'machine'>): void {
  if (restore === undefined) return
  if (logStore !== undefined) refuse('restore: it has no effect on a log store of your own')
  if (purpose === 'election') refuse("restore: a cluster with purpose 'election' has no state")
  const machine = machineOf(options)
  if (kind !== 'witness' && machine !== undefined && machine.snapshots === undefined)
    refuse('restore: the machine needs snapshots, to be restored from the backup')
}

function wireOf(options: MemberOptions<never, never>): JoinSettings<never, never>['wire'] {
  return Object.fromEntries(
    wireOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
}

function checkAddresses(
  { id, peers = {}, advertise }: Pick<MemberOptions<never, never>, 'id' | 'peers' | 'advertise'>,
  listen: string,
): void {
  const owners = new Map<string, NodeId>()
  for (const [member, address] of Object.entries(peers)) {
    // Only this member's own port may be a free one.
    checkDialled(`peers['${member}']`, address, member === id)
    const owner = owners.get(address)
    if (owner !== undefined) refuse(`peers: '${owner}' and '${member}' have the same address ${address}`)
    owners.set(address, member)
  }
  addressOf('listen', listen)
  if (advertise !== undefined) checkDialled('advertise', advertise)
}
