// One process of the measured cluster: a member with its log on disk and its peers over TCP, set up as any
// user would. Commands are plain bytes and the state machine only counts, so that the figures are Oarlock's
// own.
import { join, type StateMachine } from 'oarlock'
import { closedLoop } from './closed-loop.ts'
import type { Order, Report } from './protocol.ts'

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
const machine: StateMachine<Uint8Array, number, null, number> = {
  query: () => applied,
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

process.on('message', (order: Order) => {
  switch (order.type) {
    case 'load':
      closedLoop(() => member.propose(payload), { ...order, warmUp }).then(
        (result) => tell({ type: 'loaded', result }),
        fail,
      )
      break
    case 'read':
      closedLoop(() => member.read(null, { consistency: order.consistency }), { ...order, warmUp }).then(
        (result) => tell({ type: 'loaded', result }),
        fail,
      )
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
