// The description of a snapshot as bytes: its last entry and the configuration.
import type { Configuration, Index, SnapshotMeta, Term } from '@oarlock/core'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { namesSize, readNames, writeNames } from './names-codec.ts'

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
