// Parses and checks the command line. A RangeError says what is wrong with it.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Schedule } from '../runs/index.ts'
import { scenarioNames } from '../scenarios/index.ts'
import { scheduleOf, scheduleOptions, whole } from '../shrinking/index.ts'

export interface One {
  readonly type: 'one'
  readonly schedule: Schedule
  readonly trace: boolean
  readonly verify: boolean
  readonly shrink: boolean
  /** The file that the run is drawn into, or null. */
  readonly draw: string | null
  /** How many events the drawing shows, at its end. */
  readonly last: number
}

export interface Many {
  readonly type: 'many'
  readonly from: number
  readonly seeds: number
  readonly outcomes: boolean
  /** Null: one a processor. */
  readonly workers: number | null
}

export interface DrawScenario {
  readonly type: 'scenario'
  /** Of the file. */
  readonly name: string
  readonly draw: string
  readonly last: number
}

export type Command = One | Many | DrawScenario | { readonly type: 'help' }

const options = {
  ...scheduleOptions,
  seeds: { type: 'string' },
  from: { type: 'string' },
  workers: { type: 'string' },
  scenario: { type: 'string' },
  trace: { type: 'boolean', default: false },
  verify: { type: 'boolean', default: false },
  shrink: { type: 'boolean', default: false },
  draw: { type: 'string' },
  last: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Throws a RangeError if an option that takes one value is given twice. */
function parse(args: readonly string[]) {
  const { values, tokens } = parseArgs({ args: [...args], options, strict: true, tokens: true })
  const given = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (given.has(token.name) && !('multiple' in options[token.name as Name]))
      throw new RangeError(`--${token.name} is given twice`)
    given.add(token.name)
  }
  return values
}

type Values = ReturnType<typeof parse>
type Name = keyof typeof options

const ofOne: readonly Name[] = [
  'seed',
  'trace',
  'verify',
  'shrink',
  'draw',
  'last',
  'keep',
  'until',
  'without',
]
const ofMany: readonly Name[] = ['seeds', 'from', 'workers']
const SEEDS = 200
const LAST = 300
/** Seeds are safe integers. */
const FRESH = 2 ** 40

const given = (values: Values, name: Name): boolean => values[name] !== undefined && values[name] !== false

function refuse(values: Values, names: readonly Name[], why: string): void {
  const misplaced = names.find((name) => given(values, name))
  if (misplaced !== undefined) throw new RangeError(`--${misplaced} ${why}`)
}

function atLeastOne(name: string, text: string | undefined): number | null {
  const value = whole(name, text)
  if (value === 0) throw new RangeError(`--${name} takes a number from 1`)
  return value
}

function drawingOf({ draw }: Values): string | null {
  if (draw === undefined) return null
  if (!/\.(svg|html)$/.test(draw))
    throw new RangeError(`--draw takes a file that ends in .svg or .html, got '${draw}'`)
  return draw
}

function one(values: Values): One {
  refuse(values, ofMany, 'is for many seeds: leave out --seed')
  if (values.last !== undefined && values.draw === undefined) throw new RangeError('--last needs --draw')
  return {
    type: 'one',
    schedule: scheduleOf(values),
    trace: values.trace,
    verify: values.verify,
    shrink: values.shrink,
    draw: drawingOf(values),
    last: lastOf(values) ?? LAST,
  }
}

function scenario(values: Values, name: string): DrawScenario {
  const others = [...ofOne, ...ofMany, 'outcomes'] as const
  const misplaced = others.filter((option) => option !== 'draw' && option !== 'last')
  refuse(values, misplaced, 'cannot be combined with --scenario')
  if (!scenarioNames().includes(name))
    throw new RangeError(`no scenario '${name}'; there are ${scenarioNames().join(', ')}`)
  const draw = drawingOf(values)
  if (draw === null)
    throw new RangeError('--scenario needs --draw FILE; npm run scenarios plays the files and compares')
  const last = lastOf(values) ?? Number.POSITIVE_INFINITY
  return { type: 'scenario', name, draw, last }
}

const lastOf = ({ last }: Values): number | null =>
  last === 'all' ? Number.POSITIVE_INFINITY : atLeastOne('last', last)

/** Throws a RangeError, or an error of parseArgs, for invalid options. */
export function commandOf(args: readonly string[]): Command {
  const values = parse(args)
  if (values.help) return { type: 'help' }
  if (values.scenario !== undefined) return scenario(values, values.scenario)
  if (values.seed !== undefined) return one(values)
  const itself = '(of many, the first that fails is made short anyway, and says how to draw it)'
  refuse(values, ['shrink', 'draw'], `is for one run: give its --seed ${itself}`)
  refuse(values, ofOne, 'is for one run: give its --seed')
  const from = whole('from', values.from) ?? randomInt(FRESH)
  const seeds = atLeastOne('seeds', values.seeds) ?? SEEDS
  if (from + seeds > Number.MAX_SAFE_INTEGER) throw new RangeError('there are no seeds beyond 2^53')
  return {
    type: 'many',
    from,
    seeds,
    outcomes: values.outcomes,
    workers: atLeastOne('workers', values.workers),
  }
}
