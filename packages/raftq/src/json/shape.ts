// Checks for JSON that comes from outside. A pipe or a disk may hand in anything, so every field is checked.
// A value that fails a check is refused as a whole, and fields that no check names are dropped.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Returns the JSON if it has this shape, or else throws {@link DamagedError}. `where` names the place in the
 * error.
 */
export type Shape<T> = (json: unknown, where: string) => T

/** The JSON does not have the expected shape. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

function expect(holds: boolean, where: string): asserts holds {
  if (!holds) throw new DamagedError(`${where} is damaged`)
}

export const checked =
  <T>(holds: (json: unknown) => boolean): Shape<T> =>
  (json, where) => {
    expect(holds(json), where)
    return json as T
  }

export const text: Shape<string> = checked((json) => typeof json === 'string')
export const flag: Shape<boolean> = checked((json) => typeof json === 'boolean')
export const number: Shape<number> = checked(Number.isFinite)
/** For terms, indexes and counts. */
export const count: Shape<number> = checked((json) => Number.isSafeInteger(json) && (json as number) >= 0)
export const anything: Shape<Json> = checked((json) => json !== undefined)

export const only = <T extends Json>(...values: readonly T[]): Shape<T> =>
  checked((json) => values.includes(json as T))

/** The shape, with one more condition on the value. */
export const such =
  <T>(shape: Shape<T>, holds: (value: T) => boolean): Shape<T> =>
  (json, where) => {
    const value = shape(json, where)
    expect(holds(value), where)
    return value
  }

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (json, where) =>
    json === null ? null : shape(json, where)

export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (json, where) =>
    json === undefined ? undefined : shape(json, where)

export const list =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (json, where) => {
    expect(Array.isArray(json), where)
    return json.map((each, i) => shape(each, `${where}.${i}`))
  }

export const object =
  <T extends object>(shapes: { readonly [Key in keyof T]-?: Shape<T[Key]> }): Shape<T> =>
  (json, where) => {
    expect(typeof json === 'object' && json !== null && !Array.isArray(json), where)
    const given = json as { readonly [Key in keyof T]: unknown }
    const found: Partial<T> = {}
    for (const key in shapes) {
      const value = shapes[key](given[key], `${where}.${key}`)
      if (value !== undefined) found[key] = value
    }
    return found as T
  }

/** A list with a shape of its own for each place. */
export const tuple =
  <T extends readonly unknown[]>(...shapes: { readonly [I in keyof T]: Shape<T[I]> }): Shape<T> =>
  (json, where) => {
    expect(Array.isArray(json), where)
    return shapes.map((shape, i) => shape(json[i], `${where}.${i}`)) as unknown as T
  }
