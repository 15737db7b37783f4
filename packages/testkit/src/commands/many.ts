// npm run sim -- --seeds 100000: many seeds on all processors, until one fails or Ctrl-C stops them.
import { wholeOf } from '../runs/index.ts'
import { grouped } from '../telling/index.ts'
import { runSeeds } from '../workers/index.ts'
import type { Many } from './arguments.ts'
import { failureText, shrunkOf } from './failure.ts'
import { Progress } from './progress.ts'
import { dim, summary } from './report.ts'

const STOPPED = 130

/** Calls `stop` on the first Ctrl-C. The second one ends the process. */
function onInterrupt(stop: () => void): () => void {
  const first = (): void => {
    process.off('SIGINT', first)
    stop()
  }
  process.on('SIGINT', first)
  return () => void process.off('SIGINT', first)
}

/** Resolves with the exit code. */
export async function many(
  { from, seeds, outcomes, workers }: Many,
  say: (text: string) => void,
): Promise<number> {
  const progress = new Progress(seeds)
  const controller = new AbortController()
  const done = onInterrupt(() => controller.abort())
  const began = performance.now()
  say(dim(`${grouped(seeds)} seeds from ${from} on; Ctrl-C stops, with a summary`))
  const { totals, failure, breakdown, stopped } = await runSeeds({
    from,
    seeds,
    outcomes,
    signal: controller.signal,
    onProgress: (totals) => progress.show(totals),
    ...(workers === null ? {} : { workers }),
  })
  const took = performance.now() - began
  const { user, system } = process.cpuUsage()
  progress.clear()
  done()
  if (failure !== null) {
    const schedule = wholeOf(failure.seed, outcomes)
    say(`${failureText(schedule, failure, shrunkOf(schedule, failure))}\n`)
  }
  if (breakdown !== null) say(`seed ${breakdown.seed}: the simulator itself failed: ${breakdown.stack}\n`)
  const end =
    failure !== null || breakdown !== null
      ? 'until one failed'
      : stopped
        ? 'stopped'
        : `to ${from + seeds - 1}`
  say(`seeds from ${from} ${end.startsWith('to') ? end : `on, ${end}`}`)
  say(summary(totals, took, (user + system) / 1000))
  return failure !== null || breakdown !== null ? 1 : stopped ? STOPPED : 0
}
