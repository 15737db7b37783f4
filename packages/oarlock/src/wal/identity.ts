// The files that say who the member of a data directory is. `meta.json`: its name, its cluster, and what the
// cluster was founded with. `starts.json`: its starts. `peers.json`: what it knows of its peers. The
// incarnation in `meta.json` is random and seeds every checksum of the other files. So the files of one
// directory never pass for those of another, nor for those of the same member before its disk was wiped.
import path from 'node:path'
import type { NodeId } from '@oarlock/core'
import type { PeerRecord, Starts } from '@oarlock/runtime'
import { CorruptLogError, WrongDataError } from '../errors.ts'
import type { Founding } from './configuration.ts'
import { howToRecover } from './corruption.ts'
import { replaceFile, syncDirectory, writeNewFile } from './durable-file.ts'
import type { FileSystem } from './file-system.ts'
import { decodeMeta, encodeMeta, META_NAME } from './meta.ts'
import { decodePeers, encodePeers, noPeers, PEERS_NAME } from './peer-record.ts'
import type { Restoration } from './restoration.ts'
import {
  encodeSegmentHeader,
  FORMAT_VERSION,
  INCARNATION_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentName,
  segmentNumbers,
} from './segment.ts'
import { decodeStarts, encodeStarts, noStarts, STARTS_NAME } from './starts.ts'

/** The member that opens the directory. */
export interface AskedIdentity extends Founding {
  readonly id: NodeId
  /** A new directory is to be restored from this. */
  readonly restoration?: Pick<Restoration, 'generation' | 'check'> | undefined
}

/** Where the identity is kept, and what a new one is made of. */
export interface IdentitySource {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly randomBytes: (count: number) => Uint8Array
}

export interface DirectoryIdentity {
  readonly id: NodeId
  readonly incarnation: Uint8Array
  readonly founding: Founding
  /** The starts so far, without the present one. */
  readonly starts: Starts
  readonly record: PeerRecord
  /** A version made the directory that kept neither starts nor peers. */
  readonly isOld: boolean
}

/** Makes the identity of a new directory. Throws WrongDataError, CorruptLogError. */
export async function openIdentity(source: IdentitySource, asked: AskedIdentity): Promise<DirectoryIdentity> {
  const { directory } = source
  const found = await readIdentity(source, ({ id, cluster }) => {
    if (id !== asked.id)
      throw new WrongDataError(
        `${directory} holds the data of member '${id}' of cluster '${cluster}', not of member '${asked.id}' of cluster '${asked.cluster}': point this member at its own directory`,
      )
  })
  if (found === null) return mint(source, asked)
  // The process that made the file may have ended before its name was durable. If the name were lost later,
  // the log would look like one whose meta file was deleted.
  await syncDirectory(source.fileSystem, directory)
  return found
}

/** Changes nothing. Null: no member ever had this directory. `check` is called first. Throws CorruptLogError. */
export async function readIdentity(
  source: Omit<IdentitySource, 'randomBytes'>,
  check: (owner: { readonly id: NodeId; readonly cluster: string }) => void,
): Promise<DirectoryIdentity | null> {
  const { fileSystem, directory } = source
  const file = path.join(directory, META_NAME)
  if (!fileSystem.exists(file)) return null
  const meta = decodeMeta(await fileSystem.read(file))
  if (meta === null) throw damaged(directory, META_NAME)
  if (meta.format !== FORMAT_VERSION)
    throw new CorruptLogError(
      `${file} is of format ${meta.format}, and this version of oarlock reads format ${FORMAT_VERSION}: start the member with the version that wrote it`,
    )
  check(meta)
  const incarnation = Buffer.from(meta.incarnation, 'hex')
  const founding = { cluster: meta.cluster, configuration: meta.configuration ?? null }
  const known = { id: meta.id, incarnation, founding }
  if (meta.configuration === undefined) return { ...known, starts: noStarts, record: noPeers, isOld: true }
  const starts = decodeStarts(await content(source, STARTS_NAME), incarnation)
  if (starts === null) throw damaged(directory, STARTS_NAME)
  const record = decodePeers(await content(source, PEERS_NAME), incarnation)
  if (record === null) throw damaged(directory, PEERS_NAME)
  return { ...known, starts, record, isOld: false }
}

