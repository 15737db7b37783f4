// What the hunts print, line by line.
import { styleText } from 'node:util'
import { duration, grouped } from '../../packages/testkit/src/telling/index.ts'
import type { Hunt } from './hunt.ts'

/** The width of a name. */
const NAME = 12

export const huntHeader: string = styleText(
  'bold',
  `${'mutant'.padEnd(NAME)} ${'caught by'.padEnd(10)} ${'seeds, or scenario'.padStart(28)} ${'events'.padStart(11)} ${'time'.padStart(8)}  bug`,
)

export function huntLine({ mutant, checker, scenario, seeds, events, took }: Hunt): string {
  const name = styleText(checker === null ? 'red' : 'green', mutant.name.padEnd(NAME))
  const where = (scenario ?? grouped(seeds)).padStart(28)
  const time = duration(took).padStart(8)
  return `${name} ${(checker ?? 'nobody').padEnd(10)} ${where} ${grouped(events).padStart(11)} ${time}  ${styleText('dim', mutant.bug)}`
}
