// The output of the command.
import { styleText } from 'node:util'
import { describeScenario, isWhole, type Result, type Schedule, wholeOf } from '../runs/index.ts'
import { commandOf, type Shrunk } from '../shrinking/index.ts'
import { counted, duration, grouped } from '../telling/index.ts'
import type { Totals } from '../workers/index.ts'
import { actions, checkers } from '../world/index.ts'

const red = (text: string): string => styleText('red', text)
const green = (text: string): string => styleText('green', text)
export const dim = (text: string): string => styleText('dim', text)
const bold = (text: string): string => styleText('bold', text)

/** `took`: real time, in ms; `cpu`: the time of all processors together, in ms. */
export function summary(totals: Totals, took: number, cpu: number): string {
  const { runs, events, simulated, acknowledged, reads, verified } = totals
  const lines = [
    `${grouped(runs)} runs · ${grouped(events)} events · ${duration(simulated)} of cluster time · ${grouped(acknowledged)} writes acknowledged · ${grouped(reads)} reads served`,
    `${grouped(verified)} seeds run twice, with the same result`,
    `${duration(took)}: ${grouped((runs / took) * 1000)} seeds, ${grouped((events / took) * 1000)} events and ${grouped(simulated / took)} cluster-seconds a second`,
  ]
  if (totals.fiveMembersCpu > 0) lines.push(fiveMembers(totals, cpu))
  return lines.join('\n')
}

/** Other work of the process (its start, garbage collection, second runs) is charged to all runs evenly. */
function fiveMembers({ fiveMembers: simulated, fiveMembersCpu, cpu: ofRuns }: Totals, cpu: number): string {
  const charged = fiveMembersCpu * (Math.max(cpu, ofRuns) / ofRuns)
  const rate = simulated / 60 / charged
  return `of five members: ${duration(simulated)} of cluster time in ${duration(charged)} of processor time, ${bold(`${rate.toFixed(1)} cluster-hours a CPU-minute`)}`
}

export function passed(result: Result): string {
  const { seed, events, simulated, committed, acknowledged, reads, fingerprint, scenario } = result
  return [
    `${green('✓')} seed ${bold(String(seed))}`,
    describeScenario(scenario),
    `${grouped(events)} events, ${duration(simulated)}; ${committed} entries committed, ${acknowledged} writes acknowledged, ${reads} reads served; fingerprint ${fingerprint}`,
  ].join('\n')
}

export interface FailureDetails {
  /** The schedule that was run. Default: the whole run of the seed. */
  readonly schedule?: Schedule
  /** The run made short, and its tale. */
  readonly shorter?: { readonly shrunk: Shrunk; readonly tale: readonly string[] } | null
  /** The end of the event log; of the short run, if there is one. */
  readonly lastEvents?: readonly string[]
}

/** A failure, and the commands that show more of it. */
export function failed(result: Result, details: FailureDetails = {}): string {
  const { schedule = wholeOf(result.seed), shorter = null, lastEvents = [] } = details
  const { seed, violation, scenario, simulated, events } = result
  if (violation === null) throw new RangeError(`seed ${seed} did not fail`)
  const { checker, message } = violation
  return [
    `${red('✗')} seed ${bold(String(seed))}: ${red(bold(checker))} ${message}`,
    dim(`  ${checker}: ${checkers[checker]}`),
    '',
    describeScenario(scenario),
    `broken after ${grouped(events)} events, ${simulated.toFixed(3)} ms`,
    ...(shorter === null ? [] : ['', ...shrunkLines(shorter.shrunk), '', ...shorter.tale]),
    ...(lastEvents.length > 0
      ? ['', dim(`the last events${shorter === null ? '' : ' of the short run'}:`), ...lastEvents]
      : []),
    '',
    ...commandsFor(schedule, shorter?.shrunk.schedule ?? null),
  ].join('\n')
}

function commandsFor(schedule: Schedule, short: Schedule | null): string[] {
  const whole = `replay: ${bold(commandOf(schedule))}`
  if (short === null || isWhole(short)) return [whole]
  const command = commandOf(short)
  return [whole, ` short: ${bold(command)}`, `  draw: ${bold(`${command} --draw run.html`)}`]
}

const sizeOf = (
  { events, simulated, scenario: { voters, others } }: Result,
  done: Result['actions'],
): string =>
  [
    `${counted(events, 'event')} in ${duration(simulated)}`,
    counted(voters.length + others.length, 'node'),
    ...actions.map((action) => counted(done[action], action)),
  ].join(', ')

function shrunkLines({ schedule, result, before, runs, finished }: Shrunk): string[] {
  if (isWhole(schedule)) return [dim(`${counted(runs, 'run')} did not make it shorter`)]
  const left = { ...result.actions }
  for (const action of actions) left[action] = schedule.kept[action]?.size ?? left[action]
  const took = `(${counted(runs, 'run')}${finished ? '' : '; the time was up'})`
  return [
    `${bold('the same run, made short')} ${dim(took)}`,
    `  ${dim('before')}   ${sizeOf(before, before.actions)}`,
    `  ${dim('after')}    ${sizeOf(result, left)}`,
    ...(schedule.calm.length > 0 ? [`  ${dim('without')}  ${schedule.calm.join(', ')}`] : []),
  ]
}
