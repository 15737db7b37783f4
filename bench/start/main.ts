// `npm run bench:start`: how long a member takes to start with a large snapshot and a full log, and how much
// memory, beside reading the same snapshot as a plain stream.
import { fork } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { numberFlag } from '../number-flag.ts'
import { note } from '../part.ts'
import { cleanUpAtExit, dataFolder, register, removeFolder } from '../processes.ts'
import { record } from '../record.ts'
import { median } from '../statistics.ts'
import { decimal, table, whole } from '../table.ts'
import type { Report, Start, Task } from './protocol.ts'

const MIB = 2 ** 20

const usage = `npm run bench:start -- [flags]

Makes a data directory as a member leaves it, with two snapshots and the log from the older one on. Starts a member on it,
in a new process, and measures how long that takes. Each round also reads the snapshot's file as a plain stream into the
same state machine, without a member, in a process of its own. It takes up to 2.2 times the size of the snapshot of disk.

  --mib=1000         size of the snapshot
  --log=64           MiB of log after it
  --rounds=3
  --record           write the figures into bench/RESULTS.md
  --note=<text>      a remark for that section, such as other work on the machine
  --json             print everything that was measured, as JSON
  --help
`

interface Round {
  readonly start: Start
  readonly stream: number
  readonly streamPeak: number
}

/** Runs a task in a process of its own. Resolves with its last report. */
function run(task: Task, said: (line: string) => void = () => {}): Promise<Report> {
  return new Promise((resolve, reject) => {
    let last: Report | null = null
    const execArgv = ['--conditions=@oarlock/source']
    const child = register(fork(join(import.meta.dirname, 'member.ts'), [JSON.stringify(task)], { execArgv }))
    child.on('message', (report: Report) => {
      if (report.type === 'said') said(`${(report.at / 1000).toFixed(1)} s ${report.line}`)
      else last = report
    })
    child.once('exit', (code, signal) => {
      if (code === 0 && last !== null) return resolve(last)
      const why =
        last?.type === 'failed' ? last.error : `it ended by itself (${signal ?? `exit code ${code}`})`
      reject(new Error(`the process for '${task.type}': ${why}`))
    })
  })
}

function expected<Type extends Report['type']>(report: Report, type: Type): Extract<Report, { type: Type }> {
  if (report.type !== type) throw new Error(`the process reported '${report.type}', not '${type}'`)
  return report as Extract<Report, { type: Type }>
}

const newestSnapshot = (data: string): string =>
  join(
    data,
    readdirSync(data)
      .filter((name) => name.endsWith('.snapshot'))
      .sort()
      .at(-1)!,
  )

function textOf(rounds: readonly Round[], lines: readonly string[], snapshot: string, log: string): string {
  const of = (value: (round: Round) => number) => median(rounds.map(value))
  const seconds = (value: (start: Start) => number) => decimal(of(({ start }) => value(start)) / 1000, 2)
  const stream = of((round) => round.stream)
  const restoring = ({ restored, joined }: Start) => restored - joined
  const row = (what: string, figure: string) => [what, figure]
  return [
    `A snapshot of ${snapshot} and ${log} of log after it, ${whole(rounds[0]!.start.entries)} entries. The member is the only one of its cluster. Medians of ${rounds.length} rounds. The files were in the page cache. The stream reads the file of the snapshot into the same state machine, without a member.`,
    table(
      ['since the call of join', 's'],
      [
        row(
          'the directory is open, and the member listens',
          seconds(({ joined }) => joined),
        ),
        row(
          'the state machine is restored',
          seconds(({ restored }) => restored),
        ),
        row(
          'the log is replayed',
          seconds(({ replayed }) => replayed),
        ),
        row(
          'the first write is committed',
          seconds(({ written }) => written),
        ),
      ],
    ),
    table(
      ['beside a plain stream', 'member', 'stream', 'ratio'],
      [
        [
          'to restore the state machine, s',
          seconds(restoring),
          decimal(stream / 1000, 2),
          decimal(
            of((round) => restoring(round.start) / round.stream),
            2,
          ),
        ],
        [
          'peak of resident memory, MiB',
          whole(of(({ start }) => start.peak) / MIB),
          whole(of((round) => round.streamPeak) / MIB),
          decimal(
            of((round) => round.start.peak / round.streamPeak),
            2,
          ),
        ],
      ],
    ),
    `In the last round the member logged:\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\``,
  ].join('\n\n')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mib: { type: 'string', default: '1000' },
      log: { type: 'string', default: '64' },
      rounds: { type: 'string', default: '3' },
      record: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(usage)
  const mib = numberFlag('mib', values.mib, 1)
  const log = numberFlag('log', values.log, 1)
  const count = numberFlag('rounds', values.rounds, 1)
  cleanUpAtExit()
  const folder = dataFolder()
  const data = join(folder, 'm1')
  note(`making a snapshot of ${mib} MiB and ${log} MiB of log`)
  expected(await run({ type: 'make', data, stateBytes: mib * MIB, logBytes: log * MIB }), 'made')
  const file = newestSnapshot(data)
  const rounds: Round[] = []
  let lines: string[] = []
  for (let n = 1; n <= count; n++) {
    note(`round ${n} of ${count}`)
    lines = []
    const { start } = expected(
      await run({ type: 'start', data }, (line) => {
        lines.push(line)
        note(line)
      }),
      'started',
    )
    const { took, peak } = expected(await run({ type: 'read', file }), 'read')
    rounds.push({ start, stream: took, streamPeak: peak })
  }
  removeFolder(folder)
  const text = textOf(rounds, lines, `${whole(mib)} MiB`, `${whole(log)} MiB`)
  process.stdout.write(values.json ? `${JSON.stringify({ rounds, lines }, null, 2)}\n` : `\n${text}\n`)
  if (values.record) record('bench:start', 'A start with a large snapshot', values.note, text)
}

try {
  await main()
  process.exit(0)
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
