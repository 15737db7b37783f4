// A FileSystem in memory that can lose power at any moment, as a real disk with a journaling file system.
// Then each sector of a file has any of the states since the last fsync, and the names have any of their
// states since the last directory sync. The directory itself is lost if its parent was never synced. After a
// failed fsync the pages look written, and a later fsync skips them.
import path from 'node:path'
import { DataLockedError } from '../../src/errors.ts'
import type { DirectoryLock, FileHandle, FileSystem } from '../../src/wal/file-system.ts'
import { changed, SimulatedFile, torn, upTo } from './simulated-file.ts'

type Names = Map<string, SimulatedFile>

interface NameChange {
  readonly removed: string | null
  readonly added: string | null
  readonly content: SimulatedFile
}

/** The faults, asked for before each operation. */
export interface Faults {
  /** Returns how many bytes are written, or throws. */
  write?(file: string, bytes: number, position: number): number
  /** Throws if the disk cannot read. */
  read?(file: string): void
  sync?(file: string): Promise<Error | null>
  syncDirectory?(directory: string): Promise<Error | null>
  /** With it, an fsync that fails has written some of the sectors. */
  random?(): number
}

const PARENT = '/'

export class SimulatedDisk implements FileSystem {
  faults: Faults = {}
  /** Whether the name of the one directory is in its parent, and whether it is durable there. */
  #directory: 'missing' | 'made' | 'durable' = 'missing'
  #names: Names = new Map()
  #durableNames: Names = new Map()
  #pendingNames: NameChange[] = []
  readonly #handles = new Map<FileHandle, { readonly file: string; readonly content: SimulatedFile }>()
  readonly #locks = new Set<string>()
  #lastHandle = 0

  /** The disk as it may be after a power cut at this moment. Leaves this one as it is. */
  powerCut(random: () => number): SimulatedDisk {
    if (this.#directory === 'made' && random() < 0.5) return new SimulatedDisk()
    const names = new Map(this.#durableNames)
    for (const change of this.#pendingNames.slice(0, upTo(this.#pendingNames.length, random)))
      rename(names, change)
    const after = new SimulatedDisk()
    for (const [file, content] of names) after.put(file, torn(content.durable, content.pending, random))
    return after
  }

  /** Kills the process: locks and handles are gone, and the page cache stays. */
  kill(): void {
    this.#locks.clear()
    this.#handles.clear()
  }

  /**
   * The disk as it is for the next process if this one is killed now. Leaves this one as it is.
   */
  afterKill(): SimulatedDisk {
    const copies = new Map<SimulatedFile, SimulatedFile>()
    const copyOf = (content: SimulatedFile): SimulatedFile => {
      const copy = copies.get(content) ?? content.copy()
      copies.set(content, copy)
      return copy
    }
    const copyNames = (names: Names): Names =>
      new Map([...names].map(([name, content]) => [name, copyOf(content)]))
    const after = new SimulatedDisk()
    after.#directory = this.#directory
    after.#names = copyNames(this.#names)
    after.#durableNames = copyNames(this.#durableNames)
    after.#pendingNames = this.#pendingNames.map((change) => ({
      ...change,
      content: copyOf(change.content),
    }))
    return after
  }

