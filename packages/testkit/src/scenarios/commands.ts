// The commands of scenario files. Each takes its words and acts on the stage.
import type { MemberChange, MembershipChange, MessageType, NodeId, RaftConfig } from '@oarlock/core'
import type { CrashPoint, SimNode } from '../member/index.ts'
import { describeLog, describeMember, describeStored } from '../telling/index.ts'
import { conditionOf } from './conditions.ts'
import type { Stage } from './stage.ts'
import { CommandError, numberOf, placeOf, type Words } from './words.ts'

type Perform = (words: Words, stage: Stage) => void

const oneMember = (words: Words, stage: Stage): NodeId => stage.member(words.next('a member'))

/** The next word: a running member. */
function running(words: Words, stage: Stage): NodeId {
  const id = oneMember(words, stage)
  if (!stage.script.node(id).up) throw new CommandError(`${id} is down`)
  return id
}

/** At least one member. */
function severalMembers(words: Words, stage: Stage): NodeId[] {
  const several = words.while(stage.isMember)
  return several.length > 0 ? several : [oneMember(words, stage)]
}

/** The named members, or all. */
function membersOrAll(words: Words, stage: Stage): readonly NodeId[] {
  const named = words.while(stage.isMember)
  return named.length > 0 ? named : stage.members
}

/** `s1 s2 -> s3 s4` */
function fromTo(words: Words, stage: Stage): readonly [from: NodeId[], to: NodeId[]] {
  const from = severalMembers(words, stage)
  if (!words.takes('->')) throw new CommandError('from whom, -> and to whom')
  return [from, severalMembers(words, stage)]
}

/** A missing flag or number changes nothing. */
function configOf(words: Words): Partial<Omit<RaftConfig, 'id'>> {
  const electionTimeout = words.number('election-timeout')
  const heartbeatInterval = words.number('heartbeat')
  const lease = words.flag('lease')
  return {
    ...(electionTimeout === undefined ? {} : { electionTimeout }),
    ...(heartbeatInterval === undefined ? {} : { heartbeatInterval }),
    ...(words.flag('one-entry-messages') ? { maxMessageBytes: 0 } : {}),
    preVote: words.flag('pre-vote'),
    checkQuorum: words.flag('check-quorum') || lease,
    lease,
  }
}

function cluster(words: Words, stage: Stage): void {
  const voters = words.list('voters')
  if (voters.length === 0) throw new CommandError('voters=(…) is missing')
  const applyTime = words.number('apply-time') ?? 0
  stage.build({ voters, others: words.list('others'), config: configOf(words), applyTime })
}

function onDisk(words: Words, stage: Stage): void {
  const id = oneMember(words, stage)
  const inTerm = words.number('term')
  const entries = words.rest().map(placeOf)
  stage.script.onDisk(id, entries, inTerm ?? entries.at(-1)?.term ?? 0)
  stage.told() // drops the line about the crash
}

const crashPoints: Readonly<Record<string, CrashPoint>> = {
  'before-write': 'beforeWrite',
  'during-write': 'duringWrite',
  'after-write': 'afterWrite',
}

function crash(words: Words, stage: Stage): void {
  const several = severalMembers(words, stage)
  const [point] = words.while((word) => word in crashPoints)
  const down = several.find((id) => !stage.script.node(id).up)
  if (down !== undefined) throw new CommandError(`${down} is down already`)
  for (const id of several) stage.script.node(id).crash(point === undefined ? 'now' : crashPoints[point]!)
}

/** `+s4` adds a voter, `+s4:learner` a learner, and `-s2` removes a member. */
function memberChange(word: string, stage: Stage): MemberChange {
  const [, sign, name, learner] = /^([+-])([^:]+)(:learner)?$/.exec(word) ?? []
  if (name === undefined)
    throw new CommandError(`a change such as +s4, +s4:learner or -s2 was expected, not ${word}`)
  const id = stage.member(name)
  return { id, kind: sign === '-' ? 'remove' : learner === undefined ? 'voter' : 'learner' }
}

function start(words: Words, stage: Stage): void {
  const several = severalMembers(words, stage)
  const electionTimeout = words.number('election-timeout')
  for (const id of several) {
    const node = stage.script.node(id)
    if (node.up) throw new CommandError(`${id} runs already`)
    if (electionTimeout !== undefined) node.configure(electionTimeout)
    node.start()
  }
}

function transfer(words: Words, stage: Stage): void {
  const from = running(words, stage)
  if (!words.takes('->')) throw new CommandError('to whom? transfer s1 -> s2')
  stage.script.step(from, { type: 'transfer', to: oneMember(words, stage) })
}

function change(words: Words, stage: Stage): void {
  const id = running(words, stage)
  const transition: MembershipChange['transition'] = words.flag('explicit') ? 'explicit' : 'auto'
  if (words.takes('leave-joint')) return stage.script.change(id, { transition: 'auto', changes: [] })
  const changes = words.rest().map((word) => memberChange(word, stage))
  if (changes.length === 0) throw new CommandError('what is to change is missing')
  stage.script.change(id, { transition, changes })
}

