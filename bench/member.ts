// One process of the measured cluster: a member with its log on disk and its peers over TCP, set up as any
// user would. Commands are plain bytes and the state machine only counts, so that the figures are Oarlock's
// own.
import { join, type StateMachine } from 'oarlock'
import type { LoadResult, Order, Report } from './protocol.ts'
import { ascending, quantile } from './statistics.ts'

/** The first argument of this program, as JSON. */
export interface MemberArguments {
  readonly id: string
  readonly peers: Readonly<Record<string, string>>
  readonly data: string
  readonly electionTimeout: number
  readonly heartbeatInterval: number
}

const { id, peers, data, electionTimeout, heartbeatInterval } = JSON.parse(
  process.argv[2] ?? '{}',
) as MemberArguments
const payload = new Uint8Array(100).fill(120)
/**
 * In ms. The processes of a figure have just started, and V8 compiles their code while it runs; a service
 * runs for longer.
 */
const warmUp = 1500

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

let applied = 0
const awaited = new Set<number>()
const machine: StateMachine<Uint8Array, number> = {
  apply(_command, { index }) {
    applied = index
    if (awaited.size > 0) reportCaughtUp()
    return index
  },
}
function reportCaughtUp(): void {
  for (const index of awaited) {
    if (index > applied) continue
    awaited.delete(index)
    tell({ type: 'caughtUp', index })
  }
}

const member = await join({
  id,
  peers,
  data,
  electionTimeout,
  heartbeatInterval,
  machine,
  codec: { encode: (bytes) => bytes, decode: (bytes) => bytes },
  shutdownSignals: [],
})
member.closed.catch(fail)

/** A closed loop, like the ceiling's: a proposer waits until its last write is committed and applied. */
async function load(concurrency: number, seconds: number): Promise<LoadResult> {
  const latencies: number[] = []
  let recording = false
  let stopped = false
  const proposer = async () => {
    while (!stopped) {
      const start = recording ? performance.now() : 0
      await member.propose(payload)
      if (recording && start > 0) latencies.push((performance.now() - start) * 1000)
    }
  }
  const proposers = Promise.all(Array.from({ length: concurrency }, proposer))
  const wait = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), proposers])
  await wait(warmUp)
  const start = performance.now()
  recording = true
  await wait(seconds * 1000)
  recording = false
  const elapsed = (performance.now() - start) / 1000
  stopped = true
  await proposers
  const sorted = ascending(latencies)
  return { throughput: sorted.length / elapsed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

process.on('message', (order: Order) => {
  switch (order.type) {
    case 'load':
      load(order.concurrency, order.seconds).then((result) => tell({ type: 'loaded', result }), fail)
      break
    case 'mark':
      member.propose(payload).then((index) => tell({ type: 'marked', index }), fail)
      break
    case 'catchUp':
      awaited.add(order.index)
      reportCaughtUp()
      break
    case 'close':
      member.close().then(() => process.exit(0), fail)
      break
  }
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the benchmark

member
  .lead(async ({ fence, signal }) => {
    tell({ type: 'leading', fence, at: String(process.hrtime.bigint()) })
    await member.propose(payload)
    tell({ type: 'committed', fence, at: String(process.hrtime.bigint()) })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  .catch(fail)
tell({ type: 'joined' })
