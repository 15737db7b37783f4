// The application's source of chance. Election timeouts are drawn from it.
import { InvalidOptionsError } from '../errors.ts'
import { shown } from '../options/index.ts'

/** Throws InvalidOptionsError for a number that is not in [0, 1), and if the source throws. */
export const checkedRandom =
  (random: () => number): (() => number) =>
  () => {
    let drawn: number
    try {
      drawn = random()
    } catch (cause) {
      throw new InvalidOptionsError('random threw: it must return a number in [0, 1)', { cause })
    }
    if (typeof drawn === 'number' && drawn >= 0 && drawn < 1) return drawn
    throw new InvalidOptionsError(`random must return a number in [0, 1), and it returned ${shown(drawn)}`)
  }
