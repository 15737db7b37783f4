// Starts a Redis, instances of the application and somebody who writes events; kills, freezes and cuts off whoever leads; and
// says whether every event came onto the queue once. The exit code is 0 only if it did.
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
/** How far it is, while it goes on. */
let shown: Progress | null = null

function draw(): void {
  if (shown === null || !stdout.isTTY) return
  const { leader, written, enqueued, worked } = shown
  const who = leader === null ? 'nobody leads yet' : `${leader.instance.name} leads, fence ${leader.fence}`
  stdout.write(`\r\x1b[K  ${written} events, ${enqueued} enqueued, ${worked} worked · ${who}`)
}

function say(text: string): void {
  const at = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
  stdout.write(`${stdout.isTTY ? '\r\x1b[K' : ''}${at} s  ${text}\n`)
  draw()
}

function inWords(verdict: Verdict): string {
  const { faults, events, enqueued, worked, workers, again, leaderships, overlap, refused } = verdict
  const title =
    faults.length === 0
      ? '✔ Every event was enqueued once, and in order.'
      : '✘ It was not so that every event was enqueued once, and in order.'
  return [
    title,
    ...faults.map((fault) => `  ✘ ${fault}`),
    `  events    ${events} written, ${enqueued} enqueued`,
    `  jobs      ${worked} worked by ${workers} instances, ${again} again since a worker was lost over them`,
    `  leaders   at one instant ${overlap} ms, over ${leaderships} leaderships`,
    `  refused   ${refused} late from a leader that was none any more`,
    '',
  ].join('\n')
}

const interruption = new AbortController()
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interruption.abort())

const directory = await mkdtemp(join(tmpdir(), 'oarlock-outbox-'))
say(`starts Redis and ${values.instances} instances`)
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
  say('all is worked, and the instances are closed\n')
  stdout.write(inWords(verdict))
  if (verdict.faults.length === 0) process.exitCode = 0
} catch (error) {
  shown = null
  say(`✘ ${error instanceof Error ? error.message : error}`)
} finally {
  clearInterval(drawing)
  if (process.exitCode === 0 || interruption.signal.aborted) await rm(directory, { recursive: true })
  else stdout.write(`  what it left behind is in ${directory}\n`)
}
