// npm run sim -- --seed N: one run, in as much detail as wanted.
import { draw } from '../drawing/index.ts'
import { play, type Result } from '../runs/index.ts'
import { numbersAsText } from '../shrinking/index.ts'
import { verified } from '../workers/index.ts'
import { actions, type Kept } from '../world/index.ts'
import type { One } from './arguments.ts'
import { drawingInto } from './drawing.ts'
import { failureText, shrunkOf } from './failure.ts'
import { passed } from './report.ts'

/** A line for each kind of action with kept numbers that the run does not have. */
function keptInVain(kept: Kept, happened: Result['actions']): string[] {
  return actions.flatMap((action) => {
    const missing = [...(kept[action] ?? [])].filter((number) => number > happened[action])
    if (missing.length === 0) return []
    const there = happened[action] === 0 ? `no ${action}s` : `${action}s 1 to ${happened[action]}`
    return [`--keep ${action}s=${numbersAsText(new Set(missing))} keeps nothing: this run has ${there}`]
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
  for (const text of keptInVain(schedule.kept, result.actions)) say(text)
  if (file !== null) {
    write?.(draw(shrunk?.schedule ?? schedule, { last, page: file.endsWith('.html') }))
    say(`drawn: ${file}`)
  }
  return result.violation === null ? 0 : 1
}
