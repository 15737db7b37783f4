// What a directive's arguments say.
import type { Argument } from './datadriven.ts'

/** The plain arguments: node ids, mostly. */
export const plain = (args: readonly Argument[]): readonly string[] =>
  args.filter(({ values }) => values.length === 0).map(({ key }) => key)

export const valuesGiven = (args: readonly Argument[], key: string): readonly string[] =>
  args.filter((argument) => argument.key === key).flatMap(({ values }) => values)

export const valueGiven = (args: readonly Argument[], key: string): string | undefined =>
  valuesGiven(args, key)[0]

export const required = (value: string | undefined, what: string): string => {
  if (value === undefined) throw new Error(`no ${what} given`)
  return value
}

export const flag = (args: readonly Argument[], key: string): boolean => {
  const value = valueGiven(args, key) ?? 'false'
  if (value !== 'true' && value !== 'false') throw new Error(`${key} is neither true nor false: ${value}`)
  return value === 'true'
}

/** Throws for an option that is not one of `known`: a case must not ask for what it does not get. */
export function onlyOptions(args: readonly Argument[], known: readonly string[]): void {
  for (const { key, values } of args)
    if (values.length > 0 && !known.includes(key)) throw new Error(`there is no option ${key}`)
}
