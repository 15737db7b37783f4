// npm run sim:wal: simulates the log store; `--mutant wal-retry`, with any of its options, plants that bug
// first.
import { walMutants } from './mutants.ts'
import { runWithMutant } from './with-mutant.ts'

await runWithMutant(
  'npm run sim:wal',
  walMutants,
  () => import('../../packages/oarlock/test/wal/simulation/cli.ts'),
)
