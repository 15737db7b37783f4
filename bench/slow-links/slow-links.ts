// The loads of the benchmark over slow links, and its bars.
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

export interface SlowLinksFigure {
  readonly load: Load
  readonly outcome: Outcome
  /** One leadership, no failure but timeouts of the caller, and at least 80 % of the links used. */
  readonly reached: boolean
}

export async function measureSlowLinks(
  seconds: number,
  onRun: (what: string) => void,
): Promise<SlowLinksFigure[]> {
  const figures: SlowLinksFigure[] = []
  for (const part of loads) {
    const load = { ...part, seconds }
    onRun(`slow links: ${nameOf(load)}, proposed ${placeOf(load)}`)
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

export const slowLinksTable = (figures: readonly SlowLinksFigure[]): string =>
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
