// What the command prints.
import { styleText } from 'node:util'
import type { Hunt } from './hunt.ts'
import type { Result } from './run.ts'
import { describeScenario } from './scenario.ts'
import { checkers } from './violation.ts'

const red = (text: string): string => styleText('red', text)
const green = (text: string): string => styleText('green', text)
const dim = (text: string): string => styleText('dim', text)
const bold = (text: string): string => styleText('bold', text)

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US')

/** `1.2 s`, `3.4 min`, `5.6 h`. */
function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  return seconds < 6000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`
}

function replayCommand(seed: number, mutant: string | null): string {
  return `npm run sim -- --seed ${seed}${mutant === null ? '' : ` --mutant ${mutant}`}`
}

export interface Totals {
  runs: number
  events: number
  simulated: number
  acknowledged: number
  reads: number
}

export const noTotals = (): Totals => ({ runs: 0, events: 0, simulated: 0, acknowledged: 0, reads: 0 })

export function addTo(totals: Totals, { events, simulated, acknowledged, reads }: Result): void {
  totals.runs++
  totals.events += events
  totals.simulated += simulated
  totals.acknowledged += acknowledged
  totals.reads += reads
}

/** `took`: milliseconds of this machine. */
export function summary({ runs, events, simulated, acknowledged, reads }: Totals, took: number): string {
  const rate = `${grouped((events / took) * 1000)} events/s, ${grouped(simulated / took)} cluster-seconds a second`
  return `${grouped(runs)} runs · ${grouped(events)} events · ${duration(simulated)} of cluster time · ${grouped(acknowledged)} writes acknowledged · ${grouped(reads)} reads served · ${duration(took)} ${dim(`(${rate})`)}`
}

export function passed(result: Result): string {
  const { seed, events, simulated, committed, acknowledged, reads, fingerprint, scenario } = result
  return [
    `${green('✓')} seed ${bold(String(seed))}`,
    describeScenario(scenario),
    `${grouped(events)} events, ${duration(simulated)}; ${committed} entries committed, ${acknowledged} writes acknowledged, ${reads} reads served; fingerprint ${fingerprint}`,
  ].join('\n')
}

/** `lastEvents`: the end of the event log. */
export function failed(result: Result, mutant: string | null, lastEvents: readonly string[]): string {
  const { seed, violation, scenario, simulated, events } = result
  if (violation === null) throw new RangeError(`seed ${seed} did not fail`)
  const { checker, message } = violation
  return [
    `${red('✗')} seed ${bold(String(seed))}${mutant === null ? '' : `, mutant ${mutant}`}: ${red(bold(checker))} ${message}`,
    dim(`  ${checker}: ${checkers[checker]}`),
    '',
    describeScenario(scenario),
    `broken after ${grouped(events)} events, ${simulated.toFixed(3)} ms`,
    ...(lastEvents.length > 0 ? ['', dim('the last events:'), ...lastEvents] : []),
    '',
    `replay: ${bold(replayCommand(seed, mutant))}`,
  ].join('\n')
}

export const huntHeader: string = bold(
  `${'mutant'.padEnd(7)} ${'caught by'.padEnd(10)} ${'seeds'.padStart(6)} ${'events'.padStart(11)} ${'time'.padStart(8)}  bug`,
)

export function huntLine({ mutant, caught, seeds, events }: Hunt, took: number): string {
  const by = caught?.violation?.checker ?? (mutant.scripted ? 'its script' : 'nobody')
  const name = (caught === null && !mutant.scripted ? red : green)(mutant.name.padEnd(7))
  return `${name} ${by.padEnd(10)} ${grouped(seeds).padStart(6)} ${grouped(events).padStart(11)} ${duration(took).padStart(8)}  ${dim(mutant.bug)}`
}
