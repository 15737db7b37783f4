// Known bugs of real Raft implementations, each one rule of the core replaced by a broken one. The simulator is only as good
// as the mutants it catches; the unchanged core survives the same seeds.
import { type Rules, standardRules } from '@oarlock/core'

export interface Mutant {
  readonly name: string
  /** What is wrong. */
  readonly bug: string
  readonly rules: Rules
}

const mutant = (name: string, bug: string, broken: Partial<Rules>): Mutant => ({
  name,
  bug,
  rules: { ...standardRules, ...broken },
})

export const mutants: readonly Mutant[] = [
  mutant('E1', 'votes are answered before they are on disk', {
    waitsForWrite: (envelope) =>
      envelope.message.type !== 'voteResponse' && standardRules.waitsForWrite(envelope),
  }),
  mutant('E3', 'the vote is forgotten on stepping down within the term', {
    retainedVote: () => null,
  }),
  mutant('E4', 'vote messages are counted, not distinct voters', {
    electionResult: (received, configuration, majority) => {
      const needed = majority(configuration.voters.length)
      const granted = received.filter((vote) => vote.granted).length
      if (granted >= needed) return 'won'
      return received.length - granted >= needed ? 'lost' : 'pending'
    },
  }),
  mutant('E9', 'a quorum is half of the voters, rounded down', {
    majorityOf: (voters) => Math.floor(voters / 2),
  }),
  mutant('L1', 'replicas are counted for entries of any term (figure 8)', {
    mayCommitAt: (termAtIndex) => termAtIndex !== undefined,
  }),
  mutant('L2', 'an append cuts off everything after prev, conflict or not', {
    conflictFreeSuffix: (_log, entries) => entries,
  }),
  mutant('L4', "a follower commits up to the leader's commit index, whatever the message proved", {
    followerCommit: (leaderCommit) => leaderCommit,
  }),
  mutant('L5', 'a follower acknowledges its own last entry, not the last of the message', {
    acknowledgedIndex: (_lastOfMessage, ownLast) => ownLast,
  }),
  mutant('L12', "the leader's own copy counts before it is on disk", {
    waitsForWrite: (envelope) =>
      !(envelope.message.type === 'appendResponse' && envelope.from === envelope.to) &&
      standardRules.waitsForWrite(envelope),
  }),
]

/** The mutant of this name. Throws a RangeError that lists the names there are. */
export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name.toLowerCase() === name.toLowerCase())
  if (found === undefined)
    throw new RangeError(`no mutant ${name}; there are ${mutants.map((mutant) => mutant.name).join(', ')}`)
  return found
}
