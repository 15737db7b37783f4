// npm run mutants: how soon is each broken rule noticed?
import { readFileSync, writeFileSync } from 'node:fs'
import { type Hunt, hunt, killMatrix, withMatrix } from '../hunts/index.ts'
import { mutants } from '../mutants/index.ts'
import type { HuntAll } from './arguments.ts'
import { huntHeader, huntLine } from './report.ts'

const page = new URL('../../../../docs/mutants.md', import.meta.url)

/** Returns the exit code. */
export function huntAll({ from, seeds, update }: HuntAll, say: (text: string) => void): number {
  const hunts: Hunt[] = []
  say(huntHeader)
  for (const mutant of mutants) {
    const began = performance.now()
    const found = hunt(mutant, from, seeds)
    say(huntLine(found, performance.now() - began))
    hunts.push(found)
  }
  if (update) writeFileSync(page, withMatrix(readFileSync(page, 'utf8'), killMatrix(hunts)))
  return hunts.every(({ checker }) => checker !== null) ? 0 : 1
}
