// npm run sim -- --seed N: one run, looked at as closely as one likes.
import { writeFileSync } from 'node:fs'
import { draw } from '../diagram/index.ts'
import { passed } from '../report.ts'
import { play } from '../shrink/schedule.ts'
import { verified } from '../workers/block.ts'
import type { One } from './arguments.ts'
import { failureText, shrunkOf } from './failure.ts'

/** Returns the exit code. */
export function one(
  { schedule, trace, verify, shrink, draw: file, last }: One,
  say: (text: string) => void,
): number {
  let result = play(schedule, trace ? { trace: say } : {})
  if (verify && result.violation === null) result = verified(schedule, result)
  const shrunk = shrink ? shrunkOf(schedule, result) : null
  if (result.violation === null) {
    say(passed(result))
    if (verify) say(`the same again: fingerprint ${result.fingerprint}`)
    if (shrink) say('it does not fail: there is nothing to shrink')
  } else say(failureText(schedule, result, shrunk, !trace))
  if (file !== null) {
    writeFileSync(file, draw(shrunk?.schedule ?? schedule, { last, page: file.endsWith('.html') }))
    say(`drawn: ${file}`)
  }
  return result.violation === null ? 0 : 1
}
