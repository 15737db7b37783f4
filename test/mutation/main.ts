// npm run mutants: how soon is each planted bug noticed?
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { huntAll } from './hunts.ts'
import { killMatrix, withMatrix } from './kill-matrix.ts'
import { mutants } from './mutants.ts'
import { huntHeader, huntLine } from './report.ts'

const page = new URL('../../docs/mutants.md', import.meta.url)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** A whole number from the command line. Throws a RangeError for anything else. */
function whole(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new RangeError(`--${name} takes a whole number, got '${text}'`)
  if (value < least) throw new RangeError(`--${name} takes a number from ${least}`)
  return value
}

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '3000' },
      update: { type: 'boolean', default: false },
    },
  })
  const from = whole('from', values.from, 0)
  const atMost = whole('seeds', values.seeds, 1)
  say(huntHeader)
  const hunts = await huntAll(mutants, {
    hunter: 'test/mutation/cluster-hunter.ts',
    from,
    atMost,
    onHunt: (hunt) => say(huntLine(hunt)),
  })
  if (values.update) writeFileSync(page, withMatrix(readFileSync(page, 'utf8'), killMatrix(hunts)))
  return hunts.every(({ checker }) => checker !== null) ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const expected =
    error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  if (!expected) throw error
  process.stderr.write(`${(error as Error).message}\n(npm run mutants -- --help says what there is)\n`)
  process.exitCode = 2
}
