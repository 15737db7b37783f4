// The command line of the benchmark.
import { parseArgs } from 'node:util'
import { numberFlag } from './number-flag.ts'
import { type StoreOperation, storeOperations } from './store/protocol.ts'

export const usage = `npm run bench -- [flags]

Measures committed 100-byte writes a second (three processes on this machine, every write durable on a majority),
reads and operations of the store a second, and fail-over after SIGKILL, beside a ceiling and etcd if they are installed, interleaved round by round.
A ratio is the median of the ratios of each round: absolute figures drift with the machine, ratios hardly do.
Then it loads clusters whose links carry 16 and 100 Mbit/s, through proxies of this machine.

  --only=writes|reads|store|failover|slow-links   measure only this part
  --c=1,16,256,1024        proposers
  --readers=1,64,256       readers
  --clients=1,16,256,1024  clients, and watchers, of the store
  --operations=put,get,transaction,watch   of the store
  --rounds=3               rounds of writes, reads and operations of the store
  --secs=2                 seconds measured for each figure
  --trials=20              fail-overs
  --link-secs=20           seconds measured for each load on slow links
  --floor-trials=10        elections of the leanest program that can elect (0: none)
  --etcd-trials=5          fail-overs of etcd (0: none)
  --without=ceiling,etcd   leave a rival out
  --profile=<folder>       write a CPU profile of each process of Oarlock into it (node --cpu-prof)
  --check                  exit with 1 unless all bars are reached
  --record                 write the results into bench/RESULTS.md, each part into its section
  --note=<text>            a remark for those sections, such as other work on the machine
  --json                   print everything that was measured, as JSON
  --help

The rivals are found in the folder perf/ of $OARLOCK_SHARED, or of ../shared beside the repository.
`

export interface Flags {
  readonly writes: boolean
  readonly reads: boolean
  readonly store: boolean
  readonly failover: boolean
  readonly slowLinks: boolean
  readonly readers: readonly number[]
  readonly clients: readonly number[]
  readonly operations: readonly StoreOperation[]
  readonly concurrency: readonly number[]
  readonly rounds: number
  readonly seconds: number
  readonly linkSeconds: number
  readonly trials: number
  readonly floorTrials: number
  readonly etcdTrials: number
  readonly without: readonly string[]
  readonly profile: string | null
  readonly check: boolean
  readonly record: boolean
  readonly note: string
  readonly json: boolean
  readonly help: boolean
}

const parts = ['writes', 'reads', 'store', 'failover', 'slow-links']

/** Throws an Error that says which flag is wrong. */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      c: { type: 'string', default: '1,16,256,1024' },
      readers: { type: 'string', default: '1,64,256' },
      clients: { type: 'string', default: '1,16,256,1024' },
      operations: { type: 'string', default: storeOperations.join(',') },
      rounds: { type: 'string', default: '3' },
      secs: { type: 'string', default: '2' },
      'link-secs': { type: 'string', default: '20' },
      trials: { type: 'string', default: '20' },
      'floor-trials': { type: 'string', default: '10' },
      'etcd-trials': { type: 'string', default: '5' },
      without: { type: 'string', default: '' },
      profile: { type: 'string' },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { only } = values
  if (only !== undefined && !parts.includes(only))
    throw new Error(`--only: '${only}' is none of ${parts.join(', ')}`)
  const without = values.without.split(',').filter((name) => name !== '')
  const unknown = without.find((name) => name !== 'ceiling' && name !== 'etcd')
  if (unknown !== undefined) throw new Error(`--without: there is no rival '${unknown}'`)
  const operations = values.operations.split(',').map((name) => {
    const operation = storeOperations.find((one) => one === name)
    if (operation === undefined)
      throw new Error(`--operations: '${name}' is none of ${storeOperations.join(', ')}`)
    return operation
  })
  return {
    writes: only === undefined || only === 'writes',
    reads: only === undefined || only === 'reads',
    store: only === undefined || only === 'store',
    failover: only === undefined || only === 'failover',
    slowLinks: only === undefined || only === 'slow-links',
    readers: values.readers.split(',').map((text) => numberFlag('readers', text, 1)),
    clients: values.clients.split(',').map((text) => numberFlag('clients', text, 1)),
    operations,
    concurrency: values.c.split(',').map((text) => numberFlag('c', text, 1)),
    rounds: numberFlag('rounds', values.rounds, 1),
    seconds: numberFlag('secs', values.secs, 0.1, false),
    linkSeconds: numberFlag('link-secs', values['link-secs'], 0.1, false),
    trials: numberFlag('trials', values.trials, 1),
    floorTrials: numberFlag('floor-trials', values['floor-trials'], 0),
    etcdTrials: numberFlag('etcd-trials', values['etcd-trials'], 0),
    without,
    profile: values.profile ?? null,
    check: values.check,
    record: values.record,
    note: values.note,
    json: values.json,
    help: values.help,
  }
}
