// Every mutant there is, the core's and then the log store's: npm run mutants [-- --from N --seeds N].
// The two simulators know nothing of one another. Exit code 1: a mutant got away.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const commands = ['packages/testkit/src/cli.ts', 'packages/oarlock/src/wal/simulation/cli.ts']
const root = dirname(dirname(fileURLToPath(import.meta.url)))

for (const [at, command] of commands.entries()) {
  if (at > 0) process.stdout.write('\n')
  const args = [join(root, 'scripts/run.mjs'), join(root, command), '--mutants', ...process.argv.slice(2)]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  // 1: the other table is worth having all the same. Else: a signal, or options that make no sense.
  if (status !== 0) process.exitCode = status ?? 1
  if (status !== 0 && status !== 1) break
}
