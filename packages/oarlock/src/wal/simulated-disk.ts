// A disk for tests that forgets what was not synced: a FileSystem in memory that can lose power at any moment. Then of
// each file's writes since its last fsync every sector holds some first few, and of the names changed since the last
// directory sync some first few are there: what real disks and journaling file systems promise, and no more. After a
// failed fsync the pages look written but are not: a later fsync passes them over.
import path from 'node:path'
import { DataLockedError } from '../errors.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import type { DirectoryLock } from './lock.ts'

const SECTOR_BYTES = 512

interface Write {
  readonly position: number
  readonly bytes: Uint8Array
}

/** A file's contents; its names come and go. */
class Content {
  /** What every reader sees. */
  cached: Uint8Array
  durable: Uint8Array
  /** Not yet synced, in order. */
  pending: Write[] = []

  constructor(bytes: Uint8Array) {
    this.cached = bytes
    this.durable = bytes
  }
}

type Names = Map<string, Content>

/** What goes wrong, if anything: asked before each operation. */
export interface Faults {
  /** Fewer bytes are written than asked for, or an error is thrown. */
  write?(file: string, bytes: number): number
  sync?(file: string): Promise<Error | null>
  syncDirectory?(directory: string): Promise<Error | null>
}

export class SimulatedDisk implements FileSystem {
  faults: Faults = {}
  #names: Names = new Map()
  #durableNames: Names = new Map()
  #pendingNames: ((names: Names) => void)[] = []
  readonly #handles = new Map<FileHandle, { readonly file: string; readonly content: Content }>()
  readonly #locks = new Set<string>()
  #lastHandle = 0

  /** The disk as it may be found after a power cut at this moment. This one is left as it is. */
  powerCut(random: () => number): SimulatedDisk {
    const names = new Map(this.#durableNames)
    for (const change of this.#pendingNames.slice(0, upTo(this.#pendingNames.length, random))) change(names)
    const after = new SimulatedDisk()
    for (const [file, content] of names) after.put(file, torn(content, random))
    return after
  }

  /** The process is killed: locks and handles are gone, the page cache stays. */
  kill(): void {
    this.#locks.clear()
    this.#handles.clear()
  }

  get openHandles(): number {
    return this.#handles.size
  }

  /** Sets a file's contents, durably. */
  put(file: string, bytes: Uint8Array): void {
    const content = new Content(new Uint8Array(bytes))
    this.#names.set(file, content)
    this.#durableNames.set(file, content)
  }

  /** A copy of what a reader sees. */
  get(file: string): Uint8Array {
    return this.#content(file).cached.slice()
  }

  /** A disk of its own that holds the same, all of it durable. */
  clone(): SimulatedDisk {
    const clone = new SimulatedDisk()
    for (const [file, { cached }] of this.#names) clone.put(file, cached)
    return clone
  }

  makeDirectory(): void {}

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
      const content = new Content(new Uint8Array())
      this.#changeNames((names) => names.set(file, content))
    }
    this.#lastHandle++
    this.#handles.set(this.#lastHandle, { file, content: this.#content(file) })
    return this.#lastHandle
  }

  write(handle: FileHandle, bytes: Uint8Array, position: number): number {
    const { file, content } = this.#open(handle)
    const count = Math.min(bytes.length, this.faults.write?.(file, bytes.length) ?? bytes.length)
    const write = { position, bytes: new Uint8Array(bytes.subarray(0, count)) }
    content.cached = written(content.cached, [write])
    content.pending.push(write)
    return count
  }

  syncData(handle: FileHandle, done: (error: Error | null) => void): void {
    const { file, content } = this.#open(handle)
    const writes = content.pending.length
    void Promise.resolve(this.faults.sync?.(file) ?? null).then((error) => {
      const synced = content.pending.splice(0, writes)
      if (error === null) content.durable = written(content.durable, synced)
      done(error)
    })
  }

  /** Durable at once, for simplicity: a power cut before it is one before the open that does it. */
  truncate(handle: FileHandle, length: number): void {
    const { content } = this.#open(handle)
    content.cached = content.cached.slice(0, length)
    content.durable = content.durable.slice(0, length)
  }

  close(handle: FileHandle): void {
    this.#open(handle)
    this.#handles.delete(handle)
  }

  rename(from: string, to: string): void {
    const content = this.#content(from)
    this.#changeNames((names) => {
      names.delete(from)
      names.set(to, content)
    })
  }

  remove(file: string): void {
    this.#content(file)
    this.#changeNames((names) => names.delete(file))
  }

  syncDirectory(directory: string, done: (error: Error | null) => void): void {
    const changes = this.#pendingNames.length
    void Promise.resolve(this.faults.syncDirectory?.(directory) ?? null).then((error) => {
      if (error === null)
        for (const change of this.#pendingNames.splice(0, changes)) change(this.#durableNames)
      done(error)
    })
  }

  async lock(directory: string): Promise<DirectoryLock> {
    if (this.#locks.has(directory)) throw new DataLockedError(`${directory} is in use`)
    this.#locks.add(directory)
    return { release: async () => void this.#locks.delete(directory) }
  }

  #changeNames(change: (names: Names) => void): void {
    change(this.#names)
    this.#pendingNames.push(change)
  }

  #content(file: string): Content {
    const content = this.#names.get(file)
    if (content === undefined) throw new Error(`${file}: no such file`)
    return content
  }

  #open(handle: FileHandle): { readonly file: string; readonly content: Content } {
    const open = this.#handles.get(handle)
    if (open === undefined) throw new Error(`handle ${handle} is not open`)
    return open
  }
}

function written(bytes: Uint8Array, writes: readonly Write[]): Uint8Array {
  const end = Math.max(bytes.length, ...writes.map((write) => write.position + write.bytes.length))
  const result = new Uint8Array(end)
  result.set(bytes)
  for (const write of writes) result.set(write.bytes, write.position)
  return result
}

function torn({ durable, pending }: Content, random: () => number): Uint8Array {
  const states = pending.map((_, i) => written(durable, pending.slice(0, i + 1)))
  const whole = states.at(-1) ?? durable
  const result = new Uint8Array(whole.length)
  for (let sector = 0; sector < result.length; sector += SECTOR_BYTES) {
    const state = [durable, ...states][upTo(states.length, random)]!
    result.set(state.subarray(sector, sector + SECTOR_BYTES), sector)
  }
  const grown = random() < 0.5 ? whole.length : durable.length + upTo(whole.length - durable.length, random)
  return result.slice(0, grown)
}

/** A whole number from 0 to `most`. */
function upTo(most: number, random: () => number): number {
  return Math.floor(random() * (most + 1))
}