/** Makes a changed identity durable, except for the name of its directory. */
export async function saveIdentity(
  { fileSystem, directory }: Omit<IdentitySource, 'randomBytes'>,
  before: DirectoryIdentity,
  now: DirectoryIdentity,
): Promise<void> {
  const { incarnation } = now
  const replace = (name: string, bytes: Uint8Array): Promise<void> =>
    replaceFile(fileSystem, path.join(directory, name), bytes)
  if (before.isOld) {
    // The meta file says that these exist, so their names are durable first.
    await replace(PEERS_NAME, encodePeers(now.record, incarnation))
    await replace(STARTS_NAME, encodeStarts(before.starts, incarnation))
    await syncDirectory(fileSystem, directory)
  }
  if (before.isOld || before.founding !== now.founding) await replace(META_NAME, encodeMeta(now))
  await replace(STARTS_NAME, encodeStarts(now.starts, incarnation))
  await syncDirectory(fileSystem, directory)
}

/** Replaces what is recorded of the peers, durably. */
export async function savePeers(
  { fileSystem, directory }: Omit<IdentitySource, 'randomBytes'>,
  record: PeerRecord,
  incarnation: Uint8Array,
): Promise<void> {
  await replaceFile(fileSystem, path.join(directory, PEERS_NAME), encodePeers(record, incarnation))
  await syncDirectory(fileSystem, directory)
}

/**
 * Writes the first segment and the other files, then the meta file that makes them count. So a directory with
 * a meta file has all of them, and one of which a file was deleted is not taken for a new one.
 */
async function mint(
  { fileSystem, directory, randomBytes }: IdentitySource,
  { cluster, configuration, id, restoration }: AskedIdentity,
): Promise<DirectoryIdentity> {
  await restoration?.check()
  const segment = path.join(directory, segmentName(1))
  const numbers = segmentNumbers(fileSystem.list(directory))
  if (numbers.length > 0) {
    const crashedWhileMinting =
      numbers.length === 1 &&
      numbers[0] === 1 &&
      (await fileSystem.read(segment)).length <= SEGMENT_HEADER_BYTES
    if (!crashedWhileMinting)
      throw new CorruptLogError(`${directory} has a log but no ${META_NAME}. ${howToRecover}`)
    fileSystem.remove(segment)
  }
  const incarnation = randomBytes(INCARNATION_BYTES)
  await writeNewFile(fileSystem, segment, encodeSegmentHeader({ number: 1, firstSequence: 1, incarnation }))
  const record = restoration === undefined ? noPeers : { ...noPeers, generation: restoration.generation }
  const minted = { id, incarnation, founding: { cluster, configuration }, starts: noStarts, record }
  await replaceFile(fileSystem, path.join(directory, STARTS_NAME), encodeStarts(noStarts, incarnation))
  await savePeers({ fileSystem, directory }, record, incarnation)
  await replaceFile(fileSystem, path.join(directory, META_NAME), encodeMeta(minted))
  await syncDirectory(fileSystem, directory)
  return { ...minted, isOld: false }
}

async function content(
  { fileSystem, directory }: Omit<IdentitySource, 'randomBytes'>,
  name: string,
): Promise<Uint8Array> {
  const file = path.join(directory, name)
  if (!fileSystem.exists(file)) throw new CorruptLogError(`${file} is missing. ${howToRecover}`)
  return fileSystem.read(file)
}

const damaged = (directory: string, name: string): CorruptLogError =>
  new CorruptLogError(`${path.join(directory, name)} is damaged. ${howToRecover}`)
