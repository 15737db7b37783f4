import { type Entry, index, type NodeId, type Persist, term } from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import { Disk } from './disk.ts'
import { Random } from './random.ts'
import { World } from './world.ts'

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
      hard === undefined ? null : { term: term(hard.term), vote: hard.vote, commit: index(hard.commit) },
    entries,
    snapshot: null,
    mustSync: entries.length > 0 || hard === undefined || hard.commit === 0,
    thenSend: [],
  }
}

const places = (entries: readonly Entry[]): string => entries.map((e) => `${e.index}@${e.term}`).join(' ')

describe('Disk', () => {
  let world: World
  let disk: Disk
  const open = (seed: number): void => {
    world = new World()
    disk = new Disk(world, new Random(seed), { latency: 2, stallRate: 0, stallLength: 0, snapshotLatency: 4 })
  }
  const finish = (): void => {
    while (world.step(world.now + 100));
  }
  beforeEach(() => open(1))

  test('a write is visible and durable when its time is over, and not before', () => {
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

  test('an entry cuts off what was at its place and after it, in the same write', () => {
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

  test('what needs no fsync is visible at once, may be lost in a crash, and is durable with the next fsync', () => {
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

  test('the end of a write that a crash cut short tells nobody', () => {
    let told = 0
    disk.onWritten = () => told++
    disk.write([record([entry(1, 1)])])
    disk.crash()
    disk.write([record([entry(1, 2)])])
    finish()
    expect(told).toBe(1)
  })
})
