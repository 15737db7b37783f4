// npm run sim: the testkit's command; `--mutant L1`, with any of its options, plants that bug first.
import { mutants } from './mutants.ts'
import { runWithMutant } from './with-mutant.ts'

await runWithMutant('npm run sim', mutants, () => import('../../packages/testkit/src/commands/cli.ts'))
