// The report of a failure: the violation, the end of the event log, and the same run made short.
import { play, type Result, type Schedule } from '../runs/index.ts'
import { type Limits, type Shrunk, shrink, tell, usualLimits } from '../shrinking/index.ts'
import { failed } from './report.ts'

const LAST_EVENTS = 25

/** Runs it again, for its event log. */
function lastEventsOf(schedule: Schedule): string[] {
  const lines: string[] = []
  play(schedule, {
    trace: (line) => {
      lines.push(line)
      if (lines.length > 4 * LAST_EVENTS) lines.splice(0, 3 * LAST_EVENTS)
    },
  })
  return lines.slice(-LAST_EVENTS)
}

/** Null if the run cannot be made shorter, because two runs of the seed differed. */
export function shrunkOf(schedule: Schedule, result: Result, limits: Limits = usualLimits): Shrunk | null {
  return result.violation === null || result.violation.checker === 'REPLAY' ? null : shrink(schedule, limits)
}

/** `lastEvents`: whether to include the end of the event log. */
export function failureText(
  schedule: Schedule,
  result: Result,
  shrunk: Shrunk | null,
  lastEvents = true,
): string {
  const shown = shrunk?.schedule ?? schedule
  return failed(result, {
    schedule,
    shorter: shrunk === null ? null : { shrunk, tale: tell(shown) },
    lastEvents: lastEvents ? lastEventsOf(shown) : [],
  })
}
