// npm run sim -- --seed N: one run, in as much detail as wanted.
import { draw } from '../drawing/index.ts'
import { play, type Result } from '../runs/index.ts'
import { numbersAsText } from '../shrinking/index.ts'
import { verified } from '../workers/index.ts'
import { deeds, type Kept } from '../world/index.ts'
import type { One } from './arguments.ts'
import { drawingInto } from './drawing.ts'
import { failureText, shrunkOf } from './failure.ts'
import { passed } from './report.ts'

/** A line for each kind of deed with kept numbers that the run does not have. */
function keptInVain(kept: Kept, happened: Result['deeds']): string[] {
  return deeds.flatMap((deed) => {
    const missing = [...(kept[deed] ?? [])].filter((number) => number > happened[deed])
    if (missing.length === 0) return []
    const there = happened[deed] === 0 ? `no ${deed}s` : `${deed}s 1 to ${happened[deed]}`
    return [`--keep ${deed}s=${numbersAsText(new Set(missing))} keeps nothing: this run has ${there}`]
  })
}

/** Returns the exit code. */
export function one(
  { schedule, trace, verify, shrink, draw: file, last }: One,
  say: (text: string) => void,
): number {
  const write = file === null ? null : drawingInto(file)
  let result = play(schedule, trace ? { trace: say } : {})
  if (verify && result.violation === null) result = verified(schedule, result)
  const shrunk = shrink ? shrunkOf(schedule, result) : null
  if (result.violation === null) {
    say(passed(result))
    if (verify) say(`the same again: fingerprint ${result.fingerprint}`)
    if (shrink) say('the run does not fail, so there is nothing to shrink')
  } else say(failureText(schedule, result, shrunk, !trace))
  for (const text of keptInVain(schedule.kept, result.deeds)) say(text)
  if (file !== null) {
    write?.(draw(shrunk?.schedule ?? schedule, { last, page: file.endsWith('.html') }))
    say(`drawn: ${file}`)
  }
  return result.violation === null ? 0 : 1
}
