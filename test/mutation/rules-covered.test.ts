// A rule that no mutant breaks has not been shown to matter.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { repositoryFiles } from '../repository/files.ts'
import { allMutants } from './mutants.ts'

/**
 * Functions of the core that take no node and that no mutant breaks: they are no rules, or parts of one.
 */
const unbrokenInCore: Readonly<Record<string, string>> = {
  bytesOf: 'a sum',
  changeSimply: 'a part of changed',
  committedIndex: 'a part of jointCommittedIndex',
  completeConfig: 'checks what a user hands in',
  decodeChange: 'a codec',
  electionDelay: 'a preference: it costs no safety, and an election timeout at most',
  encodeChange: 'a codec',
  enterJoint: 'a part of changed',
  findEntry: 'a search',
  frozen: 'keeps views as they are',
  handlersOf: 'a table',
  heartbeatIntervalFor: 'a leader that sends fewer loses its leadership, no more',
  invariant: 'stops a node that is broken already',
  isCommand: 'a kind of entry',
  isConfiguration: 'a kind of entry',
  isJoint: 'reads a configuration',
  isVoter: 'reads a configuration',
  jointReached: 'a part of quorumPromisedUntil, quorumIsAlive and roundConfirmed',
  jointVote: 'a part of electionResult',
  lastPlaceOfTermAtMost: 'a part of placeToProbe',
  leaveJoint: 'a part of changed',
  leavesJoint: 'a part of changed',
  majorityVote: 'a part of electionResult',
  membersOf: 'reads a configuration',
  promiseForbids: 'H3 leaves it out where others would hear of it',
  reachedBy: 'a part of the joint decisions',
  staticVoters: 'makes a configuration',
  votersOf: 'reads a configuration',
}

/** The same of the log store. */
const unbrokenInWal: Readonly<Record<string, string>> = {
  accessError: 'makes an error',
  bytesOfBeginning: 'a codec',
  bytesOfRecord: 'a codec',
  checkOrder: 'the simulation keeps to the order: the suite of the log stores',
  checkSnapshots: 'recover/recover.test.ts: the simulation recovers no cluster',
  checksumSectors: 'a codec',
  chunkOf: 'makes a view',
  complete: 'recover/recover.test.ts: the simulation recovers no cluster',
  corrupt: 'makes an error',
  damagedSnapshot: 'makes an error',
  decide: 'recover/recover.test.ts: the simulation recovers no cluster',
  decodeChecked: 'a codec',
  decodeFrame: 'a codec',
  decodeHeader: 'a codec',
  decodeMeta: 'a codec',
  decodePeers: 'a codec',
  decodeRecord: 'a codec',
  decodeSegmentHeader: 'a codec: wal-gap and wal-seed break what is read from it',
  decodeStarts: 'a codec',
  decodeTrailer: 'a codec',
  encodeChecked: 'a codec',
  encodeFrame: 'a codec',
  encodeHeader: 'a codec',
  encodeMeta: 'a codec',
  encodePeers: 'a codec',
  encodeRecord: 'a codec',
  encodeSegmentHeader: 'a codec',
  encodeStaleSectors: 'a codec',
  encodeTrailer: 'a codec',
  fillWithZeros: 'a preference: it makes writes faster',
  foundersOf: 'a part of foundingAfter and readSurvivor',
  foundingAfter: 'the simulation opens a directory with one founding only: identity.test.ts',
  growthStep: 'a preference: it makes writes faster',
  headerBytes: 'a codec',
  lengthOfEntry: 'a codec',
  lockDirectory: 'needs processes: directory-lock.process.test.ts; wal-lock leaves it out',
  mustRestore: 'restore.test.ts: the simulation restores no backup',
  notWritten: 'makes an error',
  openIdentity: 'wal-names and wal-replace break what it is made of',
  readBeginning: 'a codec',
  readBlocks: 'snapshots.test.ts',
  readDecided: 'recover/recover.test.ts: the simulation recovers no cluster',
  readEntry: 'a codec',
  readIdentity: 'a part of openIdentity',
  readLayout: 'snapshots.test.ts',
  readRecordHeader: 'a codec',
  readSurvivor: 'recover/recover.test.ts: the simulation recovers no cluster',
  readUint64: 'a codec',
  recover: 'wal-behind, wal-uncut, wal-cache and wal-copy break its steps',
  restoreDirectory: 'restore.test.ts: the simulation restores no backup',
  saveIdentity: 'wal-names and wal-replace break what it is made of',
  scanLog: 'wal-order and wal-gap break its steps',
  sectorsOf: 'a sum',
  segmentName: 'a name',
  segmentNumbers: 'reads names',
  settingsOf: 'fills in defaults',
  termOfEntry: 'a codec',
  whileLocked: 'recover/recover.test.ts: the simulation recovers no cluster',
  withStart: 'wal-start breaks what it is used for',
  writeBeginning: 'a codec',
  writeEntry: 'a codec',
  writeNewFile: 'wal-short and wal-retry break its steps',
  writeUint64: 'a codec',
}

const sourcesIn = (folder: RegExp): string[] =>
  repositoryFiles().filter((path) => folder.test(path) && !path.endsWith('.test.ts'))

/** The exported functions of a module that take no node. */
function decisionsIn(path: string): string[] {
  const source = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const functions = source.matchAll(
    /^export (?:async )?function (\w+)(?:<[^>]*>)?\((.*?)\)(?:: [^{]*)? \{\n/gms,
  )
  return [...functions].flatMap(([, name, parameters]) => (/\bNode\b/.test(parameters!) ? [] : [name!]))
}

/** The mutants that replace it, or one of its calls. */
const breakers = (decision: string): string[] =>
  allMutants
    .filter(({ changes }) =>
      changes.some((change) =>
        'find' in change ? new RegExp(`\\b${decision}\\(`).test(change.find) : change.name === decision,
      ),
    )
    .map(({ name }) => name)

describe.each([
  {
    of: 'the core',
    folder: /^packages\/core\/src\/(?!explain\/).*\.ts$/,
    unbroken: unbrokenInCore,
    many: 50,
  },
  { of: 'the log store', folder: /^packages\/oarlock\/src\/wal\/.*\.ts$/, unbroken: unbrokenInWal, many: 30 },
])('a rule of $of:', ({ folder, unbroken, many }) => {
  const decisions = sourcesIn(folder).flatMap(decisionsIn)

  test('there are many decisions', () => expect(decisions.length).toBeGreaterThan(many))

  test.each(decisions)('%s is broken by a mutant, or there is a reason not to', (decision) => {
    if (unbroken[decision] === undefined) expect(breakers(decision)).not.toEqual([])
    else expect(breakers(decision)).toEqual([])
  })

  test('reasons are given only for functions that exist', () => {
    expect(Object.keys(unbroken).filter((name) => !decisions.includes(name))).toEqual([])
  })
})

test('decisions of the core lie below the node: what is in node/ and roles/ takes it', () => {
  expect(sourcesIn(/^packages\/core\/src\/(?:node|roles)\//).flatMap(decisionsIn)).toEqual(['handlersOf'])
})
