// The error for a data directory that the operating system does not let this process use: what is wrong, and
// what to do. The system's own messages are left out, because they may name internal paths.
import { DataAccessError } from '../errors.ts'

interface Reason {
  readonly what: string
  readonly toDo: string
}

const noRight: Reason = {
  what: 'this process has no right to it',
  toDo: 'Let the user of this process read and write there',
}

const reasons: Readonly<Record<string, Reason>> = {
  ENOTDIR: { what: 'a part of its path is not a directory', toDo: 'Choose another path' },
  ENOENT: {
    what: 'it does not exist and cannot be made, or it was removed',
    toDo: 'Check its path, then start the member again',
  },
  ELOOP: { what: 'its path leads through a circle of symbolic links', toDo: 'Choose another path' },
  ENAMETOOLONG: { what: 'its path is too long', toDo: 'Choose a shorter one' },
  EACCES: noRight,
  EPERM: noRight,
  EROFS: {
    what: 'its file system is read-only',
    toDo: 'Mount it for writing, or choose another directory',
  },
  ENOSPC: { what: 'its disk is full', toDo: 'Make room, then start the member again' },
  EDQUOT: { what: 'the disk quota is used up', toDo: 'Make room, then start the member again' },
  EMFILE: {
    what: 'this process has too many open files',
    toDo: 'Raise its limit (ulimit -n), then start it again',
  },
  ENFILE: {
    what: 'this machine has too many open files',
    toDo: 'Raise its limit, then start the member again',
  },
}

export function accessError(directory: string, cause: unknown): DataAccessError {
  const { code, message } = cause as NodeJS.ErrnoException
  const { what, toDo } = reasons[code ?? ''] ?? {
    what: code === undefined ? message : 'the operating system reports an error',
    toDo: 'Check the disk, then start the member again',
  }
  const named = code === undefined ? what : `${what} (${code})`
  return new DataAccessError(`the data directory ${directory} cannot be used: ${named}. ${toDo}`, { cause })
}
