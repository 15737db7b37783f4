// The description of a snapshot as bytes: its last entry and the configuration.
import type { Configuration, Index, NodeId, SnapshotMeta, Term } from '@oarlock/core'
import type { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'

/** The length of an empty name. */
const leastNameSize = 4

export function snapshotSize({ configuration }: SnapshotMeta): number {
  const { voters, outgoing, learners, learnersNext } = configuration
  return 8 + 8 + namesSize(voters) + namesSize(outgoing) + namesSize(learners) + namesSize(learnersNext) + 1
}

export function writeSnapshot(to: ByteWriter, snapshot: SnapshotMeta): void {
  to.u64(snapshot.index)
  to.u64(snapshot.term)
  const { voters, outgoing, learners, learnersNext, autoLeave } = snapshot.configuration
  writeNames(to, voters)
  writeNames(to, outgoing)
  writeNames(to, learners)
  writeNames(to, learnersNext)
  to.bool(autoLeave)
}

export function readSnapshot(from: ByteReader): SnapshotMeta {
  const index = from.u64() as Index
  const term = from.u64() as Term
  const configuration: Configuration = {
    voters: readNames(from),
    outgoing: readNames(from),
    learners: readNames(from),
    learnersNext: readNames(from),
    autoLeave: from.bool(),
  }
  return { index, term, configuration }
}

function namesSize(names: readonly NodeId[]): number {
  let size = 4
  for (const name of names) size += stringSize(name)
  return size
}

function writeNames(to: ByteWriter, names: readonly NodeId[]): void {
  to.u32(names.length)
  for (const name of names) to.string(name)
}

function readNames(from: ByteReader): NodeId[] {
  const names: NodeId[] = []
  for (let left = from.count(leastNameSize); left > 0; left--) names.push(from.string())
  return names
}
