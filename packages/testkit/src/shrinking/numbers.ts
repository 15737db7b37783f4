// Sets of numbers as text (`3,7-9,12`), and with them the actions of a run that are kept (`faults=3,7-9`).
import { type Action, actions, type Kept } from '../world/index.ts'

/** In ascending order, with ranges. */
export function numbersAsText(numbers: ReadonlySet<number>): string {
  const parts: string[] = []
  const sorted = [...numbers].sort((a, b) => a - b)
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at]!
    let last = first
    for (at++; sorted[at] === last + 1; at++) last++
    parts.push(first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`)
  }
  return parts.join(',')
}

/** No run has this many actions, so a longer range is a typing error. */
const LONGEST = 100_000

/** Throws a RangeError for anything but numbers from 1 and ranges. */
export function numbersOf(text: string): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part)
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || first < 1 || last < first || last - first > LONGEST)
      throw new RangeError(`'${part}' is neither a number from 1 nor a range such as 3-7`)
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return numbers
}

const plural = (action: Action): string => `${action}s`
const everything = 'all'
const nothing = 'nothing'

/** The arguments of `--keep`. If there are any, actions that are not named are left out. */
export function keptAsText(kept: Kept): string[] {
  if (Object.keys(kept).length === 0) return []
  const parts = actions.flatMap((action) => {
    const numbers = kept[action]
    if (numbers === undefined) return [`${plural(action)}=${everything}`]
    return numbers.size === 0 ? [] : [`${plural(action)}=${numbersAsText(numbers)}`]
  })
  return parts.length === 0 ? [nothing] : parts
}

/** The inverse of {@link keptAsText}. Throws a RangeError for anything else. */
export function keptOf(texts: readonly string[]): Kept {
  if (texts.length === 0) return {}
  const kept: { [D in Action]?: ReadonlySet<number> } = {}
  for (const action of actions) kept[action] = new Set()
  const seen = new Set<string>()
  for (const text of texts) {
    if (text === nothing && texts.length === 1) continue
    const [name = '', numbers = ''] = text.split('=', 2)
    const action = actions.find((one) => plural(one) === name)
    if (action === undefined)
      throw new RangeError(
        `--keep takes ${actions.map((one) => `${plural(one)}=…`).join(', ')} or, alone, ${nothing}; got '${text}'`,
      )
    if (seen.has(name)) throw new RangeError(`--keep ${name}=… is given twice`)
    seen.add(name)
    if (numbers === everything) delete kept[action]
    else kept[action] = numbersOf(numbers)
  }
  return kept
}
