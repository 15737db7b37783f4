import { InvalidOptionsError } from 'oarlock'

/** The name of the election that is meant where none is given. Most applications have only this one. */
export const defaultElection = 'default'

/** Throws InvalidOptionsError. The name becomes part of Redis keys, metrics labels and messages. */
export function checkName(name: unknown, where?: string): asserts name is string {
  if (typeof name === 'string' && /^[\w.-]+$/.test(name)) return
  const given =
    typeof name === 'string' ? `'${name}'` : `a value of type ${name === null ? 'null' : typeof name}`
  throw new InvalidOptionsError(
    `${where === undefined ? 'name' : where}: the name of an election may have only letters, digits, '_', '.' and '-'; got ${given}`,
  )
}
