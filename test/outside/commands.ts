// The commands of the interaction cases.
import { index, type MembershipChange, type Payload } from '@oarlock/core'
import { addNodes, electionTimeout, heartbeatInterval, nodeOptions } from './add-nodes.ts'
import { flag, plain, type Reads, readsAll, required, valueGiven, wholeNumber } from './arguments.ts'
import { CaseError, type Directive } from './datadriven.ts'
import { describeEntry, describeMessage, describeProgress, describeState } from './describe.ts'
import { CommandError, type Environment } from './environment.ts'
import { changePayload, parseChanges, TokenError } from './member-changes.ts'
import type { CaseNode } from './node.ts'
import { wireMessage } from './wire.ts'

type Command = (environment: Environment, directive: Directive) => void

const nodeOf = (environment: Environment, { args }: Directive): CaseNode =>
  environment.node(required(plain(args)[0], 'node'))

const campaign: Command = (environment, directive) =>
  nodeOf(environment, directive).step({ type: 'campaign' })

const forgetLeader: Command = (environment, directive) =>
  nodeOf(environment, directive).step({ type: 'forgetLeader' })

function proposePayload(environment: Environment, directive: Directive, payload: Payload): void {
  const event = { type: 'propose', request: null, entries: [payload] } as const
  if (environment.stepProposal(nodeOf(environment, directive), event) === 'dropped')
    throw new CommandError('raft proposal dropped')
}

const propose: Command = (environment, directive) => {
  const data = new TextEncoder().encode(required(plain(directive.args)[1], 'data'))
  proposePayload(environment, directive, { type: 'normal', data })
}

function changesOf(input: string): ReturnType<typeof parseChanges> {
  try {
    return parseChanges(input)
  } catch (error) {
    if (error instanceof TokenError) throw new CommandError(error.message)
    throw error
  }
}

const isTransition = (name: string): name is MembershipChange['transition'] =>
  name === 'auto' || name === 'explicit' || name === 'implicit'

const proposeConfigurationChange: Command = (environment, directive) => {
  const { args, input } = directive
  const v1 = flag(args, 'v1')
  const transition = valueGiven(args, 'transition') ?? 'auto'
  if (!isTransition(transition)) throw new CommandError(`unknown transition ${transition}`)
  const changes = changesOf(input)
  if (v1 && (changes.length > 1 || transition !== 'auto'))
    throw new CommandError('v1 conf change can only have one operation and no transition')
  proposePayload(environment, directive, changePayload(changes, { v1, transition }))
}

const deliverMessages: Command = (environment, { args }) => {
  const type = valueGiven(args, 'type') ?? null
  let delivered = 0
  for (const { key, values } of args) {
    if (values.length === 0) delivered += environment.deliver(key, { type })
    if (key === 'drop') for (const id of values) delivered += environment.deliver(id, { type, drop: true })
  }
  if (delivered === 0) environment.print('no messages')
}

const processReady: Command = (environment, { args }) =>
  environment.forEach(plain(args), 'handling Ready', (node) => environment.processReady(node))

const processAppendThread: Command = (environment, { args }) =>
  environment.forEach(plain(args), 'processing append thread', (node) =>
    environment.processAppendThread(node),
  )

const processApplyThread: Command = (environment, { args }) =>
  environment.forEach(plain(args), 'processing apply thread', (node) => environment.processApplyThread(node))

const isSilent = (level: string): boolean => {
  const name = level.toUpperCase()
  if (!['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE'].includes(name))
    throw new CaseError(`no log level ${level}`)
  return name === 'NONE'
}

const logLevel: Command = (environment, { args }) => {
  environment.quiet = isSilent(required(plain(args)[0], 'level'))
}

const stabilize: Command = (environment, { args }) => {
  const before = environment.quiet
  const level = valueGiven(args, 'log-level')
  if (level !== undefined) environment.quiet = isSilent(level)
  try {
    environment.stabilize(plain(args))
  } finally {
    environment.quiet = before
  }
}

const status: Command = (environment, directive) => {
  const { progress } = nodeOf(environment, directive).raft.inspect()
  for (const [id, view] of [...progress].sort(([a], [b]) => Number(a) - Number(b)))
    environment.print(describeProgress(id, view))
}

const raftState: Command = (environment) => {
  for (const { raft } of environment.nodes) environment.print(describeState(raft.inspect()))
}

