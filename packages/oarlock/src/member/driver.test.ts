// The writes and messages of a turn, their order, and late timers, with a real member.

import type { Persist } from '@oarlock/core'
import type { LogStore } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { MemoryLogStore } from '../index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A log store in memory that can be slow: while it is held, writes wait for `release`. */
class SlowStore implements LogStore {
  readonly #store = new MemoryLogStore()
  readonly batches: (readonly Persist[])[] = []
  #release: (() => void) | null = null
  #held: Promise<void> = Promise.resolve()
  underWay = 0

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  release(): void {
    this.#release?.()
  }

  open: LogStore['open'] = () => this.#store.open()
  recordPeers: LogStore['recordPeers'] = (record) => this.#store.recordPeers(record)
  close: LogStore['close'] = () => this.#store.close()

  write: LogStore['write'] = async (batch) => {
    expect(++this.underWay).toBe(1)
    this.batches.push(batch)
    await this.#held
    await this.#store.write(batch)
    this.underWay--
  }

  /** The number of entries in each write since `from`. */
  entriesSince(from: number): number[] {
    return this.batches
      .slice(from)
      .map((batch) => batch.reduce((sum, { entries }) => sum + entries.length, 0))
      .filter((entries) => entries > 0)
  }
}

describe('a turn', () => {
  it('makes one write of all its proposals', async () => {
    const logStore = new SlowStore()
    await using cluster = await new Cluster<number, unknown>(1, () => ({ logStore })).start()
    const { member } = await cluster.leading()
    const from = logStore.batches.length
    await Promise.all(Array.from({ length: 100 }, (_, n) => member.propose(n)))
    expect(logStore.entriesSince(from)).toEqual([100])
  })

  it('writes no commit index alone, but with the next write', async () => {
    const stores = new Map(['a', 'b', 'c'].map((id) => [id, new SlowStore()]))
    await using cluster = await new Cluster<number, unknown>(3, (id) => ({
      logStore: stores.get(id)!,
    })).start()
    const { member } = await cluster.leading()
    await member.propose(1)
    const [follower] = cluster.others(member)
    await follower!.propose(2)
    const batches = [...stores.values()].flatMap((store) => store.batches)
    expect(batches.filter((batch) => !batch.some(({ mustSync }) => mustSync))).toEqual([])
    const commits = stores
      .get(member.id)!
      .batches.flat()
      .map(({ hardState }) => hardState?.commit ?? 0)
    expect(Math.max(...commits)).toBeGreaterThanOrEqual(2)
  })

  it('writes after the write under way, together with everything that was added meanwhile', async () => {
    const logStore = new SlowStore()
    await using cluster = await new Cluster<number, unknown>(1, () => ({ logStore })).start()
    const { member } = await cluster.leading()
    const from = logStore.batches.length
    logStore.hold()
    const proposals: Promise<unknown>[] = []
    for (let n = 0; n < 5; n++) {
      proposals.push(member.propose(n))
      await turn()
    }
    expect(logStore.entriesSince(from)).toEqual([1])
    logStore.release()
    await Promise.all(proposals)
    expect(logStore.entriesSince(from)).toEqual([1, 4])
  })

  it('sends messages that need no write at once, and others when their write is durable', async () => {
    const stores = new Map(['a', 'b', 'c'].map((id) => [id, new SlowStore()]))
    const cluster = new Cluster<number, unknown>(3, (id) => ({ logStore: stores.get(id)! }))
    await using _ = await cluster.start()
    const { member } = await cluster.leading()
    for (const { id } of cluster.others(member)) stores.get(id)!.hold()
    let settled = false
    const proposal = member.propose(1).then(() => {
      settled = true
    })
    const reached = () =>
      cluster.others(member).every((other) => other.status().lastIndex === member.status().lastIndex)
    do await turn()
    while (!reached())
    for (let turns = 0; turns < 10; turns++) await turn()
    // Every member has it, but only the leader has it on disk, which is no majority.
    expect(settled).toBe(false)
    for (const { id } of cluster.others(member)) stores.get(id)!.release()
    await proposal
  })
})

describe('applying', () => {
  it('a long log gives way to the event loop', async () => {
    const clock = new FakeClock()
    let turns = 0
    const seen = new Set<number>()
    const machine = {
      apply: () => {
        clock.stall(1) // each command takes a millisecond
        return seen.add(turns)
      },
    }
    await using cluster = await new Cluster<number, unknown>(1, () => ({ clock, machine })).start()
    const leading = cluster.leading()
    await turn() // the first one: its timer is set
    clock.advance(600)
    const { member } = await leading
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    count()
    await Promise.all(Array.from({ length: 160 }, (_, n) => member.propose(n)))
    counting = false
    expect(seen.size).toBeGreaterThanOrEqual(5)
  })
})

describe('a late timer', () => {
  it('does not mean a dead leader: waiting input is delivered first', async () => {
    const clocks = new Map(['a', 'b', 'c'].map((id) => [id, new FakeClock()]))
    const cluster = new Cluster<string, unknown>(3, (id) => ({
      clock: clocks.get(id)!,
      electionTimeout: 500,
    }))
    await using _ = await cluster.start()
    const pass = async (ms: number) => {
      for (const clock of clocks.values()) clock.advance(ms)
      for (let turns = 0; turns < 8; turns++) await turn()
    }
    while (cluster.members.every((member) => member.leadership === null)) await pass(10)
    const leader = cluster.members.find((member) => member.leadership !== null)!
    const [late] = cluster.others(leader)
    const known: (string | undefined)[] = []
    const watching = (async () => {
      for await (const info of late!.observe()) known.push(info?.id)
    })()
    for (let turns = 0; turns < 20; turns++) await turn() // nothing is on its way any more
    // The process has stalled. A heartbeat that arrived meanwhile is waiting when the timer fires.
    clocks.get(leader.id)!.advance(100)
    await turn()
    clocks.get(late!.id)!.advance(5_000)
    for (let turns = 0; turns < 8; turns++) await turn()
    expect(known).toEqual([leader.id])
    // Without a heartbeat, the leader is dead.
    cluster.isolate(late!)
    clocks.get(late!.id)!.advance(5_000)
    for (let turns = 0; turns < 8; turns++) await turn()
    expect(late!.status()).toMatchObject({ role: 'preCandidate', leader: null })
    // Closing waits for the clock.
    const closing = Promise.all(cluster.members.map((member) => member.close()))
    let closed = false
    void closing.then(() => {
      closed = true
    })
    while (!closed) await pass(10)
    await watching
  })
})
