// The part of a recording that is shown: its end, or all of it.
import type { Recording } from '../runs/index.ts'
import type { Cut, End, FaultRecord, Flight, Mark } from '../telling/index.ts'

export interface View {
  readonly ids: readonly string[]
  /** True time, in ms. Of the time before, only its results are known. */
  readonly since: number
  readonly until: number
  /** How many things happened before. */
  readonly hidden: number
  readonly flights: readonly Flight[]
  readonly marks: readonly Mark[]
  /** Marks from before: the last one of each member says what the member was. */
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
  // A pause is recorded a little later than it happened.
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
