// What an option may be. A rule returns the complaint about a value, one line that begins with the option's
// name, or null.

export type Rule = (value: unknown, name: string) => string | null

/** A short description of a value, for messages. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `a ${name}` : 'an object'
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  isObject(value) && 'then' in value && typeof value.then === 'function'

/** `requirement` completes the sentence 'drainTimeout must be …'. */
export const mustBe =
  (requirement: string, is: (value: unknown) => boolean): Rule =>
  (value, name) =>
    is(value) ? null : `${name} must be ${requirement}, got ${shown(value)}`

/** A value that no message may show. */
export const confidential =
  (requirement: string, is: (value: unknown) => boolean): Rule =>
  (value, name) =>
    is(value) ? null : `${name} must be ${requirement}`

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

export const text = (what = 'a string that is not empty'): Rule => mustBe(what, isText)

export const flag: Rule = (value, name) =>
  value === 'true' || value === 'false'
    ? `${name}: '${value}' is text: write ${value} without quotes`
    : mustBe('true or false', (given) => typeof given === 'boolean')(value, name)

export interface NumberRange {
  /** The unit, for messages. */
  readonly of?: string
  readonly least?: number
  /** It must be greater than this. */
  readonly above?: number
  readonly most?: number
  readonly whole?: boolean
  /** Infinity is allowed. */
  readonly endless?: boolean
}

/** Text that looks like a number is refused with the number that it should be. */
export function number({ of, least, above, most, whole, endless }: NumberRange): Rule {
  const limits = [
    least !== undefined && most !== undefined ? ` from ${least} to ${most}` : '',
    least !== undefined && most === undefined ? `, ${least} or above` : '',
    above === undefined ? '' : ` above ${above}`,
    above !== undefined && most !== undefined ? ' and' : '',
    least === undefined && most !== undefined ? ` at most ${most}` : '',
  ].join('')
  const what = `a ${whole ? 'whole ' : ''}number${of === undefined ? '' : ` of ${of}`}${limits}`
  const rule = mustBe(
    what,
    (value) =>
      typeof value === 'number' &&
      ((whole ? Number.isInteger(value) : Number.isFinite(value)) ||
        (endless === true && value === Infinity)) &&
      value >= (least ?? -Infinity) &&
      value <= (most ?? Infinity) &&
      value > (above ?? -Infinity),
  )
  return (value, name) =>
    typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
      ? `${name}: ${shown(value)} is text: write the number ${Number(value)}`
      : rule(value, name)
}

/** The longest time that a timer of any platform waits. */
const longest = 2 ** 31 - 1

export const duration: Rule = number({ of: 'milliseconds', above: 0, most: longest })
/** As `duration`; 0 is allowed. */
export const wait: Rule = number({ of: 'milliseconds', least: 0, most: longest })

export const oneOf = (...values: readonly string[]): Rule =>
  mustBe(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as string))

export const listOf =
  (rule: Rule, what: string): Rule =>
  (value, name) => {
    if (!Array.isArray(value)) return mustBe(`a list of ${what}`, () => false)(value, name)
    return first(value.map((item, at) => rule(item, `${name}[${at}]`)))
  }

/** A plain object whose values follow `rule`. `what` it is: 'an object that maps … to …'. */
export const recordOf =
  (rule: Rule, what: string): Rule =>
  (value, name) => {
    if (!isRecord(value)) return mustBe(what, () => false)(value, name)
    return first(Object.entries(value).map(([key, item]) => rule(item, `${name}['${key}']`)))
  }

const first = (complaints: readonly (string | null)[]): string | null =>
  complaints.find((complaint) => complaint !== null) ?? null

/** An object, but no array, Map or the like. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) && !Array.isArray(value) && !(value instanceof Map) && !(value instanceof Set)

export const callback = (what: string): Rule => mustBe(what, (value) => typeof value === 'function')

const isAsync = (value: unknown): boolean =>
  typeof value === 'function' && value.constructor.name === 'AsyncFunction'

/** An object with these methods. */
export const withMethods =
  (what: string, ...methods: readonly string[]): Rule =>
  (value, name) => {
    if (!isObject(value) && typeof value !== 'function') return `${name} must be ${what}, got ${shown(value)}`
    const missing = methods.find((method) => typeof Reflect.get(value, method) !== 'function')
    return missing === undefined ? null : `${name} must be ${what}: it has no method ${missing}`
  }

/** As `withMethods`. They return their results, and no promises. */
export const withSynchronousMethods =
  (what: string, ...methods: readonly string[]): Rule =>
  (value, name) => {
    const complaint = withMethods(what, ...methods)(value, name)
    if (complaint !== null) return complaint
    const wrong = methods.find((method) => isAsync(Reflect.get(value as object, method)))
    return wrong === undefined
      ? null
      : `${name}.${wrong} is an async function, and it must return its result at once, not a promise`
  }

export const abortSignal: Rule = mustBe(
  'an AbortSignal',
  (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value,
)
