// The error for a damaged log: which file and byte, what is wrong, and how to recover.
import { CorruptLogError } from '../errors.ts'

export function howToRecover(directory: string): string {
  return (
    'Nothing was changed. Do not start this member with a part of its log: it would forget its votes and what it has ' +
    `acknowledged. Move ${directory} away and let the member join as a new one, under a new id. Or restore the whole ` +
    'directory from a copy that was made after the member last ran'
  )
}

export function corrupt(
  directory: string,
  file: string,
  at: number,
  what: string,
  cause?: unknown,
): CorruptLogError {
  return new CorruptLogError(`${file} is damaged at byte ${at}: ${what}. ${howToRecover(directory)}`, {
    cause,
  })
}
