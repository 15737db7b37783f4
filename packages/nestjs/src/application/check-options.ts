// Checks the options, so that an error is one clear line before anything has started.
import { InvalidOptionsError } from 'oarlock'
import type { ElectionOptions, FeatureOptions } from './options.ts'

const brokers = ['redis', 'tcp', 'election'] as const

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isDuration = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < 2 ** 31
const isWhole = (from: number, to: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to

type Rule = readonly [is: (value: unknown) => boolean, requirement: string]

const text: Rule = [isText, 'a non-empty string']
const duration: Rule = [isDuration, 'a number of milliseconds above 0']
const wait: Rule = [(value) => value === 0 || isDuration(value), 'a number of milliseconds, 0 or above']

const always: Record<string, Rule> = {
  drainTimeout: wait,
  forward: [isFunction, 'a function (leader, call) => Promise'],
}

const ofRedis: Record<string, Rule> = {
  redis: [(value) => isText(value) || isObject(value), 'a URL, ioredis options, or a client'],
  prefix: text,
  instanceName: text,
  expected: [isWhole(1, 1000), 'a whole number above 0'],
  electionTimeout: duration,
  forgetAfter: duration,
  generationTimeout: duration,
  secret: text,
  priority: [isWhole(0, 100), 'a whole number from 0 to 100'],
}

const known: Record<(typeof brokers)[number], Record<string, Rule>> = {
  redis: ofRedis,
  // join() checks the rest.
  tcp: { tcp: [isObject, 'the options of join(): { id, peers, data, … }'] },
  election: { election: [isElection, 'an Election, such as the member that join() resolves with'] },
}

function isElection(value: unknown): boolean {
  return isObject(value) && ['lead', 'observe', 'close'].every((name) => isFunction(Reflect.get(value, name)))
}

/** The options of the module itself. They are checked elsewhere. */
const extras = ['name', 'isGlobal']

export function checkName(name: unknown): void {
  // The name becomes part of Redis keys, metrics labels and messages.
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
    throw new InvalidOptionsError(
      `name: the name of an election may have only letters, digits, '_', '.' and '-'; got ${show(name)}`,
    )
}

/** Throws InvalidOptionsError. Its message begins with `where`. */
export function checkOptions(where: string, options: unknown): asserts options is ElectionOptions {
  const refuse: Refuse = (what) => {
    throw new InvalidOptionsError(`${where}: ${what}`)
  }
  const given = chosenBrokers(options, refuse)
  if (given.length !== 1)
    refuse(
      `give exactly one of redis, tcp and election, for the instances to find one another; got ${given.join(' and ') || 'none'}`,
    )
  checkEach(options as object, { ...always, ...known[given[0]!] }, refuse)
}

/** Like checkOptions, for an election that may take its broker from forRoot. */
export function checkFeatureOptions(where: string, options: unknown): asserts options is FeatureOptions {
  const refuse: Refuse = (what) => {
    throw new InvalidOptionsError(`${where}: ${what}`)
  }
  if (chosenBrokers(options, refuse).length > 0) checkOptions(where, options)
  else checkEach(options as object, { ...always, ...ofRedis }, refuse)
}

type Refuse = (what: string) => never

function chosenBrokers(options: unknown, refuse: Refuse): (typeof brokers)[number][] {
  if (!isObject(options)) return refuse(`the options must be an object, got ${show(options)}`)
  return brokers.filter((broker) => Reflect.get(options, broker) !== undefined)
}

function checkEach(options: object, rules: Record<string, Rule>, refuse: Refuse): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || extras.includes(name)) continue
    const rule = rules[name]
    if (rule === undefined)
      return refuse(`unknown option '${name}'; the options here are ${Object.keys(rules).join(', ')}`)
    const [is, requirement] = rule
    // The message must not show a secret.
    if (!is(value))
      refuse(
        `${name} must be ${requirement}${name === 'secret' || name === 'redis' ? '' : `, got ${show(value)}`}`,
      )
  }
}

const show = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : isObject(value) ? 'an object' : String(value)
