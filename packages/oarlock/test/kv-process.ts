// A member in its own process, with a replicated map, for tests of what operators do. It writes to standard
// output, one line of JSON each.
//
//   node --conditions=@oarlock/source kv-process.ts '<MemberOptions as JSON>' '<entries to set, as JSON>'
//
// When it leads, it sets the entries that are not there yet, and says so. On SIGUSR2 it exports the map.
import { aborted } from '@oarlock/test-support/event'
import { join } from '../src/index.ts'

type Entry = readonly [key: string, value: string]

const [options, toSet] = process.argv.slice(2)
const entries: readonly Entry[] = JSON.parse(toSet!)
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

const map = new Map<string, string>()
const member = await join<Entry | null, null>({
  ...JSON.parse(options!),
  machine: {
    apply(entry) {
      if (entry !== null) map.set(...entry)
      return null
    },
  },
  logger: { debug() {}, info() {}, warn: (_, message) => say({ warns: message }), error() {} },
})
say({ joined: member.id })

process.on('SIGUSR2', async () => {
  // Everything that was acknowledged before is applied here when this is.
  await member.propose(null)
  say({ exported: [...map] })
})

await member.lead(async ({ signal, fence }) => {
  await member.propose(null)
  for (const entry of entries) if (!map.has(entry[0])) await member.propose(entry)
  say({ acknowledged: [...map], fence })
  await aborted(signal)
})
