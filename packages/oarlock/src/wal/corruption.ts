// One way to say that the log is damaged: where, what is wrong, and what to do.
import { CorruptLogError } from '../errors.ts'

export function howToRecover(directory: string): string {
  return (
    `Nothing was changed. Do not start this member with a part of its log: it would forget what it has voted and acknowledged. ` +
    `Move ${directory} away and let the member join again as a new one, under a new id, or restore the whole directory from a copy made while it was stopped`
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
