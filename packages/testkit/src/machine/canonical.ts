// Values as text, the same text for equal values. The order of keys and elements counts: a loop over a Map
// depends on it, so two replicas whose Maps differ only in order have different states.

/** Thrown for a value that cannot be compared. */
export class Incomparable extends TypeError {
  override readonly name = 'Incomparable'
  readonly what: string

  constructor(what: string) {
    super(`${what} cannot be compared`)
    this.what = what
  }
}

function object(value: object, seen: readonly object[]): string {
  if (seen.includes(value)) throw new Incomparable('a value that contains itself')
  if (value instanceof Promise) throw new Incomparable('a promise')
  const within = [...seen, value]
  const of = (part: unknown): string => text(part, within)
  if (Array.isArray(value)) return `[${value.map(of).join(',')}]`
  if (value instanceof Map)
    return `Map{${[...value].map(([key, part]) => `${of(key)}=>${of(part)}`).join(',')}}`
  if (value instanceof Set) return `Set{${[...value].map(of).join(',')}}`
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `${value.constructor.name}(${(value as Uint8Array).join(',')})`
  const name = value.constructor === undefined || value.constructor === Object ? '' : value.constructor.name
  return `${name}{${Object.entries(value)
    .map(([key, part]) => `${key}:${of(part)}`)
    .join(',')}}`
}

function text(value: unknown, seen: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : object(value, seen)
    case 'boolean':
    case 'undefined':
      return String(value)
    default:
      throw new Incomparable(`a ${typeof value}`)
  }
}

/** Throws {@link Incomparable} for functions, symbols, promises, and a value that contains itself. */
export function canonical(value: unknown): string {
  return text(value, [])
}

/** Both texts around their first difference. */
export function difference(one: string, other: string): string {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  const from = Math.max(0, at - 40)
  const cut = (whole: string): string =>
    `${from > 0 ? '…' : ''}${whole.slice(from, at + 80)}${whole.length > at + 80 ? '…' : ''}`
  return `${cut(one)} and ${cut(other)}`
}