const printLog = (environment: Environment, { storage }: CaseNode): void => {
  const { firstIndex, lastIndex } = storage
  if (lastIndex < firstIndex)
    environment.print(`log is empty: first index=${firstIndex}, last index=${lastIndex}`)
  else
    for (const entry of storage.entries(firstIndex, index(lastIndex + 1), Number.POSITIVE_INFINITY))
      environment.print(describeEntry(entry))
}

const raftLog: Command = (environment, directive) => printLog(environment, nodeOf(environment, directive))

const compact: Command = (environment, directive) => {
  const node = nodeOf(environment, directive)
  const to = wholeNumber(required(plain(directive.args)[1], 'index'), 'index')
  if (!node.storage.compact(index(to)))
    throw new CommandError('requested index is unavailable due to compaction')
  printLog(environment, node)
}

const tick =
  (ticks: number): Command =>
  (environment, directive) => {
    const node = nodeOf(environment, directive)
    for (let done = 0; done < ticks; done++) node.tick()
  }

const setRandomizedElectionTimeout: Command = (environment, directive) =>
  nodeOf(environment, directive).raft.setRandomizedElectionTimeout(
    wholeNumber(required(valueGiven(directive.args, 'timeout'), 'timeout'), 'timeout'),
  )

const transferLeadership: Command = (environment, { args }) =>
  environment
    .node(required(valueGiven(args, 'from'), 'from'))
    .step({ type: 'transfer', to: required(valueGiven(args, 'to'), 'to') })

const reportUnreachable: Command = (environment, directive) =>
  nodeOf(environment, directive).step({
    type: 'peerUnreachable',
    id: required(plain(directive.args)[1], 'unreachable node'),
  })

const sendSnapshot: Command = (environment, directive) => {
  const { id, raft, storage } = nodeOf(environment, directive)
  const to = required(plain(directive.args)[1], 'receiver')
  const { snapshot } = storage
  if (snapshot === null) throw new CaseError(`node ${id} has no snapshot`)
  const message = { type: 'snapshot', term: raft.term, snapshot } as const
  const wire = wireMessage({ from: id, to, message })
  environment.queue({ wire, event: { type: 'receive', from: id, message } })
  environment.print(describeMessage(wire))
}

interface Row extends Reads {
  readonly run: Command
}

const one = (run: Command): Row => ({ run, plain: 1 })

const commands: ReadonlyMap<string, Row> = new Map<string, Row>(
  Object.entries({
    'add-nodes': { run: addNodes, plain: 1, options: nodeOptions },
    campaign: one(campaign),
    compact: { run: compact, plain: 2 },
    'deliver-msgs': { run: deliverMessages, options: ['drop', 'type'] },
    'forget-leader': one(forgetLeader),
    'log-level': one(logLevel),
    'process-append-thread': { run: processAppendThread },
    'process-apply-thread': { run: processApplyThread },
    'process-ready': { run: processReady },
    propose: { run: propose, plain: 2 },
    'propose-conf-change': {
      run: proposeConfigurationChange,
      plain: 1,
      options: ['v1', 'transition'],
      input: true,
    },
    'raft-log': one(raftLog),
    'raft-state': { run: raftState, plain: 0 },
    'report-unreachable': { run: reportUnreachable, plain: 2 },
    'send-snapshot': { run: sendSnapshot, plain: 2 },
    'set-randomized-election-timeout': {
      run: setRandomizedElectionTimeout,
      plain: 1,
      options: ['timeout'],
    },
    stabilize: { run: stabilize, options: ['log-level'] },
    status: one(status),
    'tick-election': one(tick(electionTimeout)),
    'tick-heartbeat': one(tick(heartbeatInterval)),
    'transfer-leadership': { run: transferLeadership, plain: 0, options: ['from', 'to'] },
  }),
)

/**
 * Runs one directive and returns its output. Errors that a case may expect are part of it; any other is
 * thrown.
 */
export function runCommand(environment: Environment, directive: Directive): string {
  const command = commands.get(directive.command)
  if (command === undefined) throw new CaseError(`there is no command ${directive.command}`)
  const { run, ...reads } = command
  readsAll(directive, reads)
  let error = ''
  try {
    run(environment, directive)
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown
    error = thrown.message
  }
  const lines = [environment.takeOutput(), error].filter((text) => text !== '')
  return lines.length === 0 ? 'ok' : lines.join('\n')
}
