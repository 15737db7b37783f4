// Who may share what: several readers, or as many as a semaphore has permits.
import { InvalidOptionsError, shown } from '@oarlock/runtime'
import type { Place } from '../queue/index.ts'

/** What a place says beside who has it. Whatever is there: other programs may have put it. */
function detailsOf({ value }: Place): { readonly mode?: unknown; readonly permits?: unknown } {
  try {
    const details: unknown = JSON.parse(value)
    return typeof details === 'object' && details !== null ? details : {}
  } catch {
    return {}
  }
}

/** Nobody before it writes, or waits to write. */
export const mayRead = (before: readonly Place[]): boolean =>
  before.every((place) => detailsOf(place).mode === 'read')

/** Where others say that there are fewer permits, there are. */
export const mayHavePermit =
  (permits: number) =>
  (before: readonly Place[]): boolean => {
    const least = before.reduce((fewest, place) => {
      const { permits: said } = detailsOf(place)
      return typeof said === 'number' ? Math.min(fewest, said) : fewest
    }, permits)
    return before.length < least
  }

/** Throws InvalidOptionsError. */
export function checkPermits(permits: unknown): asserts permits is number {
  if (!Number.isSafeInteger(permits) || (permits as number) < 1)
    throw new InvalidOptionsError(`permits must be a whole number, 1 or above, got ${shown(permits)}`)
}
