// The flags: their defaults, the help, and one line for each mistake.
import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export interface Options {
  /** How many member processes. Null: as many as the run has, 3 in a new one. */
  readonly members: number | null
  /** A file, or '-' for standard input. Null: the run's input; in a new run the shipped invoices. */
  readonly input: string | null
  /** Null: the run's output; in a new run output.ndjson in its directory. */
  readonly output: string | null
  /** Null: a new directory in the system's temporary directory. */
  readonly data: string | null
  readonly keep: boolean
  readonly json: boolean
  readonly help: boolean
  /** In ms. Null: no kills. */
  readonly killEvery: number | null
  /** In ms. Null: no member loses its disk. */
  readonly replaceEvery: number | null
  /** In ms. Null: until the input ends. */
  readonly duration: number | null
  /** Records a second. */
  readonly rate: number
}

export const help: string = `Usage: npm start -- [flags]

Runs a singleton job on a cluster of member processes on 127.0.0.1: only the
leader processes the input, record by record, into the output. The leader is
killed again and again, and members lose their disks and are replaced. Every record
must come out exactly once and in order.

  --input FILE      newline-delimited JSON or text; - for standard input, which is
                    read to its end first (default: the shipped invoices.ndjson)
  --output FILE     (default: output.ndjson in the run's directory)
  --members N       3, 5 or 7 (default 3)
  --rate N          records a second (default 200)
  --kill-every T    time between kills of the leader, or off (default 3s); every
                    fourth is SIGSTOP and later SIGCONT, the others are SIGKILL
  --replace-every T time between lost disks, or off (default 10s): each member in turn
                    is killed, its data directory is deleted, and it comes back as a
                    newcomer, which catches up before it votes again
  --duration T      end after this time (default: when the input ends)
  --data DIR        keep the run in DIR; another start continues where this one
                    stopped (default: a temporary directory, removed at the end)
  --keep            keep the temporary directory
  --json            one JSON object on standard output; events go to standard error
  --help

Times are written 500ms, 3s, 2m or 1h.
Input: UTF-8, one record a line. A line of JSON is copied as it is, any other as a
JSON string. Lines end with LF or CRLF; the last line needs neither. Empty lines are
not records. Each record becomes one line of output:
  {"seq":1,"fence":4,"by":"member-2","record":…}
Exit code: 0 if the verdict holds, 1 if not, 2 if the run could not start.
Ctrl-C ends the run in order, with the verdict so far. A second Ctrl-C kills it.
`

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Converts '500ms', '3s', '2m' or '1h' to milliseconds. Null if it is not a time. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return null
  const milliseconds = Number(amount) * units[unit]!
  return milliseconds > 0 ? milliseconds : null
}

function duration(flag: string, text: string, otherwise = ''): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === null)
    throw new UsageError(`${flag} ${text} is not a time: write 500ms, 3s, 2m or 1h${otherwise}`)
  // A timer that is longer fires at once.
  if (milliseconds >= 2 ** 31) throw new UsageError(`${flag} ${text} is too long: 24 days at most`)
  return milliseconds
}

/** Throws a {@link UsageError} if the flags are wrong. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parse(argv)
  const members = values.members === undefined ? null : Number(values.members)
  if (members !== null && ![3, 5, 7].includes(members))
    throw new UsageError(`--members ${values.members}: it must be 3, 5 or 7`)
  const rate = Number(values.rate ?? 200)
  if (!(rate > 0 && rate <= 100_000))
    throw new UsageError(`--rate ${values.rate}: it must be a number of records a second, above 0`)
  for (const flag of ['input', 'output', 'data'] as const)
    if (values[flag] === '') throw new UsageError(`--${flag} needs a path`)
  if (values.output === '-')
    throw new UsageError('--output must be a file: only a file can be repaired after a crash')
  const every = (flag: 'kill-every' | 'replace-every', otherwise: string): number | null => {
    const text = values[flag] ?? otherwise
    return text === 'off' ? null : duration(`--${flag}`, text, ', or off')
  }
  return {
    members,
    rate,
    input: values.input ?? null,
    output: values.output ?? null,
    data: values.data ?? null,
    keep: values.keep ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
    killEvery: every('kill-every', '3s'),
    replaceEvery: every('replace-every', '10s'),
    duration: values.duration === undefined ? null : duration('--duration', values.duration),
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        input: { type: 'string' },
        output: { type: 'string' },
        members: { type: 'string' },
        rate: { type: 'string' },
        'kill-every': { type: 'string' },
        'replace-every': { type: 'string' },
        duration: { type: 'string' },
        data: { type: 'string' },
        keep: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    // The first sentence of Node's message says what is wrong.
    const [sentence = ''] = (error as Error).message.split(/\.?\n|\. /)
    throw new UsageError(`${sentence}: see --help`)
  }
}
