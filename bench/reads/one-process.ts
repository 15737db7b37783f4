// Three members in one process, over a network and logs in memory. Its leader reads.
import { join, type Member, MemoryLogStore, MemoryNetwork } from 'oarlock'
import { closedLoop } from '../closed-loop.ts'
import type { Order, Report } from '../protocol.ts'

type Reader = Member<Uint8Array, number, null, number>

/** In ms, as of the members in processes of their own. */
const warmUp = 1500

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

const network = new MemoryNetwork()
const ids = ['m1', 'm2', 'm3']

function start(id: string): Promise<Reader> {
  let applied = 0
  return join<Uint8Array, number, null, number>({
    id,
    peers: Object.fromEntries(ids.map((peer) => [peer, `${peer}:1`])),
    logStore: new MemoryLogStore(),
    transport: network.transport(id),
    machine: {
      apply: (_command, { index }) => {
        applied = index
        return index
      },
      query: () => applied,
    },
    codec: { encode: (bytes) => bytes, decode: (bytes) => bytes },
    shutdownSignals: [],
  })
}

const members = await Promise.all(ids.map(start))
const leader = await Promise.race(
  members.map(
    (member) =>
      new Promise<Reader>((resolve) => {
        member
          .lead(async ({ signal }) => {
            await member.propose(new Uint8Array(100))
            resolve(member)
            await new Promise((ended) => signal.addEventListener('abort', ended))
          })
          .catch(fail)
      }),
  ),
)

process.on('message', (order: Order) => {
  if (order.type !== 'read') return
  const { consistency } = order
  closedLoop(() => leader.read(null, { consistency }), { ...order, warmUp }).then(
    (result) => tell({ type: 'loaded', result }),
    fail,
  )
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the benchmark
tell({ type: 'joined' })
