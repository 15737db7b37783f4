// The conditions of `until`: `until s2 s3 have 3@2`, `until s1 leads`. Each is a sentence about one or
// several members.
import { index, type NodeId, term } from '@oarlock/core'
import type { SimNode } from '../member/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import type { Script } from './script.ts'
import { CommandError, numberOf, placeOf, type Words } from './words.ts'

type Holds = (node: SimNode) => boolean
type Verb = (words: Words) => Holds

const optionalTerm = (words: Words): number | null => {
  words.takes('in')
  return words.takes('term') ? numberOf(words.next('a term')) : null
}

const inRole =
  (role: string): Verb =>
  (words) => {
    const wanted = optionalTerm(words)
    return ({ up, raft }) => up && raft.role === role && (wanted === null || raft.term === wanted)
  }

const has: Verb = (words) => {
  const { index, term } = placeOf(words.next('an entry'))
  return ({ disk }) => disk.durableLog.termAt(index) === term
}

const commits: Verb = (words) => {
  const at = numberOf(words.next('an index'))
  return ({ up, raft }) => up && raft.commit >= at
}

const applies: Verb = (words) => {
  const at = numberOf(words.next('an index'))
  return ({ machine }) => machine.index >= at
}

const follows: Verb = (words) => {
  const leader = words.next('a leader')
  return ({ up, raft }) => up && raft.role === 'follower' && raft.leader === leader
}

const votes: Verb = (words) => {
  const inTerm = optionalTerm(words)
  if (inTerm === null) throw new CommandError('votes when? in term N')
  return ({ disk }) => disk.votes.has(term(inTerm))
}

const is: Verb = (words) => {
  if (words.takes('down')) return ({ up }) => !up
  const inTerm = optionalTerm(words)
  if (inTerm === null) throw new CommandError('is what? down, or in term N')
  return ({ up, raft }) => up && raft.term >= inTerm
}

const knows: Verb = (words) => {
  const member = words.next('a member')
  if (!words.takes('has')) throw new CommandError('a leader knows that a member has an index: knows s2 has 3')
  const at = index(numberOf(words.next('an index')))
  return ({ up, raft }) => up && (raft.inspect().progress.get(member)?.match ?? 0) >= at
}

const counts: Verb = (words) => {
  const wanted = words.rest().join(' ')
  return ({ up, raft }) => up && describeConfiguration(raft.inspect().configuration) === wanted
}

const gives: Verb = (words) => {
  if (!words.takes('up')) throw new CommandError('gives what? up, that is to hand over')
  return ({ up, raft }) => up && raft.role === 'leader' && raft.inspect().transferTarget === null
}

const verbs: Readonly<Record<string, Verb>> = {
  leads: inRole('leader'),
  stands: inRole('candidate'),
  has,
  have: has,
  commits,
  commit: commits,
  applies,
  apply: applies,
  follows,
  follow: follows,
  votes,
  vote: votes,
  is,
  are: is,
  knows,
  counts,
  count: counts,
  gives,
}

/** `written`: the number of a named write. */
export function conditionOf(
  words: Words,
  script: Script,
  written: (name: string) => number | undefined,
): () => boolean {
  const { nodes, workload } = script.simulation
  if (words.takes('all')) {
    if (!words.takes('agree')) throw new CommandError('of all one can wait until they agree')
    return () => allAgree(script)
  }
  const ids: readonly NodeId[] = words.while((word) => nodes.some(({ id }) => id === word))
  if (ids.length === 0) {
    const name = words.next('a member, or the name of a write')
    const number = written(name)
    if (number === undefined || !words.takes('is') || !words.takes('acknowledged'))
      throw new CommandError(`${name} is no member; of a write one can wait until it is acknowledged`)
    return () => workload.writes[number - 1]?.outcome === 'acknowledged'
  }
  const word = words.next('what is to be so')
  const verb = verbs[word]
  if (verb === undefined)
    throw new CommandError(`cannot wait until a member ${word}; there are: ${Object.keys(verbs).join(', ')}`)
  const holds = verb(words)
  const waitedFor = ids.map((id) => script.node(id))
  return () => waitedFor.every(holds)
}

/** Every running member of the cluster has the same log, all of it committed and applied. */
function allAgree({ simulation: { operator, committed } }: Script): boolean {
  return operator.members.every(
    ({ up, disk, log, machine }) =>
      !up || [log.lastIndex, disk.durableLog.lastIndex, machine.index].every((at) => at === committed.length),
  )
}
