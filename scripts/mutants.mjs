// npm run mutants: hunts every mutant, first of the core and the runtime, then of the log store. Each kind has a simulator
// of its own.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const usage = `Breaks one rule after another, first of the core and the runtime, then of the log store. It shows which checker notices
each of them, and how soon (docs/mutants.md). It takes some minutes.

  npm run mutants                 from seed 1 on, up to 3000 seeds for each mutant
  npm run mutants -- --seeds N    up to N seeds for each mutant
  npm run mutants -- --from N     from seed N on
  npm run mutants -- --update     writes the tables of docs/mutants.md

For a single mutant: npm run sim -- --mutant L1, or npm run sim:wal -- --mutant W3.
Exit code: 0 every mutant was noticed; 1 a mutant was not noticed; 2 the options are wrong.
`

const options = {
  from: { type: 'string' },
  seeds: { type: 'string' },
  update: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
}
const commands = [['test/mutation/main.ts'], ['packages/oarlock/test/wal/simulation/cli.ts', '--mutants']]
const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The options. Null if they are wrong, and then the reason has been printed. */
function optionsGiven() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`${error.message}\n(npm run mutants -- --help says what there is)\n`)
    return null
  }
}

function huntAll() {
  for (const [at, [entry, ...options]] of commands.entries()) {
    if (at > 0) process.stdout.write('\n')
    const args = [join(root, 'scripts/run.mjs'), join(root, entry), ...options, ...process.argv.slice(2)]
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
    // After 1, the other table is still of use. Any other code means wrong options or a signal.
    if (status !== 0) process.exitCode = status ?? 1
    if (status !== 0 && status !== 1) break
  }
}

const values = optionsGiven()
if (values === null) process.exitCode = 2
else if (values.help) process.stdout.write(usage)
else huntAll()
