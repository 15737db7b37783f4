// Reads the arguments of a directive.
import { type Argument, CaseError, type Directive } from './datadriven.ts'

/** The arguments without a value: node ids, mostly. */
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
  if (value !== 'true' && value !== 'false') throw new CaseError(`${key} must be true or false, not ${value}`)
  return value === 'true'
}

/** Throws a CaseError for anything but digits. */
export function wholeNumber(value: string, what: string): number {
  if (!/^\d+$/.test(value)) throw new CaseError(`${what} must be a whole number, not ${value}`)
  return Number(value)
}

/** The arguments and input that a command reads. */
export interface Reads {
  /** The greatest number of plain arguments. Any number, by default. */
  readonly plain?: number
  /** The keys of its options, `key=value`. */
  readonly options?: readonly string[]
  /** Whether there may be lines between the directive and its `----`. */
  readonly input?: boolean
}

/** Throws a CaseError for anything that the command would ignore: a case must get what it asks for. */
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
