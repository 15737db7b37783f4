// What a turn of a member costs, in which order its effects leave, and what a late timer means.

import type { Persist } from '@oarlock/core'
import type { LogStore } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { MemoryLogStore } from '../index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A log store in memory that can be slow: held, its writes wait for `release`. */
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
  close: LogStore['close'] = () => this.#store.close()

  write: LogStore['write'] = async (batch) => {
    expect(++this.underWay).toBe(1)
    this.batches.push(batch)
    await this.#held
    await this.#store.write(batch)
    this.underWay--
  }

  /** How many entries each write since `from` had. */
  entriesSince(from: number): number[] {
    return this.batches
      .slice(from)
      .map((batch) => batch.reduce((sum, { entries }) => sum + entries.length, 0))
      .filter((entries) => entries > 0)
  }
}

describe('a turn', () => {
  it('makes one write of everything that was proposed in it', async () => {
    const logStore = new SlowStore()
    await using cluster = await new Cluster<number, unknown>(1, () => ({ logStore })).start()
    const { member } = await cluster.leading()
    const from = logStore.batches.length
    await Promise.all(Array.from({ length: 100 }, (_, n) => member.propose(n)))
    expect(logStore.entriesSince(from)).toEqual([100])
  })

  it('writes no commit index for its own sake: it goes along with the next write', async () => {
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

  it('waits with its write for the one under way, and then writes together what gathered', async () => {
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

  it('sends at once what needs no write, and only when it is durable what does', async () => {
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
    // Everybody has it, and nobody but the leader on disk: no majority.
    expect(settled).toBe(false)
    for (const { id } of cluster.others(member)) stores.get(id)!.release()
    await proposal
  })
})

describe('applying', () => {
  it('of a long log leaves the event loop its turns', async () => {
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
  it('is no dead leader: what lies in the sockets comes first', async () => {
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
    // Its process stood still for long. Meanwhile a heartbeat came in, and lies there when its timer fires.
    clocks.get(leader.id)!.advance(100)
    await turn()
    clocks.get(late!.id)!.advance(5_000)
    for (let turns = 0; turns < 8; turns++) await turn()
    expect(known).toEqual([leader.id])
    // And when none came in, it is a dead leader.
    cluster.isolate(late!)
    clocks.get(late!.id)!.advance(5_000)
    for (let turns = 0; turns < 8; turns++) await turn()
    expect(late!.status()).toMatchObject({ role: 'preCandidate', leader: null })
    // Closing waits for the clock here and there.
    const closing = Promise.all(cluster.members.map((member) => member.close()))
    let closed = false
    void closing.then(() => {
      closed = true
    })
    while (!closed) await pass(10)
    await watching
  })
})