const held: readonly MessageType[] = [
  'append',
  'appendResponse',
  'vote',
  'voteResponse',
  'preVote',
  'preVoteResponse',
  'heartbeat',
  'heartbeatResponse',
  'timeoutNow',
  'propose',
  'proposeResponse',
  'readIndex',
  'readIndexResponse',
]

function hold(words: Words, stage: Stage, copies: boolean): void {
  const type = words.next('a kind of message') as MessageType
  if (!held.includes(type))
    throw new CommandError(`${type} cannot be held back; there are: ${held.join(', ')}`)
  const [from, to] = fromTo(words, stage)
  for (const one of from) for (const other of to) stage.script.hold(type, one, other, copies)
}

function split(words: Words, stage: Stage): void {
  const one = severalMembers(words, stage)
  if (!words.takes('|')) throw new CommandError('which members are on the other side of | ?')
  const other = severalMembers(words, stage)
  for (const id of one) stage.script.mute(id, ...other)
  for (const id of other) stage.script.mute(id, ...one)
}

/** All links, those of the named members, or those from some members to others. */
function heal(words: Words, stage: Stage): void {
  const { script, members } = stage
  const from = membersOrAll(words, stage)
  const both = !words.takes('->')
  const to = both ? members : severalMembers(words, stage)
  for (const id of from) script.unmute(id, ...to)
  if (both) for (const id of members) script.unmute(id, ...from)
}

function propose(words: Words, stage: Stage, wait: boolean): void {
  const id = running(words, stage)
  const count = words.number('entries') ?? 1
  const names = words.rest()
  if (names.length === 0) throw new CommandError('what is proposed has a name')
  for (const name of names) {
    stage.propose(id, name, count)
    const number = stage.written(name)! - 1
    if (wait)
      stage.script.until(
        `${name} is acknowledged`,
        () => stage.script.simulation.workload.writes[number]!.outcome === 'acknowledged',
      )
  }
}

function until(words: Words, stage: Stage): void {
  const { script } = stage
  const what = words.text.replace(/^until /, '')
  const reached = conditionOf(words, script, (name) => stage.written(name))
  words.end()
  script.until(what, reached)
}

function show(describe: (node: SimNode) => string): Perform {
  return (words, stage) => {
    const ids = membersOrAll(words, stage)
    const width = Math.max(...ids.map((id) => id.length))
    for (const id of ids) stage.say(`${id.padEnd(width)}  ${describe(stage.script.node(id))}`)
  }
}

export const commands: Readonly<Record<string, Perform>> = {
  cluster,
  'on-disk': onDisk,
  campaign: (words, stage) => stage.script.campaign(running(words, stage)),
  elect: (words, stage) => stage.script.elect(running(words, stage)),
  propose: (words, stage) => propose(words, stage, false),
  write: (words, stage) => propose(words, stage, true),
  read: (words, stage) =>
    stage.script.read(running(words, stage), words.flag('lease') ? 'lease' : 'linearizable'),
  change,
  transfer,
  compact: (words, stage) => {
    for (const id of severalMembers(words, stage)) stage.script.compact(id)
  },
  crash,
  start,
  stop: (words, stage) => {
    for (const id of severalMembers(words, stage)) stage.script.node(id).pause()
  },
  resume: (words, stage) => {
    for (const id of severalMembers(words, stage)) stage.script.node(id).resume()
  },
  /** The member stands by itself when it has not heard from a leader for this long. */
  patience: (words, stage) =>
    stage.script.waits(oneMember(words, stage), numberOf(words.next('milliseconds'))),
  disk: (words, stage) => {
    const id = oneMember(words, stage)
    const ms = words.number('write')
    if (ms === undefined) throw new CommandError('write=… (milliseconds) is missing')
    stage.script.writesTake(id, ms)
  },
  mute: (words, stage) => {
    const [from, to] = fromTo(words, stage)
    for (const id of from) stage.script.mute(id, ...to)
  },
  split,
  heal,
  hold: (words, stage) => hold(words, stage, false),
  copy: (words, stage) => hold(words, stage, true),
  release: (_words, stage) => stage.script.release(),
  watch: (words, stage) => stage.watch(severalMembers(words, stage)),
  pass: (words, stage) => stage.script.pass(numberOf(words.next('milliseconds'))),
  until,
  log: show(({ disk: { durableLog } }) => describeLog(durableLog.start, durableLog.entries)),
  state: show(({ up, paused, raft }) => {
    if (!up) return 'is down'
    return `${describeMember(raft, raft.inspect().configuration)}${paused ? ' (stopped)' : ''}`
  }),
  durable: show(({ disk }) => describeStored(disk.durableHardState, disk.durableLog)),
}
