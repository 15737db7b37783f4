// The command: npm run scenarios -- --help
import { parseArgs, styleText } from 'node:util'
import { readScenario, scenarioNames, writeScenario } from '../../packages/testkit/src/scenarios/files.ts'
import { rewritten, ScenarioError } from '../../packages/testkit/src/scenarios/format.ts'
import { firstDifference, perform } from '../../packages/testkit/src/scenarios/performance.ts'
import { replaysOf } from './replays.ts'

const usage = `Plays the scenario files of packages/testkit/scenarios, and compares what happens with what they say.

  npm run scenarios                      all of them
  npm run scenarios -- figure-8 [...]    some
  npm run scenarios -- --update [...]    writes what happens into the files

Exit code 1: it came out otherwise, or a checker objected.`

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves with whether it came out as the file says. */
async function play(name: string, update: boolean): Promise<boolean> {
  const file = readScenario(name)
  const performance = perform(file, await replaysOf(file))
  const difference = firstDifference(file, performance)
  if (update && difference !== null) writeScenario(name, rewritten(file, performance.outputs))
  const { objection } = performance
  const good = objection === null && (update || difference === null)
  const caught = [...performance.replays].map(
    ([mutant, { objection: by }]) => `${mutant} ${by === null ? 'gets away' : `caught by ${by.checker}`}`,
  )
  const mark = good ? styleText('green', '✓') : styleText('red', '✗')
  const rewrittenNow = update && difference !== null ? ' (rewritten)' : ''
  say(
    `${mark} ${name}: ${file.title}${styleText('dim', caught.length > 0 ? ` ${caught.join(', ')}` : '')}${rewrittenNow}`,
  )
  if (objection !== null) say(`  ${objection.checker}: ${objection.message}`)
  if (!update && difference !== null) say(difference)
  return good
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return say(usage)
  const names = positionals.length > 0 ? positionals : scenarioNames()
  const unknown = names.filter((name) => !scenarioNames().includes(name))
  if (unknown.length > 0) throw new RangeError(`no scenario ${unknown.join(', ')}`)
  for (const name of names) if (!(await play(name, values.update))) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  const expected =
    error instanceof RangeError ||
    error instanceof ScenarioError ||
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (!expected) throw error
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}
