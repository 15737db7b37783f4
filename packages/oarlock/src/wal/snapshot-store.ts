// The snapshots of a data directory, each in a file of its own (snapshot-format.ts), named by its last entry:
// `0000000000001234-5.snapshot`. A file gets this name when its bytes are durable. So one that is cut short
// under its name has lost bytes since. It is not used, and neither is a damaged one; a warning names it. A
// member without any that its log goes on from gets one from its peers.
import path from 'node:path'
import { InvariantError, type PartialSnapshot, type SnapshotMeta, type SnapshotOffer } from '@oarlock/core'
import {
  type EventLogger,
  LogWriteError,
  OarlockError,
  type SnapshotStore,
  type SnapshotWriter,
  type StoredSnapshot,
} from '@oarlock/runtime'
import { syncDirectory, writeWhole } from './durable-file.ts'
import type { FileHandle } from './file-system.ts'
import { notWritten, type OwnFile, OwnSnapshot } from './own-snapshot.ts'
import { PARTIAL_NAME, PartialFile } from './partial-snapshot.ts'
import type { SegmentFiles } from './segment-reader.ts'
import { BlockWriter } from './snapshot-blocks.ts'
import { damagedSnapshot, SnapshotFile } from './snapshot-file.ts'
import { decodeHeader, encodeHeader, type Total } from './snapshot-format.ts'
import { Blocks, readLayout } from './snapshot-layout.ts'

export const SNAPSHOT_NAME: RegExp = /^\d{16}-\d+\.snapshot$/
const UNFINISHED = /^\d{16}-\d+\.snapshot\.tmp$/

const nameOf = ({ index, term }: SnapshotMeta): string =>
  `${String(index).padStart(16, '0')}-${term}.snapshot`

/** A file that only lacks its name. */
interface CompleteFile {
  readonly handle: FileHandle
  readonly blocks: Blocks
  readonly total: Total
}

export class DiskSnapshotStore implements SnapshotStore {
  readonly #logger: EventLogger | undefined
  /** Newest first. */
  #files: SnapshotFile[] = []
  /** Null while the store is not open. */
  #place: SegmentFiles | null = null
  #partial: PartialFile | null = null
  readonly #writers = new Set<OwnSnapshot>()
  readonly #underWay = new Set<Promise<unknown>>()
  #publishing: Promise<unknown> = Promise.resolve()
  /** The paths of files that cannot be used. The next snapshot replaces them. */
  #unusable: string[] = []

  constructor(logger: EventLogger | undefined) {
    this.#logger = logger
  }

  get stored(): readonly StoredSnapshot[] {
    return this.#files.map(({ snapshot }) => snapshot)
  }

  get partial(): PartialSnapshot | null {
    return this.#partial?.partial ?? null
  }

