// What of a recording is shown: the end of it, or all.
import type { Cut, End, FaultRecord, Flight, Mark, Recording } from '../runs/index.ts'

export interface View {
  readonly ids: readonly string[]
  /** True time, in ms; what was before is only known by what it left. */
  readonly since: number
  readonly until: number
  /** How much happened before. */
  readonly hidden: number
  readonly flights: readonly Flight[]
  readonly marks: readonly Mark[]
  /** Marks from before: the last of each member says what it was. */
  readonly earlier: readonly Mark[]
  readonly faults: readonly FaultRecord[]
  readonly cuts: readonly Cut[]
  readonly violation: End['violation']
  /** The member at which it was seen, or null. */
  readonly culprit: number | null
}

const endOf = ({ left, arrived, lost }: Flight): number => Math.max(left, arrived ?? lost ?? left)

/** `last`: how many things that happened are shown, counted from the end; Infinity: all. */
export function viewOf(recording: Recording, end: End, last: number): View {
  const { ids, flights, faults, cuts } = recording
  // That a member stood still is seen a little later.
  const marks = [...recording.marks].sort((a, b) => a.at - b.at)
  const until = end.simulated
  const times = [
    ...flights.flatMap(({ left, arrived }) => (arrived === null ? [left] : [left, arrived])),
    ...marks.map(({ at }) => at),
    ...faults.map(({ at }) => at),
  ].sort((a, b) => a - b)
  const hidden = Math.max(0, times.length - last)
  const since = times[hidden] ?? 0
  const isShown = ({ at }: { readonly at: number }): boolean => at >= since
  return {
    ids,
    since,
    until,
    hidden,
    flights: flights.filter((flight) => endOf(flight) >= since),
    marks: marks.filter(isShown),
    earlier: marks.filter((mark) => !isShown(mark)),
    faults: faults.filter(isShown),
    cuts: cuts.filter((cut) => (cut.until ?? until) >= since),
    violation: end.violation,
    culprit: end.violation === null ? null : recording.lastPlace,
  }
}
