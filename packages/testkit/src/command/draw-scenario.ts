// npm run sim -- --scenario figure-8 --draw figure-8.html: what a scenario file does, to look at.
import { writeFileSync } from 'node:fs'
import { drawScenarioFile } from '../diagram/index.ts'
import { mutantNamed } from '../mutants/index.ts'
import type { DrawScenario } from './arguments.ts'

/** Returns the exit code. */
export function drawScenario(
  { name, mutant, draw, last }: DrawScenario,
  say: (text: string) => void,
): number {
  const broken = mutant === null ? null : mutantNamed(mutant)
  writeFileSync(draw, drawScenarioFile(name, broken, { last, page: draw.endsWith('.html') }))
  say(`drawn: ${draw}`)
  return 0
}
