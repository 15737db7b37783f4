// The cluster and the member that a data directory belongs to: a small file, written once before anything
// else counts. The incarnation is random and seeds every checksum of the log. So the files of one directory
// never pass for those of another, nor for those of the same member before its disk was wiped.
import path from 'node:path'
import type { NodeId } from '@oarlock/core'
import { CorruptLogError, WrongDataError } from '../errors.ts'
import { howToRecover } from './corruption.ts'
import { replaceFile, syncDirectory, writeNewFile } from './durable-file.ts'
import type { FileSystem } from './file-system.ts'
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

/** Where the identity is read from, and what a new one is made of. */
export interface IdentitySource {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly randomBytes: (count: number) => Uint8Array
}

/** Returns the directory's incarnation, a new one if it is new. Throws WrongDataError, CorruptLogError. */
export async function openIdentity(source: IdentitySource, asked: Identity): Promise<Uint8Array> {
  const { fileSystem, directory } = source
  const file = path.join(directory, META)
  if (!fileSystem.exists(file)) return mint(source, asked)
  const there = parse(await fileSystem.read(file))
  if (there === null) throw new CorruptLogError(`${file} is damaged. ${howToRecover(directory)}`)
  if (there.format !== FORMAT_VERSION)
    throw new CorruptLogError(
      `${file} is of format ${there.format}, and this version of oarlock reads format ${FORMAT_VERSION}: start the member with the version that wrote it`,
    )
  if (there.cluster !== asked.cluster || there.id !== asked.id)
    throw new WrongDataError(
      `${directory} holds the data of member '${there.id}' of cluster '${there.cluster}', not of member '${asked.id}' of cluster '${asked.cluster}': point this member at its own directory, or move this one away to start empty`,
    )
  // The process that made the file may have ended before its name was durable. If the name were lost later,
  // the log would look like one whose meta file was deleted.
  await syncDirectory(fileSystem, directory)
  return Buffer.from(there.incarnation, 'hex')
}

/**
 * Writes the first segment, then the meta file that makes it count. So a directory with a meta file always
 * has segments, and a log that was deleted is not taken for a new one.
 */
async function mint(
  { fileSystem, directory, randomBytes }: IdentitySource,
  { cluster, id }: Identity,
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
  const incarnation = randomBytes(INCARNATION_BYTES)
  await writeNewFile(fileSystem, segment, encodeSegmentHeader({ number: 1, firstSequence: 1, incarnation }))
  await syncDirectory(fileSystem, directory)

  const meta = { format: FORMAT_VERSION, cluster, id, incarnation: Buffer.from(incarnation).toString('hex') }
  const text = `${JSON.stringify(meta, null, 2)}\n`
  await replaceFile(fileSystem, path.join(directory, META), Buffer.from(text))
  await syncDirectory(fileSystem, directory)
  return incarnation
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
