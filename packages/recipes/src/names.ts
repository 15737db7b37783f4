// Where the recipes keep what they know. A name is one segment of the key, whatever characters it has.
import { InvalidOptionsError, shown } from '@oarlock/runtime'

export const electionsAt = 'oarlock/elections/'
export const locksAt = 'oarlock/locks/'
export const sharedLocksAt = 'oarlock/shared-locks/'
export const semaphoresAt = 'oarlock/semaphores/'

/** In UTF-16 units. */
const longestName = 256

/** The segment of a name. Throws InvalidOptionsError. */
export function segmentOf(what: string, name: unknown): string {
  if (typeof name !== 'string' || name === '')
    throw new InvalidOptionsError(
      `the name of ${what} must be a string of at least one character, got ${shown(name)}`,
    )
  if (name.length > longestName)
    throw new InvalidOptionsError(
      `the name of ${what} has ${name.length} characters, and the limit is ${longestName}`,
    )
  if (/\p{Surrogate}/u.test(name))
    throw new InvalidOptionsError(`the name of ${what} has half of a surrogate pair, which UTF-8 cannot keep`)
  return encodeURIComponent(name)
}
