// Checks the options, so that an error is one clear line before anything has started.
import { InvalidOptionsError } from 'oarlock'
import {
  callback,
  complaintAbout,
  confidential,
  duration,
  isText,
  mustBe,
  number,
  type Rule,
  text,
  wait,
  withMethods,
} from 'oarlock/node'
import type { ElectionOptions, FeatureOptions } from './options.ts'

const brokers = ['redis', 'tcp', 'election', 'coordinator'] as const

type Rules = Readonly<Record<string, Rule>>

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const always: Rules = {
  drainTimeout: wait,
  forward: callback('a function (leader, call) => Promise'),
}

const isSecretPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isText)

const ofRedis: Rules = {
  // The messages must not show a password or a secret.
  redis: confidential('a URL, ioredis options, or a client', (value) => isText(value) || isObject(value)),
  prefix: mustBe(
    'a string without braces that is not empty',
    (value) => isText(value) && !/[{}]/.test(value),
  ),
  // redisElection() checks the letters.
  instanceName: text(),
  expected: number({ of: 'instances', least: 1, whole: true }),
  electionTimeout: duration,
  forgetAfter: duration,
  generationTimeout: duration,
  secret: confidential(
    'text that is not empty, or a list of two during a rotation',
    (value) => isText(value) || isSecretPair(value),
  ),
  priority: number({ least: 0, most: 100, whole: true }),
}

/** Options of join() that the module sets itself. */
const notOfTcp: Readonly<Record<string, string>> = {
  drainTimeout: 'give it beside tcp',
  shutdownSignals: "Nest's shutdown hooks close the member",
  purpose: 'elections by other names need its store',
  proposeTimeout: 'the module elects, and replicates nothing',
  machine: 'the module elects, and replicates nothing',
  codec: 'the module elects, and replicates nothing',
}

/** join() checks the rest. */
const tcp: Rule = (value, name) => {
  if (!isObject(value)) return mustBe('the options of join(): { id, peers, data, … }', isObject)(value, name)
  const wrong = Object.keys(notOfTcp).find((option) => Reflect.get(value, option) !== undefined)
  return wrong === undefined ? null : `${name}.${wrong} cannot be given: ${notOfTcp[wrong]}`
}

const known: Record<(typeof brokers)[number], Rules> = {
  redis: ofRedis,
  tcp: { tcp },
  election: {
    election: withMethods(
      'an Election, such as the member that join() resolves with',
      'lead',
      'observe',
      'close',
    ),
  },
  coordinator: {
    coordinator: withMethods('what connect() or etcd() has made', 'election'),
    ttl: number({ of: 'ms', least: 50 }),
  },
}

/** Throws InvalidOptionsError. Its message begins with `where`. */
export function checkOptions(where: string, options: unknown): asserts options is ElectionOptions {
  const given = chosenBrokers(where, options)
  if (given.length !== 1)
    throw new InvalidOptionsError(
      `${where}: give exactly one of redis, tcp, election and coordinator, for the instances to find one another; got ${given.join(' and ') || 'none'}`,
    )
  check(where, options, { ...always, ...known[given[0]!] })
}

/** Like checkOptions, for an election that may take its broker from forRoot. */
export function checkFeatureOptions(where: string, options: unknown): asserts options is FeatureOptions {
  if (chosenBrokers(where, options).length > 0) checkOptions(where, options)
  else check(where, options, { ...always, ...ofRedis })
}

function chosenBrokers(where: string, options: unknown): (typeof brokers)[number][] {
  if (!isObject(options)) check(where, options, {})
  return brokers.filter((broker) => Reflect.get(options as object, broker) !== undefined)
}

const anything: Rule = () => null

/** The ways in which forRootAsync makes options. The options themselves are checked once they are made. */
const asyncRules = {
  name: anything,
  isGlobal: anything,
  imports: anything,
  inject: mustBe('a list of injection tokens', Array.isArray),
  useFactory: callback('a function that returns the options'),
  useClass: callback('a class with the method createOarlockOptions'),
  useExisting: anything,
  extraProviders: mustBe('a list of providers', Array.isArray),
}

export function checkAsyncOptions(where: string, options: unknown): void {
  check(where, options, asyncRules)
}

function check(where: string, options: unknown, rules: Rules): void {
  // The options of the module itself are checked elsewhere.
  const complaint = complaintAbout(options, { ...rules, name: anything, isGlobal: anything })
  if (complaint !== null) throw new InvalidOptionsError(`${where}: ${complaint}`)
}
