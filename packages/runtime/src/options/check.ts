// Checks options: of every kind, in every package. An error is one line that names the option.
import { InvalidOptionsError } from '../errors.ts'
import { nearest } from './nearest.ts'
import { isRecord, type Rule, shown } from './rules.ts'

/** A rule for each option. One that is undefined counts as not given. */
export type Schema<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/** The rule of an option that may be left out, or one made by `needed`. */
export type OptionRule = Rule | NeededRule

interface NeededRule {
  readonly needed: Rule
}

/** The option has to be given. */
export const needed = (rule: Rule): NeededRule => ({ needed: rule })

/** What is wrong with the options, or null. */
export function complaintAbout(
  options: unknown,
  schema: Readonly<Record<string, OptionRule>>,
): string | null {
  if (!isRecord(options)) return `the options must be an object, got ${shown(options)}`
  const known = Object.keys(schema)
  for (const name of Object.keys(options))
    if (!Object.hasOwn(schema, name) && options[name] !== undefined) return unknown(name, known)
  for (const name of known) {
    const rule = schema[name]!
    const value = options[name]
    if (value === undefined && typeof rule === 'function') continue
    const complaint = (typeof rule === 'function' ? rule : rule.needed)(value, name)
    if (complaint !== null) return complaint
  }
  return null
}

/** An option that has options of its own. */
export const group =
  <Options>(schema: Schema<Options>): Rule =>
  (value, name) => {
    const complaint = complaintAbout(value, schema)
    return complaint === null ? null : `${name}: ${complaint}`
  }

function unknown(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return meant === null
    ? `unknown option '${name}'; the options are ${known.join(', ')}`
    : `unknown option '${name}': did you mean '${meant}'?`
}

/** Throws InvalidOptionsError. Its message begins with `where`, if that is given. */
export function checkOptions<Options>(
  options: unknown,
  schema: Schema<Options>,
  where?: string,
): asserts options is Options {
  const complaint = complaintAbout(options, schema)
  if (complaint !== null)
    throw new InvalidOptionsError(where === undefined ? complaint : `${where}: ${complaint}`)
}