  /** Empties the page cache: writes that a failed fsync has lost are missing now. */
  dropCaches(): void {
    for (const content of this.#names.values()) content.cached = changed(content.durable, content.pending)
  }

  get openHandles(): number {
    return this.#handles.size
  }

  /** Sets a file's contents, durably. */
  put(file: string, bytes: Uint8Array): void {
    this.#directory = 'durable'
    const content = new SimulatedFile(new Uint8Array(bytes))
    this.#names.set(file, content)
    this.#durableNames.set(file, content)
  }

  /** Changes the content of a file behind the back of those who have it open, durably. */
  overwrite(file: string, bytes: Uint8Array): void {
    const content = this.#content(file)
    content.cached = new Uint8Array(bytes)
    content.durable = content.cached
    content.pending = []
  }

  /** A copy of the content that a reader sees. */
  get(file: string): Uint8Array {
    return this.#content(file).cached.slice()
  }

  /** Another disk with the same content, all of it durable. */
  clone(): SimulatedDisk {
    const clone = new SimulatedDisk()
    for (const [file, { cached }] of this.#names) clone.put(file, cached)
    return clone
  }

  makeDirectory(): void {
    if (this.#directory === 'missing') this.#directory = 'made'
  }

  parents(): readonly string[] {
    return [PARENT]
  }

  list(directory: string): readonly string[] {
    return [...this.#names.keys()]
      .filter((file) => path.dirname(file) === directory)
      .map((file) => path.basename(file))
  }

  exists(file: string): boolean {
    return this.#names.has(file)
  }

  async read(file: string): Promise<Uint8Array> {
    return this.get(file)
  }

  open(file: string, mode: 'create' | 'existing'): FileHandle {
    if (this.#names.has(file) !== (mode === 'existing')) throw new Error(`${file}: cannot open ${mode}`)
    if (mode === 'create') {
      const content = new SimulatedFile(new Uint8Array())
      this.#changeNames({ removed: null, added: file, content })
    }
    this.#lastHandle++
    this.#handles.set(this.#lastHandle, { file, content: this.#content(file) })
    return this.#lastHandle
  }

  write(handle: FileHandle, bytes: Uint8Array, position: number): number {
    const { file, content } = this.#open(handle)
    const count = Math.min(bytes.length, this.faults.write?.(file, bytes.length, position) ?? bytes.length)
    const write = { position, bytes: new Uint8Array(bytes.subarray(0, count)) }
    content.cached = changed(content.cached, [write])
    content.pending = [...content.pending, write]
    return count
  }

  size(handle: FileHandle): number {
    return this.#open(handle).content.cached.length
  }

  readSync(handle: FileHandle, bytes: Uint8Array, position: number): number {
    const { file, content } = this.#open(handle)
    this.faults.read?.(file)
    const found = content.cached.subarray(position, position + bytes.length)
    bytes.set(found)
    return found.length
  }

  async readAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
    return this.readSync(handle, bytes, position)
  }

  syncData(handle: FileHandle, done: (error: Error | null) => void): void {
    const { file, content } = this.#open(handle)
    const count = content.pending.length
    void Promise.resolve(this.faults.sync?.(file) ?? null).then((error) => {
      const synced = content.pending.slice(0, count)
      content.pending = content.pending.slice(count)
      if (error === null) content.durable = changed(content.durable, synced)
      else content.lose(synced, this.faults.random)
      done(error)
    })
  }

  truncate(handle: FileHandle, length: number): void {
    const { content } = this.#open(handle)
    content.cached = changed(content.cached, [{ length }])
    content.pending = [...content.pending, { length }]
  }

  close(handle: FileHandle): void {
    this.#open(handle)
    this.#handles.delete(handle)
  }

  rename(from: string, to: string): void {
    const content = this.#content(from)
    this.#changeNames({ removed: from, added: to, content })
  }

  remove(file: string): void {
    this.#changeNames({ removed: file, added: null, content: this.#content(file) })
  }

  syncDirectory(directory: string, done: (error: Error | null) => void): void {
    const changes = this.#pendingNames.length
    void Promise.resolve(this.faults.syncDirectory?.(directory) ?? null).then((error) => {
      if (error === null) {
        if (directory === PARENT) this.#directory = 'durable'
        else for (const change of this.#pendingNames.splice(0, changes)) rename(this.#durableNames, change)
      }
      done(error)
    })
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locks.has(directory)) throw new DataLockedError(`${directory} is in use`)
    this.#locks.add(directory)
    return { release: async () => void this.#locks.delete(directory) }
  }

  #changeNames(change: NameChange): void {
    rename(this.#names, change)
    this.#pendingNames.push(change)
  }

  #content(file: string): SimulatedFile {
    const content = this.#names.get(file)
    if (content === undefined) throw new Error(`${file}: no such file`)
    return content
  }

  #open(handle: FileHandle): { readonly file: string; readonly content: SimulatedFile } {
    const open = this.#handles.get(handle)
    if (open === undefined) throw new Error(`handle ${handle} is not open`)
    return open
  }
}

function rename(names: Names, { removed, added, content }: NameChange): void {
  if (removed !== null) names.delete(removed)
  if (added !== null) names.set(added, content)
}
