// `npm run bench:store-memory`: what a version of a key needs in memory, beside what the store counts for it. Each case
// has a process of its own.
import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { KeySpace } from '../../packages/store/src/model/key-space.ts'
import { numberFlag } from '../number-flag.ts'
import { record } from '../record.ts'
import { decimal, table, whole } from '../table.ts'

const usage = `npm run bench:store-memory -- [flags]

  --versions=200000   of all keys together
  --record            write the figures into bench/RESULTS.md
  --note=<text>       a remark for that section
  --json              print everything that was measured, as JSON
  --help
`

interface Case {
  readonly valueBytes: number
  /** Of each key. */
  readonly versions: number
}

/** In bytes for one version. */
interface Needed extends Case {
  /** On the heap, and in buffers beside it. */
  readonly used: number
  readonly resident: number
  readonly counted: number
}

const cases: readonly Case[] = [
  { valueBytes: 100, versions: 1 },
  { valueBytes: 100, versions: 10 },
  { valueBytes: 1, versions: 1 },
  { valueBytes: 1, versions: 10 },
]

const text = new TextEncoder()
const keyOf = (n: number): Uint8Array => text.encode(`group/${String(n).padStart(14, '0')}`)

/** `gc` is there with --expose-gc. */
function memory(): { readonly used: number; readonly resident: number } {
  globalThis.gc!()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: heapUsed + external, resident: rss }
}

function measure({ valueBytes, versions }: Case, all: number): Needed {
  const keys = new KeySpace()
  const put = (n: number): void => {
    // Copies of their own, as those of a command.
    keys.change(() => keys.put(keyOf(n).slice(), new Uint8Array(valueBytes).fill(n).slice(), 0))
    // Garbage would else make the process larger than it must be.
    if (n % 10_000 === 0) globalThis.gc!()
  }
  for (let n = 0; n < 10_000; n++) put(n)
  keys.compact(keys.revision)
  const fewer = 10_000
  const before = memory()
  const counted = keys.bytes
  for (let round = 0; round < versions; round++) for (let n = fewer; n < fewer + all / versions; n++) put(n)
  const after = memory()
  return {
    valueBytes,
    versions,
    used: (after.used - before.used) / all,
    resident: (after.resident - before.resident) / all,
    counted: (keys.bytes - counted) / all,
  }
}

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: '200000' },
    case: { type: 'string' },
    record: { type: 'boolean', default: false },
    note: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(usage)
  const all = numberFlag('versions', values.versions, 10)
  const ofCase = cases[Number(values.case)]
  if (ofCase !== undefined) return void process.stdout.write(JSON.stringify(measure(ofCase, all)))
  const needed: Needed[] = []
  for (const at of cases.keys()) {
    const args = ['--expose-gc', '--conditions=@oarlock/source', import.meta.filename]
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...args,
      `--case=${at}`,
      `--versions=${all}`,
    ])
    needed.push(JSON.parse(stdout) as Needed)
  }
  const head = [
    'value, bytes',
    'versions of a key',
    'heap and buffers',
    'resident',
    'counted',
    'counted / resident',
  ]
  const rows = needed.map(({ valueBytes, versions, used, resident, counted }) => [
    whole(valueBytes),
    whole(versions),
    whole(used),
    whole(resident),
    whole(counted),
    decimal(counted / resident, 2),
  ])
  const shown = `Bytes for each version of a key of 20 bytes, ${whole(all)} versions together. \`counted\` is what the store counts against \`store.maxBytes\`.\n\n${table(head, rows)}`
  process.stdout.write(values.json ? `${JSON.stringify(needed)}\n` : `${shown}\n`)
  if (values.record) record('bench:store-memory', 'Memory of the store', values.note, shown)
}

await main()
