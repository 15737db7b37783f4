// The command line of the soak test.
import { parseArgs } from 'node:util'
import { numberFlag } from '../number-flag.ts'

export const usage = `npm run soak -- [flags]

Three members write at full speed, with snapshots and a state of 8 MiB, and every member reads. Every 10 s a line shows
memory, disk and commits. At the end memory must be at most 5 % above what it was after warm-up, and the disk of each
member must never have been above what docs/production.md says. Otherwise the exit code is 1.

  --minutes=60        how long it takes
  --every=10          seconds between two lines
  --proposers=256     loops that write, in the process of the leader
  --readers=4         loops of linearizable reads, in each process
  --record            write the verdict into bench/RESULTS.md
  --note=<text>       a remark for that section, such as other work on the machine
  --json              print everything that was measured, as JSON
  --help
`

export interface SoakFlags {
  readonly minutes: number
  readonly every: number
  readonly proposers: number
  readonly readers: number
  readonly record: boolean
  readonly note: string
  readonly json: boolean
  readonly help: boolean
}

/** Throws an Error that says which flag is wrong. */
export function parseFlags(args: readonly string[]): SoakFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '60' },
      every: { type: 'string', default: '10' },
      proposers: { type: 'string', default: '256' },
      readers: { type: 'string', default: '4' },
      record: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const minutes = numberFlag('minutes', values.minutes, 0.05, false)
  const every = numberFlag('every', values.every, 0.1, false)
  if (every > minutes * 6) throw new Error(`--every: ten samples at least, so at most ${minutes * 6} s`)
  return {
    ...values,
    minutes,
    every,
    proposers: numberFlag('proposers', values.proposers, 1),
    readers: numberFlag('readers', values.readers, 0),
  }
}
