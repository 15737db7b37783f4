// The port to the file system. The simulated disk implements it, so that failing fsyncs,
// short writes, power cuts and torn sectors meet the code that runs in production.

/** An open file. */
export type FileHandle = number

/** One process at a time holds it. */
export interface DirectoryLock {
  release(): Promise<void>
}

export interface FileSystem {
  /** Makes the directory and its missing parents. Their names are not durable then. */
  makeDirectory(directory: string): void
  /** The directories above in which this process may have made one, the nearest first. */
  parents(directory: string): readonly string[]
  list(directory: string): readonly string[]
  exists(file: string): boolean
  read(file: string): Promise<Uint8Array>
  /** For reading and writing. `create` fails if the file exists, `existing` if it does not. */
  open(file: string, mode: 'create' | 'existing'): FileHandle
  /** Returns how many bytes were written, which may be fewer than asked for. */
  write(handle: FileHandle, bytes: Uint8Array, position: number): number
  /** The length of an open file in bytes. */
  size(handle: FileHandle): number
  /** Fills `bytes` from `position` on, at once. Returns how many there were, fewer only at the file's end. */
  readSync(handle: FileHandle, bytes: Uint8Array, position: number): number
  /** As `readSync`, in the background. */
  readAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number>
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
