// Where the log begins from a record on: first segment (8), index (8), term (8), length of the rest (4), the
// configuration as JSON.
import { index, type SnapshotMeta, term } from '@oarlock/core'
import type { Chunk } from './chunks.ts'
import { readUint64, writeUint64 } from './uint64.ts'

const FIXED_BYTES = 28

/** From this record on the log begins after a snapshot. */
export interface Beginning {
  /** The snapshot replaces the log, or it stands for the entries up to its own. */
  readonly use: 'snapshot' | 'compaction'
  readonly snapshot: SnapshotMeta
  /** The segments before this one are not needed any more. */
  readonly segment: number
}

export function bytesOfBeginning(beginning: Beginning): number {
  return FIXED_BYTES + configurationOf(beginning).length
}

/** Returns the byte after it. */
export function writeBeginning({ bytes, view }: Chunk, at: number, beginning: Beginning): number {
  const { snapshot, segment } = beginning
  const configuration = configurationOf(beginning)
  writeUint64(view, at, segment)
  writeUint64(view, at + 8, snapshot.index)
  writeUint64(view, at + 16, snapshot.term)
  view.setUint32(at + 24, configuration.length, true)
  bytes.set(configuration, at + FIXED_BYTES)
  return at + FIXED_BYTES + configuration.length
}

/** Of a record that is whole. */
export function readBeginning({ bytes, view }: Chunk, at: number, use: Beginning['use']): Beginning {
  const from = at + FIXED_BYTES
  const json = Buffer.from(bytes.subarray(from, from + view.getUint32(at + 24, true))).toString()
  const place = { index: index(readUint64(view, at + 8)), term: term(readUint64(view, at + 16)) }
  return { use, segment: readUint64(view, at), snapshot: { ...place, configuration: JSON.parse(json) } }
}

const configurationOf = ({ snapshot }: Beginning): Uint8Array =>
  Buffer.from(JSON.stringify(snapshot.configuration))
