// One member of a measured cluster: its store, with the default options, as any user would have it.
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { join } from 'oarlock'
import type { MemberArguments } from '../member.ts'
import type { Order, Report } from '../protocol.ts'
import { storeLoad } from './load.ts'
import { warmUp } from './warm-up.ts'

const { id, peers, data, electionTimeout, heartbeatInterval } = JSON.parse(
  process.argv[2] ?? '{}',
) as MemberArguments

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

const member = await join({
  id,
  peers,
  data,
  electionTimeout,
  heartbeatInterval,
  proposeTimeout: 60_000,
  shutdownSignals: [],
})
member.closed.catch(fail)

function sent(): Report {
  const peersSentTo = Object.values(member.metrics().peers)
  const sum = (amounts: readonly (number | null)[]) =>
    amounts.reduce<number>((all, one) => all + (one ?? 0), 0)
  const messages = sum(peersSentTo.map(({ sentMessages }) => sentMessages))
  const bytes = sum(peersSentTo.map(({ sentBytes }) => sentBytes))
  return { type: 'sent', sent: { messages, bytes } }
}

function memory(): Report {
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { type: 'memory', memory: { used: heapUsed + external, resident: rss } }
}

async function takeSnapshot(): Promise<Report> {
  const began = performance.now()
  await member.snapshot()
  const took = performance.now() - began
  return { type: 'snapshotTaken', took, bytes: member.metrics().snapshots.bytes }
}

async function keysAre(keys: number): Promise<Report> {
  while (member.metrics().store?.keys !== keys) await wait(5)
  return { type: 'keysAre', keys }
}

async function carryOut(order: Order): Promise<Report | null> {
  switch (order.type) {
    case 'storeLoad':
      return { type: 'loaded', result: await storeLoad(member.kv, order.operation, { ...order, warmUp }) }
    case 'countSent':
      return sent()
    case 'measureMemory':
      return memory()
    case 'takeSnapshot':
      return takeSnapshot()
    case 'countKeys':
      return { type: 'keys', keys: member.metrics().store!.keys }
    case 'awaitKeys':
      return keysAre(order.keys)
    case 'close':
      await member.close()
      process.exit(0)
      break
    default:
      throw new Error(`a member with a store does not take '${order.type}'`)
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then((report) => report && tell(report), fail)
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the benchmark

member
  .lead(async ({ fence, signal }) => {
    tell({ type: 'leading', fence, at: String(process.hrtime.bigint()) })
    await member.kv.put('begun', String(fence))
    tell({ type: 'committed', fence, at: String(process.hrtime.bigint()) })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  .catch(fail)
tell({ type: 'joined' })
