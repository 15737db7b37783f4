// Runs a cluster of member processes and a job that only their leader does, kills leaders, and gives a
// verdict. The flags are in args.ts and --help.
import { rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { help, type Options, parseOptions } from './args.ts'
import { audit } from './audit.ts'
import { JournalReader, type LeadershipInterval } from './leaderships.ts'
import { printLines } from './lines.ts'
import { openRun, type Run, removal } from './run-directory.ts'
import { Session } from './session.ts'
import { UsageError } from './usage-error.ts'
import { judge, type Verdict } from './verdict.ts'
import { painter, verdictText } from './words.ts'

const interrupt = new AbortController()
let endAtOnce = (): void => {}

/** The first signal ends the run in order, the second kills it. */
function onInterrupt(signal: NodeJS.Signals): void {
  if (!interrupt.signal.aborted) return interrupt.abort()
  endAtOnce()
  process.exit(signal === 'SIGTERM' ? 143 : 130)
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(help)
    return 0
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onInterrupt)
  // The reader of the output is gone (a closed pipe).
  process.stdout.on('error', () => interrupt.abort())
  const run = await openRun(options, process.stdin, interrupt.signal)
  let discard = run.temporary
  try {
    const verdict = await supervise(run, options)
    // Keep the directory of a failed run, so that it can be examined.
    discard &&= verdict.holds
    report(verdict, run, options, discard)
    return verdict.holds ? 0 : 1
  } finally {
    if (discard) rmSync(run.directory, removal)
  }
}

async function supervise(run: Run, options: Options): Promise<Verdict> {
  const session = new Session(run, options)
  endAtOnce = () => {
    session.killAll()
    if (run.temporary) rmSync(run.directory, removal)
  }
  const stopShowing = await show(run, session, options)
  try {
    const facts = await session.run(interrupt.signal)
    const leaderships = [...(await earlierLeaderships(run)), ...facts.leaderships]
    const found = await audit(run.source, run.output, facts.position)
    return judge({ session: facts, audit: found, leaderships, total: run.source.records })
  } finally {
    stopShowing()
  }
}

async function show(run: Run, session: Session, { json }: Options): Promise<() => void> {
  if (process.stdout.isTTY && !json) {
    const { showView } = await import('./view.ts')
    return showView(run, session, process.stdout)
  }
  const stream = json ? process.stderr : process.stdout
  return printLines(run, session, (text) => stream.write(text))
}

async function earlierLeaderships({ directory, session }: Run): Promise<LeadershipInterval[]> {
  const journals = join(directory, 'journals')
  const sources = (await readdir(journals)).flatMap((name) => {
    const [, number, member] = /^(\d+)-(.+)\.ndjson$/.exec(basename(name)) ?? []
    return member !== undefined && Number(number) < session
      ? [{ member, session: Number(number), path: join(journals, name) }]
      : []
  })
  return new JournalReader(sources).poll()
}

function report(verdict: Verdict, run: Run, { json }: Options, discarded: boolean): void {
  const kept = discarded ? null : run.directory
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ ...verdict, run: run.cluster, members: Object.keys(run.members).length, directory: kept, output: run.output })}\n`,
    )
    return
  }
  process.stdout.write(`\n${verdictText(verdict, painter(process.stdout))}\n`)
  if (kept === null) return
  process.stdout.write(`  ${'kept in'.padEnd(10)} ${kept}\n`)
  if (verdict.holds && verdict.records.in < verdict.records.total)
    process.stdout.write(`  ${'continue'.padEnd(10)} npm start -- --data ${kept}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  if (interrupt.signal.aborted && (error as Error).name === 'AbortError') process.exitCode = 130
  else if (error instanceof UsageError) {
    process.stderr.write(`singleton-job: ${error.message}\n`)
    process.exitCode = 2
  } else throw error
}
