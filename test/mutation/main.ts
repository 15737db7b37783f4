// npm run mutants -- --help
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { whole } from '../../packages/testkit/src/shrinking/index.ts'
import type { Hunt } from './hunt.ts'
import { beginHunts } from './hunts.ts'
import { clusterMatrix, killMatrix, type Matrix, walMatrix, withMatrix } from './kill-matrix.ts'
import type { Mutant } from './mutant.ts'
import { mutants, walMutants } from './mutants.ts'
import { huntHeader, huntLine } from './report.ts'

const usage = `Plants one bug after another, in the core and the runtime around it, then in the log store, and shows which
checker notices it, and how soon (docs/mutants.md). It takes some minutes.

  npm run mutants                 from seed 1 on, 3000 seeds a mutant at most
  npm run mutants -- --seeds N    so many at most
  npm run mutants -- --from N     from this seed on
  npm run mutants -- --update     writes the tables of docs/mutants.md

One of them: npm run sim -- --mutant L1, or npm run sim:wal -- --mutant wal-retry.
Exit code: 0 all were noticed; 1 a mutant got away; 2 options that make no sense.
`

interface Kind {
  readonly mutants: readonly Mutant[]
  readonly hunter: string
  readonly matrix: Matrix
}

const kinds: readonly Kind[] = [
  { mutants, hunter: 'test/mutation/cluster-hunter.ts', matrix: clusterMatrix },
  { mutants: walMutants, hunter: 'test/mutation/wal-hunter.ts', matrix: walMatrix },
]

const page = new URL('../../docs/mutants.md', import.meta.url)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      seeds: { type: 'string' },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const from = whole('from', values.from) ?? 1
  const atMost = whole('seeds', values.seeds) ?? 3000
  if (atMost === 0) throw new RangeError('--seeds takes a number from 1')
  say(huntHeader)
  let gotAway = 0
  for (const { mutants, hunter, matrix } of kinds) {
    const hunts: Hunt[] = []
    for (const begun of beginHunts(mutants, { hunter, from, atMost })) {
      const hunt = await begun
      hunts.push(hunt)
      say(huntLine(hunt))
    }
    gotAway += hunts.filter(({ checker }) => checker === null).length
    if (values.update)
      writeFileSync(page, withMatrix(readFileSync(page, 'utf8'), killMatrix(hunts, matrix), matrix))
  }
  return gotAway === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const expected =
    error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  if (!expected) throw error
  process.stderr.write(`${(error as Error).message}\n(npm run mutants -- --help lists the options)\n`)
  process.exitCode = 2
}
