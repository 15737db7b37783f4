// What the user can put right: told in one line, exit code 2, nothing begun and nothing lost.

/** Its message is one line that says what is wrong and what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** What went wrong with a file, in words instead of an errno. */
export function fileTrouble(error: unknown): string {
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
