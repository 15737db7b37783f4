// The loads of the benchmark over slow links, and its bars.
import type { Flags } from '../flags.ts'
import { note, type Part } from '../part.ts'
import { decimal, percent, table, whole } from '../table.ts'
import { type Load, type Outcome, trial } from './trial.ts'

const megabit = 1e6
const kib = 1024
const common = { queue: 100, proposeTimeout: 30_000, warmUp: 3 }

const loads: readonly Omit<Load, 'seconds'>[] = (['leader', 'everywhere'] as const).flatMap((at) => [
  { ...common, at, rate: 16 * megabit, proposers: 256, commandBytes: 16 * kib },
  { ...common, at, rate: 16 * megabit, proposers: 64, commandBytes: 256 * kib },
  { ...common, at, rate: 100 * megabit, proposers: 64, commandBytes: 1000 * kib },
])

interface SlowLinksFigure {
  readonly load: Load
  readonly outcome: Outcome
  /** One leadership, no failure but timeouts of the caller, and at least 80 % of the links used. */
  readonly reached: boolean
}

async function measureSlowLinks(seconds: number): Promise<SlowLinksFigure[]> {
  const figures: SlowLinksFigure[] = []
  for (const part of loads) {
    const load = { ...part, seconds }
    note(`slow links: ${nameOf(load)}, proposed ${placeOf(load)}`)
    const outcome = await trial(load)
    figures.push({ load, outcome, reached: isReached(outcome) })
  }
  return figures
}

const isReached = ({ leaderships, failed, used }: Outcome): boolean =>
  leaderships === 1 && Object.keys(failed).every((code) => code === 'OARLOCK_PROPOSAL_TIMEOUT') && used >= 0.8

const nameOf = ({ rate, proposers, commandBytes }: Load): string =>
  `${whole(rate / megabit)} Mbit/s, ${proposers} × ${whole(commandBytes / kib)} KiB`

const placeOf = ({ at }: Load): string => (at === 'leader' ? 'by the leader' : 'by all members')

const slowLinksTable = (figures: readonly SlowLinksFigure[]): string =>
  table(
    ['links with a queue of 100 ms', 'proposed', 'of the link', 'MB/s', 'leaderships', 'failed'],
    figures.map(({ load, outcome: { used, leaderships, failed } }) => [
      nameOf(load),
      placeOf(load),
      percent(used),
      decimal((used * load.rate) / 8e6, 2),
      whole(leaderships),
      whole(Object.values(failed).reduce((sum, count) => sum + count, 0)),
    ]),
  )

export async function slowLinksPart({ linkSeconds }: Flags): Promise<Part> {
  const figures = await measureSlowLinks(linkSeconds)
  return {
    heading: 'Slow links',
    figures,
    text: `Each load runs for ${linkSeconds} s after ${common.warmUp} s of warm-up. The share is the bytes of committed commands by what one link carries in that time; what waited in a queue at its beginning counts too, so that it can be above 100 %.\n\n${slowLinksTable(figures)}`,
    bars: [
      {
        what: 'on slow links, one leadership, only timeouts of the caller, and at least 80 % of the links used',
        measured: `${figures.filter(({ reached }) => reached).length} of ${figures.length} loads`,
        reached: figures.every(({ reached }) => reached),
      },
    ],
  }
}
