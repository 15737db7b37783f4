// Whose data a directory holds: a small file written once, before anything else counts. The incarnation is random and
// seeds every checksum of the log, so the files of one directory never pass for those of another, nor for those of a
// member of the same name whose disk was wiped.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { NodeId } from '@oarlock/core'
import { CorruptLogError, WrongDataError } from '../errors.ts'
import { howToRecover } from './corruption.ts'
import { type FileSystem, writeFile } from './file-system.ts'
import type { WalRules } from './rules.ts'
import {
  encodeSegmentHeader,
  FORMAT_VERSION,
  INCARNATION_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  segmentNumbers,
} from './segment.ts'

const META = 'meta.json'

export interface Identity {
  readonly cluster: string
  readonly id: NodeId
}

/** Returns the incarnation of the directory; mints it if the directory is new. Throws WrongDataError, CorruptLogError. */
export async function openIdentity(
  fileSystem: FileSystem,
  directory: string,
  asked: Identity,
  rules: WalRules,
): Promise<Uint8Array> {
  const file = path.join(directory, META)
  if (!fileSystem.exists(file)) return mint(fileSystem, directory, asked, rules)
  const there = parse(await fileSystem.read(file))
  if (there === null) throw new CorruptLogError(`${file} is damaged. ${howToRecover(directory)}`)
  if (there.format !== FORMAT_VERSION)
    throw new CorruptLogError(
      `${file} is of format ${there.format}, this version of oarlock reads format ${FORMAT_VERSION}`,
    )
  if (there.cluster !== asked.cluster || there.id !== asked.id)
    throw new WrongDataError(
      `${directory} holds the data of member '${there.id}' of cluster '${there.cluster}', not of member '${asked.id}' of cluster '${asked.cluster}': point this member at its own directory, or move this one away to start empty`,
    )
  // Its name may be in the cache only, if the process that made it ended there. Without it a log that has begun to grow
  // would be taken for one whose meta file was deleted.
  await rules.syncDirectory(fileSystem, directory)
  return Buffer.from(there.incarnation, 'hex')
}

/**
 * The first segment comes first, then the meta file that makes it count. So wherever there is a meta file there are
 * segments, and a log that was deleted is noticed rather than taken for a new one.
 */
async function mint(
  fileSystem: FileSystem,
  directory: string,
  { cluster, id }: Identity,
  rules: WalRules,
): Promise<Uint8Array> {
  const segment = path.join(directory, segmentName(1))
  const numbers = segmentNumbers(fileSystem.list(directory))
  if (numbers.length > 0) {
    const crashedWhileMinting =
      numbers.length === 1 &&
      numbers[0] === 1 &&
      (await fileSystem.read(segment)).length <= SEGMENT_HEADER_BYTES
    if (!crashedWhileMinting)
      throw new CorruptLogError(`${directory} has a log but no ${META}. ${howToRecover(directory)}`)
    fileSystem.remove(segment)
  }
  const incarnation = rules.newIncarnation()
  await writeFile(fileSystem, segment, encodeSegmentHeader({ number: 1, firstSequence: 1, incarnation }))
  await rules.syncDirectory(fileSystem, directory)

  const meta = { format: FORMAT_VERSION, cluster, id, incarnation: Buffer.from(incarnation).toString('hex') }
  const text = `${JSON.stringify(meta, null, 2)}\n`
  await rules.replaceFile(fileSystem, path.join(directory, META), Buffer.from(text))
  await rules.syncDirectory(fileSystem, directory)
  return incarnation
}

export function newIncarnation(): Uint8Array {
  return randomBytes(INCARNATION_BYTES)
}

interface Meta extends Identity {
  readonly format: number
  /** Hexadecimal. */
  readonly incarnation: string
}

function parse(bytes: Uint8Array): Meta | null {
  let meta: Partial<Meta> | null
  try {
    meta = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
  const isMeta =
    typeof meta?.format === 'number' &&
    typeof meta.cluster === 'string' &&
    typeof meta.id === 'string' &&
    typeof meta.incarnation === 'string' &&
    meta.incarnation.length === INCARNATION_BYTES * 2
  return isMeta ? (meta as Meta) : null
}
