// What the log asks of a file system, as a port: so that failing fsyncs, short writes, power cuts and torn sectors can
// be played against the very code that runs in production.
import fs from 'node:fs'
import path from 'node:path'
import { type DirectoryLock, lockDirectory } from './lock.ts'

/** An open file. */
export type FileHandle = number

export interface FileSystem {
  /** Makes the directory, and those above it, durably. */
  makeDirectory(directory: string): void
  list(directory: string): readonly string[]
  exists(file: string): boolean
  read(file: string): Promise<Uint8Array>
  /** For writing. `create` fails if the file exists, `existing` if it does not. */
  open(file: string, mode: 'create' | 'existing'): FileHandle
  /** Returns how many bytes were written: maybe not all. */
  write(handle: FileHandle, bytes: Uint8Array, position: number): number
  /** Makes the file's bytes and length durable. */
  syncData(handle: FileHandle, done: (error: Error | null) => void): void
  truncate(handle: FileHandle, length: number): void
  close(handle: FileHandle): void
  rename(from: string, to: string): void
  remove(file: string): void
  /** Makes the names in the directory durable. */
  syncDirectory(directory: string, done: (error: Error | null) => void): void
  /** Throws DataLockedError. */
  lock(directory: string): Promise<DirectoryLock>
}

/**
 * One write, whole or failed. On a local disk a write is short when there is no room, and going on would leave sectors
 * that hold a first part of a record: the rule in torn-write.ts knows that a sector holds all of a write or nothing.
 */
export function writeWhole(
  fileSystem: FileSystem,
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): void {
  const count = fileSystem.write(handle, bytes, position)
  if (count !== bytes.length) throw new Error(`only ${count} of ${bytes.length} bytes could be written`)
}

export function syncData(fileSystem: FileSystem, handle: FileHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.syncData(handle, (error) => (error === null ? resolve() : reject(error)))
  })
}

export function syncDirectory(fileSystem: FileSystem, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.syncDirectory(directory, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** Puts a file in the place of another: whoever looks, a crash between, sees the one or the other, whole. */
export async function replaceFile(fileSystem: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.tmp`
  if (fileSystem.exists(temporary)) fileSystem.remove(temporary)
  await writeFile(fileSystem, temporary, bytes)
  fileSystem.rename(temporary, file)
}

/** Makes a file that is not there. Its bytes are durable then, its name is not. */
export async function writeFile(fileSystem: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  const handle = fileSystem.open(file, 'create')
  try {
    writeWhole(fileSystem, handle, bytes, 0)
    await syncData(fileSystem, handle)
  } finally {
    fileSystem.close(handle)
  }
}

/** Windows has no handle on a directory to sync; NTFS journals names by itself. */
const directoriesSync = process.platform !== 'win32'

/** Another member on this machine may make the same parent at the same moment. */
function makeOne(directory: string): void {
  try {
    fs.mkdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function syncNames(directory: string): void {
  const handle = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

export const nodeFileSystem: FileSystem = {
  makeDirectory(directory) {
    const missing: string[] = []
    for (let at = path.resolve(directory); !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at)
    // Level by level: mkdir's `recursive` never returns where a file system refuses new names (Linux's /proc).
    for (const made of missing) {
      makeOne(made)
      if (directoriesSync) syncNames(path.dirname(made))
    }
  },
  list: (directory) => fs.readdirSync(directory),
  exists: (file) => fs.existsSync(file),
  read: (file) => fs.promises.readFile(file),
  open: (file, mode) => fs.openSync(file, mode === 'create' ? 'wx+' : 'r+'),
  write: (handle, bytes, position) => fs.writeSync(handle, bytes, 0, bytes.length, position),
  // The callback, not the promise: a promise costs a third of the writes a second.
  syncData: (handle, done) => fs.fdatasync(handle, done),
  truncate: (handle, length) => fs.ftruncateSync(handle, length),
  close: (handle) => fs.closeSync(handle),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (file) => fs.rmSync(file),
  syncDirectory(directory, done) {
    if (!directoriesSync) return void setImmediate(done, null)
    fs.open(directory, 'r', (openError, handle) => {
      if (openError !== null) return done(openError)
      fs.fsync(handle, (error) => fs.close(handle, (closeError) => done(error ?? closeError ?? null)))
    })
  },
  lock: lockDirectory,
}
