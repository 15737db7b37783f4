// A rule that no mutant breaks is a rule that nobody has shown to matter.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFiles } from '../repository/files.ts'
import { mutants } from './mutants.ts'

/** Functions that take no node, and are no rules or the parts of one: why no mutant breaks them. */
const unbroken: Readonly<Record<string, string>> = {
  bytesOf: 'a sum',
  changeSimply: 'a part of changed',
  committedIndex: 'a part of jointCommittedIndex',
  completeConfig: 'checks what a user hands in',
  decodeChange: 'a codec',
  electionDelay: 'a preference: it costs no safety, and an election timeout at most',
  encodeChange: 'a codec',
  enterJoint: 'a part of changed',
  firstCommand: 'checks what a user hands in',
  frozen: 'keeps views as they are',
  handlersOf: 'a table',
  invariant: 'stops a node that is broken already',
  isCommand: 'a kind of entry',
  isJoint: 'reads a configuration',
  isVoter: 'reads a configuration',
  jointReached: 'a part of quorumAnsweredSince, quorumIsAlive and roundConfirmed',
  jointVote: 'a part of electionResult',
  lastPlaceOfTermAtMost: 'a part of placeToProbe',
  leaveJoint: 'a part of changed',
  leavesJoint: 'a part of changed',
  majorityVote: 'a part of electionResult',
  membersOf: 'reads a configuration',
  promiseForbids: 'H3 leaves it out where others would hear of it',
  reachedByMajority: 'a part of the joint decisions',
  staticVoters: 'makes a configuration',
  votersOf: 'reads a configuration',
}

const sources = repositoryFiles().filter(
  (path) => /^packages\/core\/src\/(?!explain\/).*\.ts$/.test(path) && !path.endsWith('.test.ts'),
)

/** The exported functions of a module that take no node. */
function decisionsIn(path: string): string[] {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const functions = source.matchAll(/^export function (\w+)(?:<[^>]*>)?\((.*?)\)(?:: [^{]*)? \{\n/gms)
  return [...functions].flatMap(([, name, parameters]) => (/\bNode\b/.test(parameters!) ? [] : [name!]))
}

const decisions = sources.flatMap(decisionsIn)

/** The mutants that replace it, or one of its calls. */
const breakers = (decision: string): string[] =>
  mutants
    .filter(({ changes }) =>
      changes.some((change) =>
        'find' in change ? new RegExp(`\\b${decision}\\(`).test(change.find) : change.name === decision,
      ),
    )
    .map(({ name }) => name)

test('there are many', () => expect(decisions.length).toBeGreaterThan(50))

test.each(decisions)('%s is broken by a mutant, or it is said why not', (decision) => {
  if (unbroken[decision] === undefined) expect(breakers(decision)).not.toEqual([])
  else expect(breakers(decision)).toEqual([])
})

test('it is said only of functions that there are', () => {
  expect(Object.keys(unbroken).filter((name) => !decisions.includes(name))).toEqual([])
})