  /**
   * Lists the files of a directory. `begins`: the snapshot that its log begins with. If no file reaches as
   * far, a warning says so.
   */
  async open(place: SegmentFiles, begins: SnapshotMeta | null): Promise<void> {
    const { fileSystem, directory } = place
    const names = fileSystem.list(directory)
    try {
      for (const name of names.filter((name) => SNAPSHOT_NAME.test(name)))
        this.#list(place, path.join(directory, name))
      this.#files.sort(newestFirst)
      const reach = this.#files[0]?.snapshot.meta.index ?? 0
      if (begins !== null && reach < begins.index) {
        const { index } = begins
        this.#logger?.warn(
          { event: 'snapshot-missing', directory, index },
          `the log in ${directory} goes on from entry ${index}, and no snapshot there reaches as far`,
        )
      }
      for (const name of names.filter((name) => UNFINISHED.test(name)))
        fileSystem.remove(path.join(directory, name))
      this.#partial = await PartialFile.find({ ...place, file: path.join(directory, PARTIAL_NAME) })
      this.#place = place
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  create(meta: SnapshotMeta): Promise<SnapshotWriter> {
    return this.#do(nameOf(meta), async (place) => {
      const { fileSystem, directory, incarnation } = place
      const temporary = path.join(directory, `${nameOf(meta)}.tmp`)
      if (fileSystem.exists(temporary)) fileSystem.remove(temporary)
      const header = encodeHeader({ meta, offer: null }, incarnation)
      const blocks = new Blocks(decodeHeader(header, incarnation)!)
      const handle = fileSystem.open(temporary, 'create')
      const file: OwnFile = {
        name: nameOf(meta),
        writer: new BlockWriter(fileSystem, handle, blocks),
        complete: async (total) => {
          const stored = await this.#publish(place, temporary, { handle, blocks, total })
          this.#writers.delete(writer)
          return stored
        },
        remove: () => {
          this.#writers.delete(writer)
          fileSystem.close(handle)
          if (fileSystem.exists(temporary)) fileSystem.remove(temporary)
        },
      }
      const writer = new OwnSnapshot(file)
      this.#writers.add(writer)
      writeWhole(fileSystem, handle, header, 0)
      return writer
    })
  }

  read(snapshot: StoredSnapshot, offset: number, length: number): Promise<Uint8Array> {
    return this.#do(nameOf(snapshot.meta), async ({ directory }) => {
      const file = this.#find(snapshot)
      if (file === undefined)
        throw damagedSnapshot(path.join(directory, nameOf(snapshot.meta)), 0, 'it was removed')
      return file.read(offset, length)
    })
  }

  remove(snapshot: StoredSnapshot): Promise<void> {
    return this.#do(nameOf(snapshot.meta), async ({ fileSystem }) => {
      // Its name may be that of another one by then.
      await this.#publishing
      const file = this.#find(snapshot)
      if (file === undefined) return
      this.#files = this.#files.filter((other) => other !== file)
      file.close()
      fileSystem.remove(file.file)
    })
  }

  startPartial(offer: SnapshotOffer): Promise<void> {
    return this.#do(PARTIAL_NAME, async (place) => {
      this.#removePartial()
      const file = path.join(place.directory, PARTIAL_NAME)
      this.#partial = await PartialFile.start({ ...place, file }, offer)
    })
  }

  appendPartial(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#onPartial((partial) => partial.append(offset, bytes))
  }

  commitPartial(): Promise<StoredSnapshot> {
    return this.#onPartial(async (partial, place) => {
      const total = await partial.complete()
      const { handle, blocks } = partial
      const file = path.join(place.directory, PARTIAL_NAME)
      const stored = await this.#publish(place, file, { handle, blocks, total })
      this.#partial = null
      return stored
    })
  }

  discardPartial(): Promise<void> {
    return this.#do(PARTIAL_NAME, async () => this.#removePartial())
  }

  /** Waits for what is under way. Aborts writers. */
  async close(): Promise<void> {
    const open = this.#place !== null
    this.#place = null
    await Promise.all([...this.#writers].map((writer) => writer.abort()))
    await Promise.allSettled(this.#underWay)
    if (open) this.#forget()
  }

  /** Takes a file into the list, if it can be used. */
  #list({ fileSystem, incarnation }: SegmentFiles, file: string): void {
    const handle = fileSystem.open(file, 'existing')
    const { blocks, total, damage } = readLayout(fileSystem, handle, incarnation)
    if (blocks !== null && total !== null) {
      this.#files.push(new SnapshotFile({ fileSystem, file }, handle, blocks, total))
      return
    }
    fileSystem.close(handle)
    this.#unusable.push(file)
    const { at, what } = damage!
    this.#logger?.warn(
      { event: 'snapshot-not-used', file, at },
      `the snapshot ${file} is not used: from byte ${at} on ${what}`,
    )
  }

  /** Gives a complete file its name, durably. The handle becomes that of the list. */
  #publish(place: SegmentFiles, temporary: string, file: CompleteFile): Promise<StoredSnapshot> {
    // One at a time: two may be of the same place.
    const done = this.#publishing.then(() => this.#rename(place, temporary, file))
    this.#publishing = done.catch(() => {})
    return done
  }

  async #rename(
    { fileSystem, directory }: SegmentFiles,
    temporary: string,
    { handle, blocks, total }: CompleteFile,
  ): Promise<StoredSnapshot> {
    const file = path.join(directory, nameOf(blocks.header.meta))
    fileSystem.rename(temporary, file)
    const published = new SnapshotFile({ fileSystem, file }, handle, blocks, total)
    const replaced = this.#files.find((other) => other.file === file)
    await syncDirectory(fileSystem, directory)
    replaced?.close()
    this.#files = [...this.#files.filter((other) => other !== replaced), published].sort(newestFirst)
    this.#removeUnusable(fileSystem)
    return published.snapshot
  }

  #removeUnusable(fileSystem: SegmentFiles['fileSystem']): void {
    const inUse = new Set(this.#files.map(({ file }) => file))
    for (const file of this.#unusable)
      if (!inUse.has(file) && fileSystem.exists(file)) fileSystem.remove(file)
    this.#unusable = []
  }

  #find(snapshot: StoredSnapshot): SnapshotFile | undefined {
    return this.#files.find((file) => file.snapshot === snapshot)
  }

  #removePartial(): void {
    const partial = this.#partial
    this.#partial = null
    partial?.remove()
  }

  /** A failure costs the partial snapshot. */
  #onPartial<Value>(act: (partial: PartialFile, place: SegmentFiles) => Promise<Value>): Promise<Value> {
    return this.#do(PARTIAL_NAME, async (place) => {
      const partial = this.#partial
      if (partial === null) throw new InvariantError('there is no partial snapshot')
      try {
        return await act(partial, place)
      } catch (error) {
        if (!(error instanceof InvariantError)) this.#removePartial()
        throw error
      }
    })
  }

  #do<Value>(name: string, act: (place: SegmentFiles) => Promise<Value>): Promise<Value> {
    const place = this.#place
    if (place === null)
      return Promise.reject(new LogWriteError(`the snapshot ${name} is not there: the log is not open`))
    const done = act(place).catch((error: unknown) => {
      throw error instanceof OarlockError || error instanceof InvariantError ? error : notWritten(name, error)
    })
    this.#underWay.add(done)
    const ended = (): void => void this.#underWay.delete(done)
    done.then(ended, ended)
    return done
  }

  #forget(): void {
    for (const file of this.#files) file.close()
    this.#files = []
    this.#partial?.close()
    this.#partial = null
    this.#unusable = []
  }
}

function newestFirst(a: SnapshotFile, b: SnapshotFile): number {
  const [first, second] = [a.snapshot.meta, b.snapshot.meta]
  return second.index - first.index || second.term - first.term
}
