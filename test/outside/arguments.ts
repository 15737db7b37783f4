// What a directive's arguments say.
import { type Argument, CaseError, type Directive } from './datadriven.ts'

/** The plain arguments: node ids, mostly. */
export const plain = (args: readonly Argument[]): readonly string[] =>
  args.filter(({ values }) => values.length === 0).map(({ key }) => key)

export const valuesGiven = (args: readonly Argument[], key: string): readonly string[] =>
  args.filter((argument) => argument.key === key).flatMap(({ values }) => values)

export const valueGiven = (args: readonly Argument[], key: string): string | undefined =>
  valuesGiven(args, key)[0]

export const required = (value: string | undefined, what: string): string => {
  if (value === undefined) throw new CaseError(`no ${what} given`)
  return value
}

export const flag = (args: readonly Argument[], key: string): boolean => {
  const value = valueGiven(args, key) ?? 'false'
  if (value !== 'true' && value !== 'false') throw new CaseError(`${key} is neither true nor false: ${value}`)
  return value === 'true'
}

/** Throws a CaseError for anything but digits. */
export function wholeNumber(value: string, what: string): number {
  if (!/^\d+$/.test(value)) throw new CaseError(`${what} is no number: ${value}`)
  return Number(value)
}

/** What a command reads. */
export interface Reads {
  /** How many plain arguments it takes at most; as many as there are, where that is not said. */
  readonly plain?: number
  /** Its options: `key=value`. */
  readonly options?: readonly string[]
  /** Whether there may be lines between the directive and its `----`. */
  readonly input?: boolean
}

/** Throws a CaseError for what would not be read: a case must not ask for what it does not get. */
export function readsAll(
  { args, input }: Directive,
  { plain: most = Number.POSITIVE_INFINITY, options = [], input: takesInput = false }: Reads,
): void {
  for (const { key, values } of args)
    if (values.length > 0 && !options.includes(key)) throw new CaseError(`there is no option ${key}`)
  const extra = plain(args)
    .filter((key) => !options.includes(key)) // an empty list: `learners=()`
    .at(most)
  if (extra !== undefined) throw new CaseError(`there is no argument ${extra}`)
  if (!takesInput && input !== '')
    throw new CaseError(`it takes no input; is a ---- missing above ${input.split('\n')[0]}?`)
}
