// The verdict over a run: a pure function of what was found, so that the tests can plant each fault and see it found.
import type { Audit } from './audit.ts'
import { fenceFaults, type LeadershipInterval, overlap } from './leaderships.ts'
import { type Spread, spread } from './recoveries.ts'
import type { SessionFacts } from './session.ts'

export interface Findings {
  readonly session: Pick<
    SessionFacts,
    'ending' | 'failure' | 'converged' | 'position' | 'recoveries' | 'elapsed'
  >
  readonly audit: Audit
  /** Of every session of the run. */
  readonly leaderships: readonly LeadershipInterval[]
  /** How many records the whole input has. */
  readonly total: number
}

/** What --json prints. Times are in ms. */
export interface Verdict {
  readonly holds: boolean
  /** Why it does not hold, in words. */
  readonly faults: readonly string[]
  readonly ending: SessionFacts['ending']
  /** `in`: taken from the input; `out`: lines of the output; `total`: in the whole input. */
  readonly records: { readonly in: number; readonly out: number; readonly total: number }
  readonly duplicates: number
  readonly gaps: number
  readonly disorder: number
  readonly altered: number
  readonly foreign: number
  /** Two or more leaders at one instant. */
  readonly overlap: number
  readonly leaderships: { readonly count: number; readonly greatestFence: number }
  /** Of this start, not of earlier ones on the same --data. */
  readonly kills: {
    readonly count: number
    readonly SIGKILL: number
    readonly SIGSTOP: number
    readonly recovered: number
  }
  readonly failover: Spread | null
  readonly elapsed: number
}

export function judge({ session, audit, leaderships, total }: Findings): Verdict {
  const { out, duplicates, gaps, disorder, altered, foreign, fenceDecreases } = audit
  const kills = session.recoveries
  const times = kills.flatMap(({ took }) => took ?? [])
  const twoLeaders = round(overlap(leaderships))
  const faults: string[] = []
  const fault = (count: number, what: string): void => {
    if (count > 0) faults.push(`${count} ${what}`)
  }
  if (session.failure !== null) faults.push(session.failure)
  else if (!session.converged) faults.push('the members did not come to the same state')
  fault(duplicates, 'records came out twice')
  fault(gaps, 'records did not come out')
  fault(disorder, 'records came out after a later one')
  fault(altered, 'records came out altered')
  fault(foreign, 'lines of the output are no record of the input')
  fault(fenceDecreases, 'lines of the output have a lesser fence than the one before')
  fault(twoLeaders, 'ms with two leaders')
  faults.push(...fenceFaults(leaderships))
  fault(kills.length - times.length, 'kills were not recovered from')
  const failover = spread(times)
  return {
    holds: faults.length === 0,
    faults,
    ending: session.ending,
    records: { in: session.position, out, total },
    duplicates,
    gaps,
    disorder,
    altered,
    foreign,
    overlap: twoLeaders,
    leaderships: {
      count: leaderships.length,
      greatestFence: Math.max(0, ...leaderships.map(({ fence }) => fence)),
    },
    kills: {
      count: kills.length,
      SIGKILL: kills.filter(({ signal }) => signal === 'SIGKILL').length,
      SIGSTOP: kills.filter(({ signal }) => signal === 'SIGSTOP').length,
      recovered: times.length,
    },
    failover: failover && {
      min: round(failover.min),
      median: round(failover.median),
      max: round(failover.max),
    },
    elapsed: Math.round(session.elapsed),
  }
}

/** To tenths; what is more than nothing stays more than nothing. */
const round = (milliseconds: number): number => Math.ceil(milliseconds * 10) / 10
