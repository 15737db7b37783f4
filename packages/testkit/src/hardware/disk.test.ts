import {
  type Entry,
  index,
  type NodeId,
  type Persist,
  type SnapshotMeta,
  type SnapshotOffer,
  staticVoters,
  term,
} from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
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

const meta = (at: number): SnapshotMeta => ({
  index: index(at),
  term: term(1),
  configuration: staticVoters(['n1']),
})

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
  /** Writes a snapshot of this place, with ten bytes an index. */
  const store = (at: number): void =>
    disk.snapshots.create(meta(at), (_failure, file) =>
      file!.append(new Uint8Array(10 * at), () => file!.commit(() => {})),
    )
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

  test('while the disk is full every write fails, also that of a snapshot, and a compaction', () => {
    const failures: (string | undefined)[] = []
    disk.onFailed = (why) => failures.push(why)
    disk.full = true
    disk.write([record([entry(1, 1)])])
    disk.snapshots.create(meta(1), (failure) => failures.push(failure?.message))
    disk.compact(meta(1), (failed) => failures.push(failed ?? 'compacted'))
    finish()
    expect(failures).toEqual(Array(3).fill('no space is left on its disk'))
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

  test('a snapshot that was being written when the crash came is there whole, or not at all', () => {
    const found = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      open(seed)
      disk.write([record([entry(1, 1), entry(2, 1), entry(3, 1)])])
      finish()
      store(1)
      finish()
      store(2)
      const end = world.now + new Random(seed).between(0, 6)
      while (world.step(end));
      disk.crash()
      found.add(disk.durableSnapshot?.index ?? 0)
      for (const { meta, size } of disk.snapshots.stored) expect(size).toBe(10 * meta.index)
    }
    expect([...found].sort()).toEqual([1, 2])
  })

  test('a file whose directory was not synced may be lost', async () => {
    const unsynced = await diskWith('W5')
    const found = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      open(seed, unsynced)
      disk.write([record([entry(1, 1)])])
      finish()
      store(1)
      finish()
      expect(disk.durableSnapshot?.index).toBe(1)
      disk.crash()
      found.add(disk.durableSnapshot?.index ?? 0)
    }
    expect([...found].sort()).toEqual([0, 1])
  })

  test('a damaged snapshot is not read, and a start goes on from the one before', () => {
    disk.write([record([entry(1, 1), entry(2, 1)])])
    finish()
    store(1)
    finish()
    store(2)
    finish()
    const [newest] = disk.snapshots.stored
    disk.snapshots.damage(newest!)
    const codes: unknown[] = []
    disk.snapshots.read(newest!, 0, 20, (failure) => codes.push((failure as { code?: string } | null)?.code))
    finish()
    expect(codes).toEqual(['OARLOCK_SNAPSHOT_DAMAGED'])
    expect(disk.durableSnapshot?.index).toBe(1)
  })

  test('of a partial snapshot a crash keeps what was acknowledged, and perhaps more', () => {
    const received = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      open(seed)
      const offer: SnapshotOffer = {
        type: 'snapshotOffer',
        term: term(1),
        snapshot: meta(5),
        size: 30,
        digest: 'd',
        attempt: 1,
      }
      disk.snapshots.startPartial(offer, () =>
        disk.snapshots.appendPartial(0, new Uint8Array(10), () =>
          disk.snapshots.appendPartial(10, new Uint8Array(10), () => {}),
        ),
      )
      while (disk.snapshots.partial?.received !== 10) world.step(world.now + 1)
      disk.crash()
      received.add(disk.snapshots.partial!.received)
    }
    expect(Math.min(...received)).toBe(10)
    expect(Math.max(...received)).toBeGreaterThan(10)
  })

  test('a log is cut when the compaction is durable, and a crash may come before or after', () => {
    const starts = new Set<number>()
    for (let seed = 1; seed <= 20; seed++) {
      open(seed)
      disk.write([record([entry(1, 1), entry(2, 1)])])
      finish()
      disk.compact(meta(1), () => {})
      expect(disk.log.firstIndex).toBe(1)
      disk.crash()
      starts.add(disk.log.firstIndex)
      expect(disk.log.lastIndex).toBe(2)
    }
    expect([...starts].sort()).toEqual([1, 2])
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
