import { entriesFrom, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../test/random.ts'
import { WarningLog } from '../../test/raw-peer.ts'
import { changed, FIRST, read, SECOND, storeOn, three, written } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'

interface Torn {
  readonly disk: SimulatedDisk
  /** The byte of the first segment at which the tail begins. */
  readonly at: number
  readonly tail: Uint8Array
}

/** A log whose last write lost its end, every byte of it durable. */
async function torn(before = new SimulatedDisk()): Promise<Torn> {
  const [at] = await written(before, [])
  await written(before, [[persistOf({ entries: entriesFrom(1, 9, new Uint8Array(3000).fill(7)) })]])
  const disk = changed(before, FIRST, (bytes) => bytes.slice(0, at! + 1000))
  return { disk, at: at!, tail: disk.get(FIRST).slice(at) }
}

const copiesOn = (disk: SimulatedDisk): readonly string[] =>
  disk.list('/data').filter((name) => name.includes('.broken'))

/** Opens and closes the log. Returns what `look` finds before each operation of the disk, and at the end. */
async function whileOpening<T>(disk: SimulatedDisk, look: () => readonly T[]): Promise<readonly T[]> {
  const found: T[] = []
  const operation = async (): Promise<null> => {
    found.push(...look())
    return null
  }
  const write = (_: string, bytes: number): number => {
    found.push(...look())
    return bytes
  }
  disk.faults = { write, sync: operation, syncDirectory: operation }
  await read(disk)
  return [...found, ...look()]
}

describe('a torn tail is copied before it is cut off:', () => {
  it('its bytes go to a file beside the segment', async () => {
    const { disk, at, tail } = await torn()
    await read(disk)
    expect(copiesOn(disk)).toEqual([`00000001.wal.${at}.broken`])
    expect(disk.get(`${FIRST}.${at}.broken`)).toEqual(tail)
    expect(disk.get(FIRST)).toHaveLength(at)
  })

  it('and a warning says so', async () => {
    const { disk, at, tail } = await torn()
    const log = new WarningLog()
    const store = storeOn(disk, { logger: log })
    await store.open()
    await store.close()
    const copy = `${FIRST}.${at}.broken`
    expect(log.warnings).toEqual([
      {
        fields: { event: 'write-torn', file: FIRST, at, bytes: tail.length, copy },
        message: `a crash has torn the last write to ${FIRST}, of which nothing was acknowledged: ${tail.length} bytes from byte ${at} on are cut off. A copy of them is in ${copy}`,
      },
    ])
  })

  it('all of a segment whose header was torn', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three.slice(0, 2))
    await written(disk, [three[2]!], 65)
    const remains = disk.get(SECOND).slice(0, 63)
    disk.put(SECOND, remains)
    await read(disk)
    expect(disk.exists(SECOND)).toBe(false)
    expect(disk.get(`${SECOND}.0.broken`)).toEqual(remains)
  })

  it('whenever the power is cut, the tail is in the segment or its copy is on the disk', async () => {
    const { disk, at, tail } = await torn()
    const copy = `${FIRST}.${at}.broken`
    const kills = await whileOpening(disk, () => [disk.afterKill()])
    expect(kills.length).toBeGreaterThanOrEqual(8)
    const state = await read(disk)
    for (const killed of kills) {
      const draws = [() => 0, () => 0.999, seeded(1), seeded(2), seeded(3)]
      for (const after of await whileOpening(killed, () => draws.map((random) => killed.powerCut(random)))) {
        expect(after.exists(copy) ? after.get(copy) : after.get(FIRST).slice(at)).toEqual(tail)
        // The next start repairs what is left, and the copy is whole.
        expect(await read(after)).toEqual(state)
        expect(after.get(copy)).toEqual(tail)
        expect(copiesOn(after)).toEqual([`00000001.wal.${at}.broken`])
      }
    }
  })

  it('a later tail at the same byte replaces the earlier copy', async () => {
    const { disk, at } = await torn()
    await read(disk)
    await written(disk, [[persistOf({ entries: entriesFrom(1, 9, new Uint8Array(3000).fill(8)) })]])
    const again = changed(disk, FIRST, (bytes) => bytes.slice(0, at + 700))
    const tail = again.get(FIRST).slice(at)
    await read(again)
    expect(again.get(`${FIRST}.${at}.broken`)).toEqual(tail)
  })

  it('but not if it is all zeros', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three.slice(0, 2))
    await written(disk, [three[2]!], 65)
    disk.put(SECOND, new Uint8Array(500))
    await read(disk)
    expect(copiesOn(disk)).toEqual([])
  })
})

it('of all copies the latest three are kept', async () => {
  const { disk, at, tail } = await torn()
  const copies = ['00000001.wal.9.broken', `00000001.wal.${at}.broken`, '00000001.wal.100.broken.tmp']
  for (const name of [...copies, '00000001.wal.70.broken', '00000001.wal.10.broken', 'other.broken'])
    disk.put(`/data/${name}`, new Uint8Array(8).fill(1))
  await read(disk)
  expect(copiesOn(disk).toSorted()).toEqual(
    [
      '00000001.wal.10.broken',
      '00000001.wal.70.broken',
      `00000001.wal.${at}.broken`,
      'other.broken',
    ].toSorted(),
  )
  expect(disk.get(`${FIRST}.${at}.broken`)).toEqual(tail)
})

describe('where a copy cannot be written, the log is opened without one:', () => {
  const failures: Readonly<Record<string, SimulatedDisk['faults']>> = {
    'the disk is full': { write: (file, bytes) => (file.includes('.broken') ? bytes - 1 : bytes) },
    'no file can be made': {
      write: (file, bytes) => {
        if (file.includes('.broken')) throw new Error('EDQUOT: quota exceeded')
        return bytes
      },
    },
    'the fsync of the copy fails': {
      sync: async (file) => (file.includes('.broken') ? new Error('ENOSPC: no space left on device') : null),
    },
  }
  for (const [what, faults] of Object.entries(failures)) {
    it(what, async () => {
      const { disk } = await torn()
      const sound = new SimulatedDisk()
      await written(sound, [])
      disk.faults = faults
      expect(await read(disk)).toEqual(await read(sound))
      expect(copiesOn(disk)).toEqual([])
      expect(disk.openHandles).toBe(0)
      await written(disk, three)
      expect((await read(disk)).entries).toHaveLength(3)
    })
  }
})

it('a torn tail stays as it is when the name of its copy cannot be synced', async () => {
  const { disk, at, tail } = await torn()
  let syncs = 0
  // The first makes the name of the meta file durable.
  disk.faults = { syncDirectory: async () => (++syncs === 2 ? new Error('EIO: i/o error') : null) }
  await expect(storeOn(disk).open()).rejects.toThrow('EIO')
  expect(disk.get(FIRST).slice(at)).toEqual(tail)
})
