// Checks the options of join() and fills in the defaults. The error for an option that cannot work is one
// line that names it.
import { completeConfig, type NodeId, type RaftConfig, RaftConfigError } from '@oarlock/core'
import { InvalidOptionsError, type MemberSettings } from '@oarlock/runtime'
import {
  newAbortController,
  newTaskContext,
  nodeEventLoop,
  processClock,
  stderrLogger,
  unhandleable,
} from '../node/index.ts'
import { type Address, parseAddress } from '../transport/index.ts'
import { jsonCodec } from './json-codec.ts'
import type { MemberOptions } from './member-options.ts'

export interface JoinSettings<Command, Result> extends MemberSettings<Command, Result> {
  readonly peers: Readonly<Record<NodeId, string>>
  readonly listen: string
  readonly shutdownSignals: readonly NodeJS.Signals[]
}

const refuse = (what: string): never => {
  throw new InvalidOptionsError(what)
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Throws InvalidOptionsError. */
export function resolveOptions<Command, Result>(
  options: MemberOptions<Command, Result>,
): JoinSettings<Command, Result> {
  if (typeof options !== 'object' || options === null) refuse('options must be an object')
  const { id, peers, data, cluster = 'oarlock' } = options
  if (!isText(id)) refuse("id must be this member's name, a string that is not empty")
  if (typeof peers !== 'object' || peers === null)
    refuse("peers must map each member's id to its 'host:port'")
  if (!Object.hasOwn(peers, id)) refuse(`id '${id}' is not one of peers (${Object.keys(peers).join(', ')})`)
  if (!isText(cluster)) refuse('cluster must be a string that is not empty')
  const listen = options.listen ?? peers[id]!
  if (options.transport === undefined) checkAddresses(peers, listen)
  if (options.logStore === undefined && !isText(data))
    refuse("data must be the directory of this member's log, a string that is not empty")

  const config = configOf(options)
  const { proposeTimeout = 10 * config.electionTimeout, drainTimeout = 5_000 } = options
  if (!(proposeTimeout > 0)) refuse(`proposeTimeout must be above 0, and it is ${proposeTimeout}`)
  if (!(drainTimeout >= 0)) refuse(`drainTimeout must be 0 or above, and it is ${drainTimeout}`)
  const { shutdownSignals = ['SIGTERM', 'SIGINT'] } = options
  const impossible = unhandleable(shutdownSignals)
  if (impossible !== null) refuse(`shutdownSignals: a process cannot handle '${impossible}'; leave it out`)

  return {
    config,
    founders: Object.keys(peers).sort(),
    founding: options.founding ?? 'all',
    cluster,
    peers,
    listen,
    proposeTimeout,
    drainTimeout,
    shutdownSignals,
    machine: options.machine,
    codec: options.codec ?? jsonCodec<Command>(),
    logger: options.logger ?? stderrLogger,
    clock: options.clock ?? processClock,
    eventLoop: nodeEventLoop,
    newController: newAbortController,
    taskContext: newTaskContext(),
    random: options.random ?? Math.random,
  }
}

function configOf<Command, Result>({ id, ...options }: MemberOptions<Command, Result>): RaftConfig {
  const { kind = 'full', purpose = 'replication', priority = 1, machine } = options
  if (kind !== 'full' && kind !== 'witness') refuse(`kind must be 'full' or 'witness', and it is '${kind}'`)
  if (purpose !== 'replication' && purpose !== 'election')
    refuse(`purpose must be 'replication' or 'election', and it is '${purpose}'`)
  const witness = kind === 'witness'
  const electionOnly = purpose === 'election'
  if (witness && machine !== undefined)
    refuse("machine: a member of kind 'witness' applies nothing; leave it out")
  if (electionOnly && machine !== undefined)
    refuse("machine: with purpose 'election' nothing is applied; leave it out")
  const { electionTimeout = 500 } = options
  const { heartbeatInterval = electionTimeout / 5 } = options
  try {
    return completeConfig({ id, electionTimeout, heartbeatInterval, priority, witness, electionOnly })
  } catch (error) {
    if (error instanceof RaftConfigError) return refuse(error.message)
    throw error
  }
}

function checkAddresses(peers: Readonly<Record<NodeId, string>>, listen: string): void {
  const owners = new Map<string, NodeId>()
  for (const [member, address] of Object.entries(peers)) {
    const what = `peers['${member}']`
    const { host, port } = addressOf(what, address)
    if (host === '' || port === 0)
      refuse(`${what}: '${address}' cannot be dialled: write both a host and a port`)
    const owner = owners.get(address)
    if (owner !== undefined) refuse(`peers: '${owner}' and '${member}' have the same address ${address}`)
    owners.set(address, member)
  }
  addressOf('listen', listen)
}

function addressOf(what: string, text: string): Address {
  try {
    return parseAddress(String(text))
  } catch (error) {
    return refuse(`${what}: ${(error as Error).message}`)
  }
}
