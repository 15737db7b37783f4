// A data directory that begins with the state of a backup.
import { index } from '@oarlock/core'
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { everyPowerCut, storeOn } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import type { Configuration } from './configuration.ts'
import type { Restoration } from './restoration.ts'

const configuration: Configuration = { founders: ['a', 'b', 'c'], purpose: 'replication', kind: 'full' }
const state = Buffer.from('the state of the old cluster '.repeat(4000))

const restorationFrom = (id: string, over: Partial<Restoration> = {}): Restoration => ({
  generation: { number: 1, id },
  name: `${id}.backup`,
  index: 40,
  entryTerm: 3,
  term: 1000,
  check: async () => {},
  content: async function* () {
    yield state.subarray(0, 1000)
    yield state.subarray(1000)
  },
  ...over,
})

const open = async (disk: SimulatedDisk, restore: Restoration | undefined) => {
  const store = storeOn(disk, { configuration, ...(restore === undefined ? {} : { restore }) })
  try {
    const { hardState, log, identity } = await store.open()
    const { snapshots } = store
    const [newest] = snapshots.stored
    return {
      term: hardState.term,
      commit: hardState.commit,
      snapshot: log.snapshot,
      lastIndex: log.lastIndex,
      record: identity.record,
      content: newest === undefined ? null : await snapshots.read(newest, 0, newest.size),
    }
  } finally {
    await store.close()
  }
}

const restored = {
  term: 1000,
  commit: 40,
  lastIndex: 40,
  snapshot: { index: 40, term: 3, configuration: expect.objectContaining({ voters: ['a', 'b', 'c'] }) },
  record: { founded: false, generation: { number: 1, id: 'one' } },
}

describe('an empty directory', () => {
  it('begins with the state, the term and the generation, and is not founded', async () => {
    const disk = new SimulatedDisk()
    const opened = await open(disk, restorationFrom('one'))
    expect(opened).toMatchObject(restored)
    expect(Buffer.from(opened.content!).equals(state)).toBe(true)
    // And goes on with them, with the option or without it, from a source that is not read again.
    const unreadable = restorationFrom('one', {
      check: () => Promise.reject(new Error('read again')),
      content: () => {
        throw new Error('read again')
      },
    })
    expect(await open(disk, unreadable)).toMatchObject(restored)
    expect(await open(disk, undefined)).toMatchObject(restored)
    expect(disk.openHandles).toBe(0)
  })

  it('is restored by the next start if the power is cut at any step, and by no start without the backup', async () => {
    const disk = new SimulatedDisk()
    let refused = 0
    for (const cut of await everyPowerCut(disk, (disk) => open(disk, restorationFrom('one')))) {
      const without = cut.clone()
      const opened = await open(cut, restorationFrom('one'))
      expect(opened).toMatchObject(restored)
      expect(Buffer.from(opened.content!).equals(state)).toBe(true)
      const outcome = await open(without, undefined).catch((error: Error) => error)
      if (!(outcome instanceof Error)) {
        // It is a new directory, or a whole one.
        expect([0, 40]).toContain(outcome.lastIndex)
        expect(outcome.record.generation?.id).toBe(outcome.lastIndex === 0 ? undefined : 'one')
        continue
      }
      refused++
      expect(outcome).toMatchObject({
        code: 'OARLOCK_WRONG_DATA',
        message: expect.stringMatching(/restored from a backup \(one\), and that was not completed/),
      })
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('stays empty if the backup is damaged', async () => {
    const disk = new SimulatedDisk()
    const damaged = restorationFrom('one', { check: () => Promise.reject(new Error('block 7')) })
    await expect(open(disk, damaged)).rejects.toThrow('block 7')
    expect(disk.list('/data')).toEqual([])
    // Found out too late: it is tried again with the same one.
    const changing = restorationFrom('one', {
      content: async function* () {
        yield state.subarray(0, 1000)
        throw new Error('block 8')
      },
    })
    await expect(open(disk, changing)).rejects.toThrow('block 8')
    expect(disk.openHandles).toBe(0)
    expect(await open(disk, restorationFrom('one'))).toMatchObject(restored)
  })
})

describe('another directory is refused', () => {
  it('if it was founded without a backup, or from another one', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { configuration })
    await store.open()
    await store.write([persistOf({ hardState: hardStateOf(1), entries: entriesFrom(1, 1, 'x') })])
    await store.close()
    const unused = new SimulatedDisk()
    await open(unused, undefined)
    const other = new SimulatedDisk()
    await open(other, restorationFrom('two'))
    for (const wrong of [disk, unused, other]) {
      const before = wrong.list('/data').map((name) => wrong.get(`/data/${name}`))
      await expect(open(wrong, restorationFrom('one'))).rejects.toMatchObject({
        code: 'OARLOCK_WRONG_DATA',
        message: expect.stringMatching(/was not founded from the backup one\.backup: leave restore out/),
      })
      expect(wrong.list('/data').map((name) => wrong.get(`/data/${name}`))).toEqual(before)
    }
  })

  it('and entries that follow the state are kept', async () => {
    const disk = new SimulatedDisk()
    await open(disk, restorationFrom('one'))
    const store = storeOn(disk, { configuration, restore: restorationFrom('one') })
    await store.open()
    await store.write([
      persistOf({
        hardState: { ...hardStateOf(1001), commit: index(40) },
        entries: entriesFrom(41, 1001, 'x'),
      }),
    ])
    await store.close()
    expect(await open(disk, restorationFrom('one'))).toMatchObject({ lastIndex: 41, term: 1001 })
  })
})

it('needs the founders of the new cluster', () => {
  expect(() => storeOn(new SimulatedDisk(), { restore: restorationFrom('one') })).toThrow(
    /restore needs a configuration/,
  )
})
