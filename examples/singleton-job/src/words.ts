// Formats figures and the verdict for people.
import { styleText } from 'node:util'
import type { Spread } from './recoveries.ts'
import type { Verdict } from './verdict.ts'

/** Styles a text, if the stream supports colours. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

export const painter =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream })

export const figure = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 })

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

const milliseconds = (value: number): string => `${Math.round(value)} ms`

const spreadText = ({ min, median, max }: Spread): string =>
  `min ${milliseconds(min)}, median ${milliseconds(median)}, max ${milliseconds(max)}`

export const count = (value: number, one: string, many: string = `${one}s`): string =>
  `${figure(value)} ${value === 1 ? one : many}`

/** A few lines. The first is the verdict itself. */
export function verdictText(verdict: Verdict, paint: Paint): string {
  const { holds, records, kills, failover, replacements } = verdict
  const title = holds
    ? paint(['green', 'bold'], '✔ The verdict holds: every record once and in order, one leader at a time.')
    : paint(['red', 'bold'], '✘ The verdict does not hold.')
  const some =
    verdict.ending === 'the input has ended' ? '' : ` (of ${figure(records.total)}: ${verdict.ending})`
  const figures: [string, string][] = [
    ['records', `${figure(records.in)} in${some}, ${figure(records.out)} out`],
    [
      '',
      `duplicates ${verdict.duplicates}, gaps ${verdict.gaps}, out of order ${verdict.disorder}, altered ${verdict.altered}`,
    ],
    [
      'leaders',
      `two at once for ${verdict.overlap} ms, in ${count(verdict.leaderships.count, 'leadership')}`,
    ],
    [
      'kills',
      `${kills.count} (${kills.SIGKILL} SIGKILL, ${kills.SIGSTOP} SIGSTOP), ${kills.recovered} recovered`,
    ],
  ]
  if (failover !== null) figures.push(['fail-overs', spreadText(failover)])
  figures.push(['lost disks', `${replacements.count}, ${replacements.done} members replaced`])
  if (replacements.took !== null)
    figures.push(['', `${spreadText(replacements.took)} until they voted again`])
  figures.push(['time', seconds(verdict.elapsed)])
  const faults = verdict.faults.map((text) => paint('red', `  ✘ ${text}`))
  return [
    title,
    ...faults,
    ...figures.map(([name, text]) => `  ${paint('dim', name.padEnd(10))} ${text}`),
  ].join('\n')
}
