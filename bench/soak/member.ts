// One process of the soak test: a member as any user would set it up. The leader writes at full speed, and
// every member reads.
import { join, OarlockError } from 'oarlock'
import { PagedMachine, recordBytes, writeRecord } from '../paged-machine.ts'
import type { Counts, MemberArguments, Order, Report } from './protocol.ts'

const { stateBytes, proposers, readers, ...options } = JSON.parse(process.argv[2] ?? '{}') as MemberArguments

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })
const say = (fields: object, message: string): void => {
  const cause = 'cause' in fields ? `: ${String(fields.cause)}` : ''
  tell({ type: 'said', message: `${message}${cause}` })
}

const member = await join<Uint8Array, number, null, number>({
  ...options,
  machine: new PagedMachine(stateBytes),
  codec: { encode: (bytes) => bytes, decode: (bytes) => bytes },
  logger: { debug() {}, info() {}, warn: say, error: say },
  shutdownSignals: [],
})
member.closed.catch(fail)

let reads = 0
let hasWritten = false
const failed: Record<string, number> = {}

async function repeat(signal: AbortSignal, request: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted)
    try {
      await request()
    } catch (error) {
      if (!(error instanceof OarlockError)) throw error
      failed[error.code] = (failed[error.code] ?? 0) + 1
      // Another failure may come at once, and the event loop must go on.
      await new Promise((resolve) => setImmediate(resolve))
    }
}

/** Writes records all over the state. */
function proposer(signal: AbortSignal): Promise<void> {
  const command = new Uint8Array(recordBytes).fill(Math.random() * 256)
  return repeat(signal, async () => {
    await member.propose(writeRecord(command, Math.random() * 2 ** 32))
    if (hasWritten) return
    hasWritten = true
    tell({ type: 'writing' })
  })
}

function counts(): Counts {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const { held, log, snapshots, leaderships } = member.metrics()
  return {
    rss,
    heapUsed,
    heapTotal,
    external,
    logMemory: log.memoryBytes ?? 0,
    snapshotBytes: snapshots.bytes,
    snapshots: snapshots.taken,
    commit: log.commit,
    reads,
    leads: held,
    leaderships: leaderships.won,
    failed,
  }
}

process.on('message', ({ type }: Order) => {
  if (type === 'count') tell({ type: 'counts', counts: counts() })
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the soak test

member
  .lead(({ signal }) => Promise.all(Array.from({ length: proposers }, () => proposer(signal))))
  .catch(fail)
const forever = new AbortController().signal
for (let n = 0; n < readers; n++)
  repeat(forever, async () => {
    await member.read(null)
    reads++
  }).catch(fail)
