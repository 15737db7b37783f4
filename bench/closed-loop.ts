// The load of a figure: a closed loop, like the ceiling's. Each of its loops makes its next request when the
// last one is done.
import type { LoadResult } from './protocol.ts'
import { ascending, quantile } from './statistics.ts'

export interface ClosedLoop {
  readonly concurrency: number
  /** Before the measurement, in ms. */
  readonly warmUp: number
  /** Of the measurement, in s. */
  readonly seconds: number
}

export async function closedLoop(
  request: () => Promise<unknown>,
  { concurrency, warmUp, seconds }: ClosedLoop,
): Promise<LoadResult> {
  const latencies: number[] = []
  let recording = false
  let stopped = false
  const loop = async () => {
    while (!stopped) {
      const start = recording ? performance.now() : 0
      await request()
      if (recording && start > 0) latencies.push((performance.now() - start) * 1000)
    }
  }
  const loops = Promise.all(Array.from({ length: concurrency }, loop))
  const wait = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), loops])
  await wait(warmUp)
  const start = performance.now()
  recording = true
  await wait(seconds * 1000)
  recording = false
  const elapsed = (performance.now() - start) / 1000
  stopped = true
  await loops
  const sorted = ascending(latencies)
  return { throughput: sorted.length / elapsed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}
