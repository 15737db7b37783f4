// add-nodes: the configuration and the first state of the nodes of a case.
import { index, type RaftConfig, type SnapshotMeta, term } from '@oarlock/core'
import { flag, plain, required, valueGiven, valuesGiven, wholeNumber } from './arguments.ts'
import type { Argument, Directive } from './datadriven.ts'
import { CommandError, type Environment } from './environment.ts'

export const electionTimeout = 3
export const heartbeatInterval = 1

const unlimited: Partial<RaftConfig> = {
  maxMessageBytes: Number.POSITIVE_INFINITY,
  maxInflightMessages: 2 ** 31 - 1,
  maxInflightBytes: 0,
  maxUncommittedBytes: 0,
  maxApplyingBytes: Number.POSITIVE_INFINITY,
}

const membership = ['voters', 'learners', 'index', 'content']
const elections = ['checkquorum', 'prevote', 'read-only']
const limits = ['inflight', 'max-committed-size-per-ready']
const changes = ['disable-conf-change-validation', 'step-down-on-removal']
export const nodeOptions: readonly string[] = [
  ...membership,
  ...elections,
  ...limits,
  ...changes,
  'async-storage-writes',
]

const numberGiven = (args: readonly Argument[], key: string): number | undefined => {
  const value = valueGiven(args, key)
  return value === undefined ? undefined : wholeNumber(value, key)
}

function configOf(args: readonly Argument[]): Partial<RaftConfig> {
  const inflight = numberGiven(args, 'inflight')
  const applying = numberGiven(args, 'max-committed-size-per-ready') ?? 0
  const reads = valueGiven(args, 'read-only') ?? 'safe'
  if (reads !== 'safe' && reads !== 'lease-based')
    throw new CommandError(`invalid read-only option "${reads}"`)
  return {
    electionTimeout,
    heartbeatInterval,
    ...unlimited,
    ...(inflight !== undefined && { maxInflightMessages: inflight }),
    ...(applying > 0 && { maxApplyingBytes: applying }),
    checkQuorum: flag(args, 'checkquorum'),
    preVote: flag(args, 'prevote'),
    lease: reads === 'lease-based',
    clockRateTolerance: 0,
    stepDownOnRemoval: flag(args, 'step-down-on-removal'),
    validateChanges: !flag(args, 'disable-conf-change-validation'),
  }
}

/** The state that the nodes start from. Null: they know no members, and wait for a leader. */
function bootstrapOf(args: readonly Argument[]): SnapshotMeta | null {
  const voters = valuesGiven(args, 'voters')
  const learners = valuesGiven(args, 'learners')
  const at = numberGiven(args, 'index') ?? 0
  const content = valuesGiven(args, 'content')
  if (voters.length === 0 && learners.length === 0 && at === 0 && content.length === 0) return null
  if (at <= 1) throw new CommandError('index must be specified as > 1 due to bootstrap')
  return {
    index: index(at),
    term: term(1),
    configuration: { voters, outgoing: [], learners, learnersNext: [], autoLeave: false },
  }
}

export function addNodes(environment: Environment, { args }: Directive): void {
  const count = wholeNumber(required(plain(args)[0], 'count'), 'count')
  const options = {
    config: configOf(args),
    bootstrap: bootstrapOf(args),
    asyncStorageWrites: flag(args, 'async-storage-writes'),
  }
  for (let added = 0; added < count; added++) environment.addNode(options)
}
