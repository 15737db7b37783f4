// The steps that make a file durable: write all of it, sync its bytes, sync its name.
import type { FileHandle, FileSystem } from './file-system.ts'

/**
 * Writes all bytes or throws. On a local disk a write is short when there is no room. Never write the rest: a
 * sector that holds the first part of a record would break the rule in torn-write.ts, by which a sector holds
 * all of a write or nothing of it.
 */
export function writeWhole(
  fileSystem: FileSystem,
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): void {
  const count = fileSystem.write(handle, bytes, position)
  if (count !== bytes.length)
    throw new Error(`only ${count} of ${bytes.length} bytes could be written (is the disk full?)`)
}

/** Never retry a failed fsync: it would report success, though the kernel has dropped the pages. */
export function syncData(fileSystem: FileSystem, handle: FileHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.syncData(handle, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** A file whose name is not durable is lost with it. */
export function syncDirectory(fileSystem: FileSystem, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fileSystem.syncDirectory(directory, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** Replaces a file. After a crash the old one or the new one is there, whole. Does not sync its name. */
export async function replaceFile(fileSystem: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.tmp`
  if (fileSystem.exists(temporary)) fileSystem.remove(temporary)
  await writeNewFile(fileSystem, temporary, bytes)
  fileSystem.rename(temporary, file)
}

/** Makes a file that does not exist. Its bytes are durable then, its name is not. */
export async function writeNewFile(fileSystem: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  const handle = fileSystem.open(file, 'create')
  try {
    writeWhole(fileSystem, handle, bytes, 0)
    await syncData(fileSystem, handle)
  } finally {
    fileSystem.close(handle)
  }
}
