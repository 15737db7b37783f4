// Starts a Redis, instances of the application and a writer of events; kills, freezes and cuts off leaders;
// and tells whether every event was enqueued once. The exit code is 0 only if it was.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Progress } from './trial/progress.ts'
import { runTrial, type Verdict } from './trial/trial.ts'

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    rate: { type: 'string', default: '100' },
  },
})

const began = performance.now()
const { stdout } = process
/** The trial's progress while it runs. */
let shown: Progress | null = null

function draw(): void {
  if (shown === null || !stdout.isTTY) return
  const { leader, written, enqueued, worked } = shown
  const who = leader === null ? 'no leader yet' : `${leader.instance.name} leads, fence ${leader.fence}`
  stdout.write(`\r\x1b[K  ${written} events, ${enqueued} enqueued, ${worked} processed · ${who}`)
}

function say(text: string): void {
  const at = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
  stdout.write(`${stdout.isTTY ? '\r\x1b[K' : ''}${at} s  ${text}\n`)
  draw()
}

function verdictText(verdict: Verdict): string {
  const { problems, events, enqueued, worked, workers, again, leaderships, overlap, refused } = verdict
  const title =
    problems.length === 0
      ? '✔ Every event was enqueued once, and in order.'
      : '✘ Not every event was enqueued once and in order.'
  return [
    title,
    ...problems.map((problem) => `  ✘ ${problem}`),
    `  events    ${events} written, ${enqueued} enqueued`,
    `  jobs      ${worked} processed by ${workers} instances, ${again} of them again, after a worker died`,
    `  leaders   two at once for ${overlap} ms, in ${leaderships} leaderships`,
    `  refused   ${refused} late transactions of former leaders`,
    '',
  ].join('\n')
}

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interruption.abort())

const directory = await mkdtemp(join(tmpdir(), 'oarlock-outbox-'))
say(`starting Redis and ${values.instances} instances`)
const drawing = setInterval(draw, 100)
process.exitCode = 1
try {
  const options = {
    instances: Number(values.instances),
    rounds: Number(values.rounds),
    rate: Number(values.rate),
    signal: interruption.signal,
    onProgress: (progress: Progress) => {
      shown = progress
    },
    say,
  }
  const verdict = await runTrial(options, directory)
  shown = null
  say('all jobs are processed, and the instances are closed\n')
  stdout.write(verdictText(verdict))
  if (verdict.problems.length === 0) process.exitCode = 0
} catch (error) {
  shown = null
  say(`✘ ${error instanceof Error ? error.message : error}`)
} finally {
  clearInterval(drawing)
  if (process.exitCode === 0 || interruption.signal.aborted) await rm(directory, { recursive: true })
  else stdout.write(`  its files are in ${directory}\n`)
}
