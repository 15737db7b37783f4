// Converts a schedule to the arguments of `npm run sim --` and back.
import { calmNamed, type Schedule } from '../runs/index.ts'
import { keptAsText, keptOf } from './numbers.ts'

/** The options of a schedule, for parseArgs. */
export const scheduleOptions = {
  seed: { type: 'string' },
  outcomes: { type: 'boolean', default: false },
  without: { type: 'string' },
  until: { type: 'string' },
  keep: { type: 'string', multiple: true },
} as const

export interface ScheduleValues {
  readonly seed?: string | undefined
  readonly outcomes: boolean
  readonly without?: string | undefined
  readonly until?: string | undefined
  readonly keep?: readonly string[] | undefined
}

/** A whole number from the command line. Throws a RangeError for anything else. */
export function whole(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError(`--${name} takes a whole number, got '${text}'`)
  return value
}

/** Throws a RangeError for invalid options, and if there is no seed. */
export function scheduleOf(values: ScheduleValues): Schedule {
  const seed = whole('seed', values.seed)
  if (seed === null) throw new RangeError('--seed N is missing')
  return {
    seed,
    outcomes: values.outcomes,
    calm: values.without === undefined ? [] : values.without.split(',').map((name) => calmNamed(name).name),
    until: whole('until', values.until),
    kept: keptOf(values.keep ?? []),
  }
}

export function argumentsOf({ seed, outcomes, calm, until, kept }: Schedule): string[] {
  return [
    '--seed',
    `${seed}`,
    ...(outcomes ? ['--outcomes'] : []),
    ...(calm.length === 0 ? [] : ['--without', calm.join(',')]),
    ...(until === null ? [] : ['--until', `${until}`]),
    ...keptAsText(kept).flatMap((text) => ['--keep', text]),
  ]
}

/** The command that replays the schedule. */
export const commandOf = (schedule: Schedule): string => `npm run sim -- ${argumentsOf(schedule).join(' ')}`
