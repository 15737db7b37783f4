// The command line of `npm run bench:scale`.
import { parseArgs } from 'node:util'
import { numberFlag } from '../number-flag.ts'

export const usage = `npm run bench:scale -- [flags]

Measures the store of a cluster of three processes with many keys and leases, and a real etcd with the same ones: memory,
messages of an idle cluster, snapshots, a start, watchers, and the end of the leases when their holders are killed.

  --leases=10000     of all holders together
  --keys=100000      as many with each lease
  --holders=4        processes that hold the leases
  --ttl=10           of each lease, in seconds
  --idle=10          seconds in which the messages of an idle cluster are counted
  --watchers=1000    of one prefix
  --secs=3           seconds measured of the watchers
  --without=etcd     leave etcd out
  --check            exit with 1 unless all bars are reached
  --record           write the figures into bench/RESULTS.md
  --note=<text>      a remark for that section, such as other work on the machine
  --json             print everything that was measured, as JSON
  --help
`

export interface Sizes {
  readonly leases: number
  /** Of each lease. */
  readonly keysOfEach: number
  readonly holders: number
  /** In s. */
  readonly ttl: number
  readonly idleSeconds: number
  readonly watchers: number
  readonly watchSeconds: number
}

export interface Flags extends Sizes {
  readonly withoutEtcd: boolean
  readonly check: boolean
  readonly record: boolean
  readonly note: string
  readonly json: boolean
  readonly help: boolean
}

/** Throws an Error that says which flag is wrong. */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      leases: { type: 'string', default: '10000' },
      keys: { type: 'string', default: '100000' },
      holders: { type: 'string', default: '4' },
      ttl: { type: 'string', default: '10' },
      idle: { type: 'string', default: '10' },
      watchers: { type: 'string', default: '1000' },
      secs: { type: 'string', default: '3' },
      without: { type: 'string', default: '' },
      check: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.without !== '' && values.without !== 'etcd')
    throw new Error(`--without: there is no rival '${values.without}'`)
  const leases = numberFlag('leases', values.leases, 1)
  const keys = numberFlag('keys', values.keys, 1)
  const holders = numberFlag('holders', values.holders, 1)
  if (leases % holders !== 0) throw new Error('--leases must be a multiple of --holders')
  if (keys % leases !== 0) throw new Error('--keys must be a multiple of --leases')
  return {
    leases,
    keysOfEach: keys / leases,
    holders,
    ttl: numberFlag('ttl', values.ttl, 1),
    idleSeconds: numberFlag('idle', values.idle, 0.1, false),
    watchers: numberFlag('watchers', values.watchers, 1),
    watchSeconds: numberFlag('secs', values.secs, 0.1, false),
    withoutEtcd: values.without === 'etcd',
    check: values.check,
    record: values.record,
    note: values.note,
    json: values.json,
    help: values.help,
  }
}
