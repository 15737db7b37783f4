// `npm run bench`: measures committed writes, reads, the store and fail-over beside the rivals that are installed, and
// loads on slow links, and checks the bars.
import { failoverPart } from './failover.ts'
import { parseFlags, usage } from './flags.ts'
import { note, type Part, textOf } from './part.ts'
import { cleanUpAtExit } from './processes.ts'
import { readsPart } from './reads/reads.ts'
import { record } from './record.ts'
import { slowLinksPart } from './slow-links/slow-links.ts'
import { storePart } from './store/store.ts'
import { writesPart } from './writes.ts'

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2))
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  cleanUpAtExit()
  const measure = {
    writes: writesPart,
    reads: readsPart,
    store: storePart,
    failover: failoverPart,
    slowLinks: slowLinksPart,
  }
  const measured: Partial<Record<keyof typeof measure, Part>> = {}
  for (const name of Object.keys(measure) as (keyof typeof measure)[])
    if (flags[name]) measured[name] = await measure[name](flags)
  const parts = Object.values(measured)
  const bars = parts.flatMap((part) => part.bars)
  if (flags.json) {
    const figures = Object.fromEntries(Object.entries(measured).map(([name, part]) => [name, part.figures]))
    process.stdout.write(`${JSON.stringify({ ...figures, bars }, null, 2)}\n`)
  } else {
    process.stdout.write(`\n${parts.map(textOf).join('\n\n')}\n`)
    if (flags.record) for (const part of parts) record('bench', part.heading, flags.note, textOf(part))
  }
  return flags.check && bars.some(({ reached }) => !reached) ? 1 : 0
}

try {
  process.exit(await main())
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
