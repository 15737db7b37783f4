import { type Entry, index, type NodeId, type Persist, term } from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import type { Snapshot } from '../machine/index.ts'
import { Random, World } from '../world/index.ts'
import { Disk } from './disk.ts'

const entry = (at: number, inTerm: number): Entry => ({
  index: index(at),
  term: term(inTerm),
  type: 'normal',
  data: new Uint8Array(0),
})

let sequence = 0
function record(entries: Entry[], hard?: { term: number; vote: NodeId | null; commit: number }): Persist {
  return {
    write: { sequence: ++sequence, term: term(1), last: null, snapshot: null },
    hardState:
      hard === undefined
        ? null
        : { term: term(hard.term), vote: hard.vote, commit: index(hard.commit), promise: 0 },
    entries,
    snapshot: null,
    mustSync: entries.length > 0 || hard === undefined || hard.commit === 0,
    thenSend: [],
  }
}

const places = (entries: readonly Entry[]): string => entries.map((e) => `${e.index}@${e.term}`).join(' ')

/** The disk with this mutant. */
async function diskWith(mutant: string): Promise<typeof Disk> {
  const broken = await mutated<typeof import('./disk.ts')>('packages/testkit/src/hardware/disk.ts', mutant)
  return broken.Disk
}

describe('Disk', () => {
  let world: World
  let disk: Disk
  const open = (seed: number, kind = Disk): void => {
    world = new World()
    const profile = { latency: 2, stallRate: 0, stallLength: 0, snapshotLatency: 4 }
    disk = new kind(world, new Random(seed), profile)
  }
  const finish = (): void => {
    while (world.step(world.now + 100));
  }
  beforeEach(() => open(1))

  test('a write is visible and durable when it ends, and not before', () => {
    disk.write([record([entry(1, 1)], { term: 1, vote: 'n1', commit: 0 })])
    world.step(0.5)
    expect(disk.log.lastIndex).toBe(0)
    expect(disk.busy).toBe(true)
    finish()
    expect(disk.log.lastIndex).toBe(1)
    expect(places(disk.durableLog.entries)).toBe('1@1')
    expect(disk.durableHardState.vote).toBe('n1')
    expect(disk.votes.get(term(1))).toBe('n1')
  })

  test('an entry replaces the entries from its index on, in the same write', () => {
    disk.write([record([entry(1, 1), entry(2, 1), entry(3, 1)])])
    finish()
    disk.write([record([entry(2, 2)])])
    finish()
    expect(places(disk.durableLog.entries)).toBe('1@1 2@2')
    expect(disk.log.lastIndex).toBe(2)
  })

  test('a crash keeps a prefix of the records that were being written, and over many crashes every prefix', () => {
    const survivors = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      open(seed)
      disk.write([record([entry(1, 1)]), record([entry(2, 1)]), record([entry(2, 2), entry(3, 2)])])
      disk.crash()
      finish()
      survivors.add(places(disk.durableLog.entries))
      expect(disk.log.lastIndex).toBe(disk.durableLog.lastIndex)
    }
    expect([...survivors].sort()).toEqual(['', '1@1', '1@1 2@1', '1@1 2@2 3@2'])
  })

  test('a write without an fsync is visible at once, may be lost in a crash, and is durable with the next fsync', () => {
    const after = new Set<number>()
    for (let seed = 1; seed <= 40; seed++) {
      open(seed)
      disk.write([record([entry(1, 1)], { term: 1, vote: null, commit: 0 })])
      finish()
      disk.write([record([], { term: 1, vote: null, commit: 1 })])
      finish()
      expect(disk.hardState.commit).toBe(1)
      expect(disk.durableHardState.commit).toBe(0)
      disk.crash()
      expect(disk.hardState).toEqual(disk.durableHardState)
      after.add(disk.hardState.commit)
    }
    expect([...after].sort()).toEqual([0, 1])

    open(1)
    disk.write([record([entry(1, 1)])])
    finish()
    disk.write([record([], { term: 1, vote: null, commit: 1 })])
    finish()
    disk.write([record([entry(2, 1)])])
    finish()
    expect(disk.durableHardState.commit).toBe(1)
  })

  test('a write that a crash cut short is not confirmed', () => {
    let told = 0
    disk.onWritten = () => told++
    disk.write([record([entry(1, 1)])])
    disk.crash()
    disk.write([record([entry(1, 2)])])
    finish()
    expect(told).toBe(1)
  })

  test('a crash may keep a record and lose one before it; a start finds the records before the first lost one', () => {
    let holes = 0
    for (let seed = 1; seed <= 60; seed++) {
      let whole: readonly boolean[] = []
      open(seed)
      disk.onTorn = (found) => {
        whole = found
      }
      disk.write([record([entry(1, 1)]), record([entry(2, 1)]), record([entry(3, 1)])])
      disk.crash()
      const first = [...whole, false].indexOf(false)
      expect(disk.durableLog.lastIndex).toBe(first)
      if (whole.lastIndexOf(true) > first) holes++
    }
    expect(holes).toBeGreaterThan(5)
  })

  test('a record written after a torn tail is found again, because the tail was cut off', async () => {
    for (const [kind, found] of [
      [Disk, true],
      [await diskWith('W3'), false],
    ] as const) {
      let torn = 0
      for (let seed = 1; seed <= 40; seed++) {
        open(seed, kind)
        disk.write([record([entry(1, 1)])])
        disk.crash()
        if (disk.log.lastIndex > 0) continue
        torn++
        disk.write([record([entry(1, 2)])])
        finish()
        disk.crash()
        expect(disk.durableLog.lastIndex === 1).toBe(found)
      }
      expect(torn).toBeGreaterThan(5)
    }
  })

  test('a failed fsync stops the node; its records may be on disk afterwards, or not', () => {
    const after = new Set<string>()
    for (let seed = 1; seed <= 40; seed++) {
      open(seed)
      const failures: string[] = []
      disk.onFailed = (why) => failures.push(why)
      disk.onWritten = () => failures.push('the write was confirmed')
      disk.syncFails = true
      disk.write([record([entry(1, 1)])])
      finish()
      expect(failures).toEqual(['an fsync failed'])
      expect(places(disk.durableLog.entries)).toBe('')
      disk.crash()
      after.add(places(disk.durableLog.entries))
    }
    expect([...after].sort()).toEqual(['', '1@1'])
  })

  test('a failed fsync that is retried reports success, and nothing is durable', async () => {
    open(1, await diskWith('W9'))
    let told = 0
    disk.onWritten = () => told++
    disk.syncFails = true
    disk.write([record([entry(1, 1)])])
    finish()
    disk.write([record([entry(2, 1)])])
    finish()
    expect(told).toBe(2)
    expect(disk.log.lastIndex).toBe(2)
    disk.crash()
    expect(disk.log.lastIndex).toBe(0)
  })

  test('while the disk is full every write fails, also that of a snapshot', () => {
    const failures: string[] = []
    disk.onFailed = (why) => failures.push(why)
    disk.onSnapshotFailed = (why) => failures.push(why)
    disk.full = true
    disk.write([record([entry(1, 1)])])
    disk.writeSnapshot({ index: index(1), term: term(1) } as Snapshot, () => failures.push('written'))
    finish()
    expect(failures).toEqual(['no space is left on its disk', 'no space is left on its disk'])
    expect(disk.durableSnapshot).toBeNull()
  })

  test('a damaged disk is refused, and its durable state stays visible to checkers', () => {
    disk.write([record([entry(1, 1), entry(2, 1)], { term: 1, vote: 'n1', commit: 0 })])
    finish()
    disk.crash()
    disk.damage(new Random(1))
    expect(disk.refusal).toMatch(/its log is damaged after [012]/)
    expect(places(disk.durableLog.entries)).toBe('1@1 2@1')
  })

  test('damage that is cut off like a torn tail costs entries and votes', async () => {
    const cutting = await diskWith('W11')
    const left = new Set<string>()
    for (let seed = 1; seed <= 20; seed++) {
      open(1, cutting)
      disk.write([record([entry(1, 1), entry(2, 1)], { term: 2, vote: 'n1', commit: 1 })])
      finish()
      disk.crash()
      disk.damage(new Random(seed))
      expect(disk.refusal).toBeNull()
      expect(disk.hardState.vote).toBeNull()
      expect(disk.log.lastIndex).toBe(disk.durableLog.lastIndex)
      left.add(places(disk.durableLog.entries))
    }
    expect([...left].sort()).toEqual(['', '1@1', '1@1 2@1'])
  })

  test('another disk under the old name is refused; if it is accepted, everything is forgotten', async () => {
    for (const kind of [Disk, await diskWith('W13')]) {
      open(1, kind)
      disk.write([record([entry(1, 1)], { term: 1, vote: 'n1', commit: 0 })])
      finish()
      let changedFrom = 0
      disk.onDurable = (from) => {
        changedFrom = from
      }
      disk.wipe()
      const refuses = kind === Disk
      expect(disk.refusal !== null).toBe(refuses)
      expect(disk.durableLog.lastIndex).toBe(refuses ? 1 : 0)
      expect(disk.durableHardState.term).toBe(refuses ? 1 : 0)
      expect(changedFrom).toBe(refuses ? 0 : 1)
    }
  })

  test('a log that was cut before its snapshot was durable is lost in a crash', () => {
    disk.write([record([entry(1, 1), entry(2, 1), entry(3, 1)])])
    finish()
    disk.cutTooSoon({ index: index(2), term: term(1) })
    expect(disk.durableLog.lastIndex).toBe(3)
    disk.crash()
    expect(disk.log.lastIndex).toBe(0)
  })

  test('a start after a crash during a snapshot write finds the previous snapshot', async () => {
    for (const kind of [Disk, await diskWith('W5')]) {
      open(1, kind)
      const snapshot = (at: number): Snapshot => ({ index: index(at), term: term(1) }) as Snapshot
      disk.write([record([entry(1, 1), entry(2, 1), entry(3, 1)])])
      finish()
      disk.writeSnapshot(snapshot(1), () => {})
      finish()
      disk.writeSnapshot(snapshot(2), () => {})
      disk.crash()
      expect(disk.durableSnapshot?.index ?? 0).toBe(kind === Disk ? 1 : 0)
      expect(disk.log.lastIndex).toBe(kind === Disk ? 3 : 0)
    }
  })

  test('a start syncs the records that it reads; without that, they are visible and may be lost later', async () => {
    const trusting = await diskWith('W17')
    let later = 0
    for (let seed = 1; seed <= 40; seed++) {
      open(seed)
      disk.write([record([entry(1, 1)])])
      disk.crash()
      expect(disk.log.lastIndex).toBe(disk.durableLog.lastIndex)
      open(seed, trusting)
      disk.write([record([entry(1, 1)])])
      disk.crash()
      if (disk.log.lastIndex > disk.durableLog.lastIndex) later++
    }
    expect(later).toBeGreaterThan(5)
  })

  test('overlooked damage is read as data', async () => {
    const damaged = { ...entry(1, 1), data: new Uint8Array([7]) }
    open(1, await diskWith('W19'))
    disk.write([record([damaged])])
    finish()
    disk.crash()
    for (let seed = 1; seed <= 20; seed++) disk.damage(new Random(seed))
    expect(disk.refusal).toBeNull()
    expect(disk.log.lastIndex).toBe(1)
    expect([6, 7]).toContain(disk.log.entries(index(1), index(2), 1000)[0]!.data[0])
  })
})
