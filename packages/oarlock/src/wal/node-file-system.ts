// The file system of this machine, by node:fs.
import fs from 'node:fs'
import path from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import type { FileSystem } from './file-system.ts'

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

/**
 * Whether this process may have made `directory` in `above`, and can sync it. It makes no mount points. If the
 * name of a directory that it cannot sync is lost, the member starts as a new one, which its peers refuse.
 */
function mayHaveMade(directory: string, above: string): boolean {
  try {
    fs.accessSync(above, fs.constants.R_OK | fs.constants.W_OK)
    return fs.statSync(above).dev === fs.statSync(directory).dev
  } catch {
    return false
  }
}

const readSome = (handle: number, bytes: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(handle, bytes, 0, bytes.length, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    )
  })

export const nodeFileSystem: FileSystem = {
  makeDirectory(directory) {
    const missing: string[] = []
    for (let at = path.resolve(directory); !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at)
    // Level by level: mkdir's `recursive` never returns where a file system refuses new names (Linux's
    // /proc).
    for (const made of missing) makeOne(made)
  },
  parents(directory) {
    const found: string[] = []
    let at = path.resolve(directory)
    for (let above = path.dirname(at); above !== at && mayHaveMade(at, above); above = path.dirname(at)) {
      found.push(above)
      at = above
    }
    return found
  },
  list: (directory) => fs.readdirSync(directory),
  exists: (file) => fs.existsSync(file),
  read: (file) => fs.promises.readFile(file),
  open: (file, mode) => fs.openSync(file, mode === 'create' ? 'wx+' : 'r+'),
  write: (handle, bytes, position) => fs.writeSync(handle, bytes, 0, bytes.length, position),
  size: (handle) => fs.fstatSync(handle).size,
  readSync(handle, bytes, position) {
    let count = 0
    while (count < bytes.length) {
      const more = fs.readSync(handle, bytes, count, bytes.length - count, position + count)
      if (more === 0) break
      count += more
    }
    return count
  },
  async readAt(handle, bytes, position) {
    let count = 0
    while (count < bytes.length) {
      const more = await readSome(handle, bytes.subarray(count), position + count)
      if (more === 0) break
      count += more
    }
    return count
  },
  // With the callback: a promise costs a third of the writes a second.
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
