// Commands and results as JSON: the default codec. A value arrives as it was given, or it is refused.
import type { Codec } from '@oarlock/runtime'

/**
 * JSON in UTF-8. A value is null, a boolean, a finite number, a string, an array or a plain object of these.
 * A property that is undefined is left out. Throws TypeError for everything else, which JSON would change
 * silently: a Map or Set becomes {}, a Date text, NaN null. (It also loses the sign of -0, and properties
 * whose keys are symbols.) `what` the value is, for messages.
 */
export function jsonCodec<Value>(what = 'the command'): Codec<Value> {
  return {
    encode(value) {
      // It finds cycles and bigints. So the value is a finite tree when it is looked through.
      const text: string | undefined = JSON.stringify(value)
      if (!fits(value)) throw new TypeError(culpritIn(value, what))
      return Buffer.from(text)
    },
    decode(bytes) {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Value
    },
  }
}

/** Whether JSON holds the value as it is. The value is a finite tree. */
function fits(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) {
    // By index: holes count as undefined.
    for (let at = 0; at < value.length; at++) if (!fits(value[at])) return false
    return true
  }
  if (!isPlain(value)) return false
  const record = value as Readonly<Record<string, unknown>>
  // Faster than Object.keys. JSON does not hold what is inherited.
  for (const key in record) {
    const item = record[key]
    if (item !== undefined && !fits(item) && Object.hasOwn(record, key)) return false
  }
  return true
}

/** Says where in a value that does not fit the first culprit is, and what it is. */
function culpritIn(value: unknown, where: string): string {
  if (typeof value === 'number') return `${where} is ${value}, which would become null in JSON`
  if (typeof value !== 'object' || value === null)
    return `${where} is ${value === undefined ? 'undefined' : `a ${typeof value}`}, which JSON cannot hold`
  if (Array.isArray(value)) {
    const at = value.findIndex((item) => !fits(item))
    return culpritIn(value[at], `${where}[${at}]`)
  }
  if (!isPlain(value))
    return `${where} is of class ${value.constructor?.name || 'unknown'}, which would change in JSON: write a plain object, an array or text, or give join a codec of your own`
  const [key, item] = Object.entries(value).find(([, each]) => each !== undefined && !fits(each))!
  return culpritIn(item, `${where}.${key}`)
}

/** Made by an object literal, JSON.parse or Object.create(null), in any realm. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return (
    prototype === Object.prototype ||
    prototype === null ||
    Object.getPrototypeOf(prototype as object) === null
  )
}
