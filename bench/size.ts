// `npm run size` prints the sizes of the bundles for browsers. With --update it writes them into the README
// of @oarlock/raftq.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { limit, measureBundles, publish, sizeTable } from './bundle-size.ts'

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } })
const readme = join(dirname(import.meta.dirname), 'packages/raftq/README.md')

const sizes = await measureBundles()
process.stdout.write(`${sizeTable(sizes)}\n`)
if (values.update) writeFileSync(readme, publish(readFileSync(readme, 'utf8'), sizes))
if (sizes.at(-1)!.gzipped > limit) {
  process.stderr.write(`@oarlock/raftq is over its limit of ${limit} bytes, gzipped\n`)
  process.exitCode = 1
}
