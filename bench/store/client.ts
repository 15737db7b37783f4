// One process that is no member: it loads the store over one connection, or holds leases with keys.
import { Socket } from 'node:net'
import { connect, type Lease } from 'oarlock'
import type { Order, Report } from '../protocol.ts'
import { storeLoad } from './load.ts'
import { warmUp } from './warm-up.ts'

/** Grants and puts that are under way together. */
const together = 64
const value = 'x'.repeat(100)

const tell = (report: Report): void => {
  process.send?.(report)
}
const fail = (error: unknown): void => tell({ type: 'failed', error: String(error) })

const sent = { messages: 0, bytes: 0 }
const { write } = Socket.prototype
// Without a secret each message is written to the socket at once, by itself.
Socket.prototype.write = function (this: Socket, ...given: unknown[]): boolean {
  if (this.remotePort !== undefined) {
    sent.messages++
    sent.bytes += (given[0] as Uint8Array).length
  }
  return Reflect.apply(write, this, given) as boolean
}

const oarlock = await connect({
  endpoints: JSON.parse(process.argv[2] ?? '[]') as string[],
  requestTimeout: 60_000,
})
const leases: Lease[] = []
let first = 0

async function each(count: number, does: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const loop = async () => {
    while (next < count) await does(next++)
  }
  await Promise.all(Array.from({ length: together }, loop))
}

async function carryOut(order: Order): Promise<Report | null> {
  switch (order.type) {
    case 'storeLoad':
      return { type: 'loaded', result: await storeLoad(oarlock.kv, order.operation, { ...order, warmUp }) }
    case 'grant':
      first = order.first
      await each(order.leases, async () => leases.push(await oarlock.kv.lease(order.ttl)))
      return { type: 'granted' }
    case 'putKeys':
      await each(leases.length * order.ofEach, (n) => {
        const lease = Math.floor(n / order.ofEach)
        const group = String(first + lease).padStart(6, '0')
        const key = `group/${group}/${String(n % order.ofEach).padStart(2, '0')}`
        return oarlock.kv.put(key, value, { lease: leases[lease]! })
      })
      return { type: 'keysPut' }
    case 'countSent':
      return { type: 'sent', sent }
    case 'close':
      await oarlock.close()
      process.exit(0)
      break
    default:
      throw new Error(`a client does not take '${order.type}'`)
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then((report) => report && tell(report), fail)
})
process.on('disconnect', () => process.exit(0)) // so that it never outlives the benchmark
tell({ type: 'joined' })
