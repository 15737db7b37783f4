// npm run sim -- --scenario figure-8 --draw figure-8.html: draws a scenario file.
import { drawScenarioFile } from '../drawing/index.ts'
import type { DrawScenario } from './arguments.ts'
import { drawingInto } from './drawing.ts'

/** Returns the exit code. */
export function drawScenario({ name, draw, last }: DrawScenario, say: (text: string) => void): number {
  const write = drawingInto(draw)
  write(drawScenarioFile(name, { last, page: draw.endsWith('.html') }))
  say(`drawn: ${draw}`)
  return 0
}
