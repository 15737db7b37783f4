// Every mutant there is, the core's and then the log store's: npm run mutants -- --help.
// The two simulators know nothing of one another.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const usage = `Breaks one rule after another, of the core and the runtime around it, then of the log store, and shows which
checker notices, and how soon (docs/mutants.md). It takes some minutes.

  npm run mutants                 from seed 1 on, 3000 seeds a mutant at most
  npm run mutants -- --seeds N    so many at most
  npm run mutants -- --from N     from this seed on
  npm run mutants -- --update     writes the tables of docs/mutants.md

One of them: npm run sim -- --mutant L1, or npm run sim:wal -- --mutant W3.
Exit code: 0 all were noticed; 1 a mutant got away; 2 options that make no sense.
`

const options = {
  from: { type: 'string' },
  seeds: { type: 'string' },
  update: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
}
const commands = [['test/mutation/main.ts'], ['packages/oarlock/test/wal/simulation/cli.ts', '--mutants']]
const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What the arguments ask for; null: they make no sense, and that has been said. */
function asked() {
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
    // 1: the other table is worth having all the same. Else: a signal, or options that make no sense.
    if (status !== 0) process.exitCode = status ?? 1
    if (status !== 0 && status !== 1) break
  }
}

const values = asked()
if (values === null) process.exitCode = 2
else if (values.help) process.stdout.write(usage)
else huntAll()
