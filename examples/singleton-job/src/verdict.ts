// The verdict on a run. It is a pure function of the findings, so that the tests can plant every fault.
import type { Audit } from './audit.ts'
import { fenceFaults, type LeadershipInterval, overlap } from './leaderships.ts'
import { type Spread, spread } from './recoveries.ts'
import type { SessionFacts } from './session.ts'

export interface Findings {
  readonly session: Pick<
    SessionFacts,
    'ending' | 'failure' | 'converged' | 'position' | 'snapshot' | 'recoveries' | 'replacements' | 'elapsed'
  >
  readonly audit: Audit
  /** The leaderships of every session of the run. */
  readonly leaderships: readonly LeadershipInterval[]
  /** How many records the whole input has. */
  readonly total: number
}

/** --json prints this object. Times are in ms. */
export interface Verdict {
  readonly holds: boolean
  /** Why the verdict does not hold, in words. */
  readonly faults: readonly string[]
  readonly ending: SessionFacts['ending']
  /** `in`: claimed records; `out`: lines of the output; `total`: records in the whole input. */
  readonly records: { readonly in: number; readonly out: number; readonly total: number }
  readonly duplicates: number
  readonly gaps: number
  readonly disorder: number
  readonly altered: number
  readonly foreign: number
  /** For how long two or more members led at once. */
  readonly overlap: number
  readonly leaderships: { readonly count: number; readonly greatestFence: number }
  /** The kills of this start, without earlier ones on the same --data. */
  readonly kills: {
    readonly count: number
    readonly SIGKILL: number
    readonly SIGSTOP: number
    readonly recovered: number
  }
  readonly failover: Spread | null
  /** The disks that were lost in this start, and the members that voted again in time, after so long. */
  readonly replacements: { readonly count: number; readonly done: number; readonly took: Spread | null }
  /** The last entry of the newest snapshot; 0: there was none. */
  readonly snapshot: number
  readonly elapsed: number
}

export function judge({ session, audit, leaderships, total }: Findings): Verdict {
  const { out, duplicates, gaps, disorder, altered, foreign, fenceDecreases } = audit
  const kills = session.recoveries
  const times = kills.flatMap(({ took }) => took ?? [])
  const { replacements } = session
  const replaced = replacements.flatMap(({ took }) => took ?? [])
  const twoLeaders = round(overlap(leaderships))
  const faults: string[] = []
  const fault = (count: number, what: string): void => {
    if (count > 0) faults.push(`${count} ${what}`)
  }
  if (session.failure !== null) faults.push(session.failure)
  else if (!session.converged) faults.push('the members did not reach the same state')
  fault(duplicates, 'records came out twice')
  fault(gaps, 'records did not come out')
  fault(disorder, 'records came out after a later one')
  fault(altered, 'records came out altered')
  fault(foreign, 'lines of the output are not a record of the input')
  fault(fenceDecreases, 'lines of the output have a smaller fence than an earlier line')
  fault(twoLeaders, 'ms with two leaders')
  faults.push(...fenceFaults(leaderships))
  fault(kills.length - times.length, 'kills were not recovered from')
  fault(replacements.length - replaced.length, 'members that lost their disks were not replaced')
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
    failover: roundedSpread(times),
    replacements: {
      count: replacements.length,
      done: replaced.length,
      took: roundedSpread(replaced),
    },
    snapshot: session.snapshot,
    elapsed: Math.round(session.elapsed),
  }
}

/** Rounds up to tenths, so that nothing above zero becomes zero. */
const round = (milliseconds: number): number => Math.ceil(milliseconds * 10) / 10

function roundedSpread(times: readonly number[]): Spread | null {
  const found = spread(times)
  return found && { min: round(found.min), median: round(found.median), max: round(found.max) }
}
