// The error for a damaged log: which file and byte, what is wrong, and how to recover.
import { CorruptLogError } from '../errors.ts'

export const howToRecover: string =
  'Nothing was changed. The other members go on without this one while they are a majority. Never start it ' +
  'with a part or a copy of its files: it would forget its votes and what it has acknowledged. See “A member ' +
  'that lost its disk” in docs/errors.md'

export function corrupt(file: string, at: number, what: string, cause?: unknown): CorruptLogError {
  return new CorruptLogError(`${file} is damaged at byte ${at}: ${what}. ${howToRecover}`, { cause })
}
