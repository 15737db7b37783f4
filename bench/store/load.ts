// The loads of the store: closed loops on its interface, wherever it is reached.
import type { Store } from 'oarlock'
import { type ClosedLoop, closedLoop } from '../closed-loop.ts'
import type { LoadResult } from '../protocol.ts'
import type { StoreOperation } from './protocol.ts'

const keys = Array.from({ length: 1000 }, (_, n) => `k${n}`)
const value = 'x'.repeat(100)
const anyKey = (): string => keys[Math.floor(Math.random() * keys.length)]!
/** Of watched keys. */
const prefix = 'watched/'

/** `concurrency`: loops, or watchers. */
export async function storeLoad(kv: Store, operation: StoreOperation, loop: ClosedLoop): Promise<LoadResult> {
  if (operation === 'watch') return watchLoad(kv, loop)
  await Promise.all(keys.map((key) => kv.put(key, value)))
  const requests = {
    put: () => kv.put(anyKey(), value),
    get: () => kv.get(anyKey()),
    transaction: () => {
      const key = anyKey()
      return kv.transaction().when(key, 'version', '>', 0).then({ put: key, value }, { get: key }).commit()
    },
  }
  return closedLoop(requests[operation], loop)
}

/** Throughput is in events that were handed out. A latency is that of a put until the last watcher has seen it. */
async function watchLoad(kv: Store, loop: ClosedLoop): Promise<LoadResult> {
  const ended = new AbortController()
  let left = 0
  let allHaveSeen: () => void = () => {}
  const watcher = async (watch: ReturnType<Store['watch']>): Promise<void> => {
    for await (const { events } of watch) {
      left -= events.length
      if (left === 0) allHaveSeen()
    }
  }
  const watches = Array.from({ length: loop.concurrency }, () =>
    kv.watch({ prefix }, { signal: ended.signal }),
  )
  await Promise.all(watches.map(({ started }) => started))
  const watchers = watches.map(watcher)
  const fanOut = async (): Promise<void> => {
    left = watches.length
    const seen = new Promise<void>((resolve) => {
      allHaveSeen = resolve
    })
    await Promise.all([kv.put(`${prefix}key`, value), seen])
  }
  const { throughput, ...latencies } = await closedLoop(fanOut, { ...loop, concurrency: 1 })
  ended.abort()
  await Promise.all(watchers)
  return { throughput: throughput * watches.length, ...latencies }
}
