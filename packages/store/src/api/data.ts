// Keys, values and ranges: as the caller gives and gets them, and as the store has them.
import { InvalidOptionsError, type Outcome, shown } from '@oarlock/runtime'
import { afterPrefix, copyOf } from '../model/bytes.ts'
import { longestKey, longestValue } from '../model/request-limits.ts'
import type { KeyValue } from '../model/requests.ts'
import { everything, type KeyRange, only } from '../model/sorted-map.ts'
import { NotTextError } from './errors.ts'
import type { Data, Item, Range } from './store.ts'

const encoder = new TextEncoder()

/** A copy, so that the caller may go on using its own. Throws InvalidOptionsError. */
function bytesOf(data: unknown, what: string, longest: number): Uint8Array {
  const bytes =
    typeof data === 'string' ? encoder.encode(data) : data instanceof Uint8Array ? copyOf(data) : null
  if (bytes === null)
    throw new InvalidOptionsError(`${what} must be a string or a Uint8Array, got ${shown(data)}`)
  if (typeof data === 'string' && /\p{Surrogate}/u.test(data))
    throw new InvalidOptionsError(`${what} has half of a surrogate pair, which UTF-8 cannot keep`)
  if (bytes.length > longest)
    throw new InvalidOptionsError(`${what} has ${bytes.length} bytes, and the limit is ${longest}`)
  return bytes
}

export function keyBytes(data: unknown): Uint8Array {
  const key = bytesOf(data, 'a key', longestKey)
  if (key.length === 0) throw new InvalidOptionsError('a key must not be empty')
  return key
}

export const valueBytes = (data: unknown): Uint8Array => bytesOf(data, 'a value', longestValue)

const isKey = (given: unknown): given is Data => typeof given === 'string' || given instanceof Uint8Array

/** One key, or a range. Throws InvalidOptionsError. */
export const rangeOf = (given: Data | Range): KeyRange =>
  isKey(given) ? only(keyBytes(given)) : spanOf(given)

/** Throws InvalidOptionsError. */
export function spanOf(given: Range): KeyRange {
  if (typeof given !== 'object' || given === null || isKey(given))
    throw new InvalidOptionsError(`a range must be { prefix } or { from, before }, got ${shown(given)}`)
  const unknown = Object.keys(given).find((name) => !['prefix', 'from', 'before'].includes(name))
  if (unknown !== undefined)
    throw new InvalidOptionsError(`a range is { prefix } or { from, before }, and has no '${unknown}'`)
  const { prefix, from, before } = given as { prefix?: Data; from?: Data; before?: Data }
  if ((prefix === undefined) === (from === undefined) || (prefix !== undefined && before !== undefined))
    throw new InvalidOptionsError('a range has either a prefix, or from and maybe before')
  const end = (key: Data): Uint8Array => bytesOf(key, 'the end of a range', longestKey)
  if (from !== undefined) return { from: end(from), before: before === undefined ? null : end(before) }
  const first = end(prefix!)
  return first.length === 0 ? everything : { from: first, before: afterPrefix(first) }
}

/** Keys and values as one kind of caller gets them. `outcome`: of the request that they are the answer of. */
export interface Shown<D extends Data> {
  item(item: KeyValue, outcome: Outcome): Item<D>
}

export const asBytes: Shown<Uint8Array> = {
  item: (item) => ({ ...item, lease: item.lease === 0 ? null : item.lease }),
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const asText: Shown<string> = {
  item: ({ key, value, ...rest }, outcome) => {
    try {
      const text = { key: decoder.decode(key), value: decoder.decode(value) }
      return { ...rest, ...text, lease: rest.lease === 0 ? null : rest.lease }
    } catch {
      throw new NotTextError(
        `the key ${new TextDecoder().decode(key)} or its value is no UTF-8 text: read it with 'bytes' of the store`,
        outcome,
      )
    }
  },
}
