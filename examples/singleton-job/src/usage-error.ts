// Errors that the user can correct. They are reported in one line, with exit code 2, and nothing has been
// started or lost.

/** The message is one line that says what is wrong and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Describes a file error in words instead of an errno. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOTDIR':
      return 'a part of the path is not a directory'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EROFS':
      return 'the file system is read-only'
    default:
      return message
  }
}
