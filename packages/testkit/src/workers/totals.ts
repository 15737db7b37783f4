// The totals of many runs.
import type { Result } from '../runs/index.ts'

export interface Totals {
  runs: number
  events: number
  /** Cluster time, in ms. */
  simulated: number
  acknowledged: number
  reads: number
  /** Seeds that were run twice and took the same steps. */
  verified: number
  /** For runs with five members throughout: cluster time, and the processor time that it took, both in ms. */
  fiveMembers: number
  fiveMembersCpu: number
  /** Processor time of all runs, without second runs, in ms. */
  cpu: number
}

export const noTotals = (): Totals => ({
  runs: 0,
  events: 0,
  simulated: 0,
  acknowledged: 0,
  reads: 0,
  verified: 0,
  fiveMembers: 0,
  fiveMembersCpu: 0,
  cpu: 0,
})

/** `cpu`: the processor time of the run, in ms. */
export function count(totals: Totals, result: Result, cpu: number): void {
  const { events, simulated, acknowledged, reads, scenario } = result
  totals.runs++
  totals.events += events
  totals.simulated += simulated
  totals.acknowledged += acknowledged
  totals.reads += reads
  totals.cpu += cpu
  if (scenario.voters.length !== 5 || scenario.others.length > 0) return
  totals.fiveMembers += simulated
  totals.fiveMembersCpu += cpu
}

export function addTo(totals: Totals, more: Totals): void {
  for (const name of Object.keys(more) as (keyof Totals)[]) totals[name] += more[name]
}
