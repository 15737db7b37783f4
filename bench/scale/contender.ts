// What the benchmark needs of a cluster, and what it measures of it.
import { setTimeout as wait } from 'node:timers/promises'
import { note } from '../part.ts'
import type { LoadResult } from '../protocol.ts'
import type { Memory, Sent } from '../store/protocol.ts'
import type { Sizes } from './flags.ts'

/** Since the start. NaN: it is not known. */
export interface Traffic {
  /** From members to members. */
  readonly members: Sent
  /** From the processes that hold leases. */
  readonly clients: Sent
}

export interface Contender {
  readonly name: string
  /** Starts three members, and the processes that will hold leases. */
  start(): Promise<void>
  grant(): Promise<void>
  putKeys(): Promise<void>
  /** How many of those keys there are. */
  keys(): Promise<number>
  /** Of each member. */
  memory(): Promise<readonly Memory[]>
  traffic(): Promise<Traffic>
  /** `took` is in ms. */
  snapshot(): Promise<{ readonly took: number; readonly bytes: number }>
  /** Kills a follower and starts it again. Resolves when it has all keys, with the time since its start in ms. */
  restart(): Promise<number>
  watch(): Promise<LoadResult>
  killHolders(): Promise<void>
  /** Resolves when none of those keys is left. */
  keysAreGone(): Promise<void>
  stop(): Promise<void>
}

export interface Measured {
  readonly name: string
  /** Of each member: when nothing was there, with the leases, with the keys, and after one was started again. */
  readonly memory: Readonly<Record<'before' | 'withLeases' | 'withKeys' | 'restarted', readonly Memory[]>>
  /** A second. */
  readonly idle: Readonly<Record<'before' | 'withLeases', Traffic>>
  readonly snapshot: { readonly took: number; readonly bytes: number }
  readonly restart: number
  readonly watch: LoadResult
  /** When the holders were killed. */
  readonly keys: number
  /** In ms, after that. */
  readonly gone: number
}

/** Before an idle cluster is counted for a second, in ms: what a burst has left to do is done then. */
const settling = 200

async function idleTraffic(contender: Contender, seconds: number): Promise<Traffic> {
  await wait(settling * seconds)
  const began = performance.now()
  const before = await contender.traffic()
  await wait(seconds * 1000)
  const after = await contender.traffic()
  const elapsed = (performance.now() - began) / 1000
  const rate = (of: (traffic: Traffic) => Sent): Sent => ({
    messages: (of(after).messages - of(before).messages) / elapsed,
    bytes: (of(after).bytes - of(before).bytes) / elapsed,
  })
  return { members: rate(({ members }) => members), clients: rate(({ clients }) => clients) }
}

export async function measure(contender: Contender, { idleSeconds }: Sizes): Promise<Measured> {
  const { name } = contender
  const doing = async <Result>(what: string, does: () => Promise<Result>): Promise<Result> => {
    const began = performance.now()
    const result = await does()
    note(`${name}: ${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return result
  }
  try {
    await doing('start', () => contender.start())
    const idleBefore = await idleTraffic(contender, idleSeconds)
    const before = await contender.memory()
    await doing('leases', () => contender.grant())
    const withLeases = await contender.memory()
    await doing('keys', () => contender.putKeys())
    const withKeys = await contender.memory()
    const idleWithLeases = await idleTraffic(contender, idleSeconds)
    const snapshot = await doing('snapshot', () => contender.snapshot())
    const restart = await doing('restart', () => contender.restart())
    const restarted = await contender.memory()
    const watch = await doing('watchers', () => contender.watch())
    const keys = await contender.keys()
    await contender.killHolders()
    const killed = performance.now()
    await doing('the end of the leases', () => contender.keysAreGone())
    const gone = performance.now() - killed
    return {
      name,
      memory: { before, withLeases, withKeys, restarted },
      idle: { before: idleBefore, withLeases: idleWithLeases },
      snapshot,
      restart,
      watch,
      keys,
      gone,
    }
  } finally {
    await contender.stop()
  }
}
