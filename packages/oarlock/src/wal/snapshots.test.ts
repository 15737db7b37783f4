import { bytesOf, entriesFrom, hardStateOf, metaOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { WarningLog } from '../../test/raw-peer.ts'
import { changed, everyPowerCut, keepSnapshot, storeOn, xor } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import type { DiskLogStore } from './disk-log-store.ts'

const FILE = '/data/0000000000000007-2.snapshot'
const OLDER = '/data/0000000000000003-1.snapshot'
const bytes = bytesOf(200_000)

async function opened<T>(
  disk: SimulatedDisk,
  use: (store: DiskLogStore) => Promise<T>,
  logger?: WarningLog,
): Promise<T> {
  const store = storeOn(disk, logger === undefined ? {} : { logger })
  await store.open()
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Two snapshots, the log from the older one on. */
async function twoSnapshots(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  await opened(disk, async (store) => {
    for (let at = 1; at <= 8; at++)
      await store.write([
        persistOf({ hardState: hardStateOf(2), entries: entriesFrom(at, at > 5 ? 2 : 1, 'x') }),
      ])
    await keepSnapshot(store, metaOf(3, 1))
    const writer = await store.snapshots.create(metaOf(7, 2))
    await writer.append(bytes)
    await writer.commit()
    await store.compact(metaOf(3, 1))
  })
  return disk
}

const readAll = ({ snapshots }: DiskLogStore, which = 0): Promise<Uint8Array> =>
  snapshots.read(snapshots.stored[which]!, 0, snapshots.stored[which]!.size)

const listed = (disk: SimulatedDisk, logger?: WarningLog) =>
  opened(disk, async ({ snapshots }) => snapshots.stored.map(({ meta }) => meta.index), logger)

describe('a snapshot that is', () => {
  it('cut short under its name is not listed; a warning names it and says so', async () => {
    const disk = await twoSnapshots()
    const { length } = disk.get(FILE)
    for (const cut of [0, 10, 100, 40_000, length - 49, length - 48, length - 1]) {
      const logger = new WarningLog()
      expect(
        await listed(
          changed(disk, FILE, (file) => file.slice(0, cut)),
          logger,
        ),
      ).toEqual([3])
      expect(logger.warnings.map(({ message }) => message)).toEqual([
        `the snapshot ${FILE} is not used: from byte ${cut} on it is cut short`,
      ])
    }
  })

  it('damaged in what describes it is not listed; a warning names the file and the byte', async () => {
    const disk = await twoSnapshots()
    const { length } = disk.get(FILE)
    for (const at of [0, 9, 20, 100, length - 1, length - 40]) {
      const logger = new WarningLog()
      expect(
        await listed(
          changed(disk, FILE, (file) => xor(file, at, 1)),
          logger,
        ),
      ).toEqual([3])
      expect(logger.warnings).toHaveLength(1)
      expect(logger.warnings[0]!.message).toMatch(/is not used: from byte \d+ on/)
      expect(logger.warnings[0]!.message).not.toContain('cut short')
    }
  })

  it('damaged in its bytes is listed, and noticed when they are read, at any byte', async () => {
    const disk = await twoSnapshots()
    for (let at = 300; at < disk.get(FILE).length - 48; at += 4999)
      await opened(
        changed(disk, FILE, (file) => xor(file, at, 1)),
        async (store) => {
          if (store.snapshots.stored.length === 1) return
          await expect(readAll(store)).rejects.toMatchObject({
            code: 'OARLOCK_SNAPSHOT_DAMAGED',
            message: expect.stringContaining(FILE),
          })
          expect(await readAll(store, 1)).toHaveLength(100)
        },
      )
  })

  it('damaged in one block serves the others', async () => {
    const disk = changed(await twoSnapshots(), FILE, (file) => xor(file, 100_000, 1))
    await opened(disk, async ({ snapshots }) => {
      const [newest] = snapshots.stored
      expect(Buffer.from(await snapshots.read(newest!, 0, 65_536))).toEqual(
        Buffer.from(bytes.slice(0, 65_536)),
      )
      await expect(snapshots.read(newest!, 65_535, 2)).rejects.toMatchObject({
        code: 'OARLOCK_SNAPSHOT_DAMAGED',
      })
    })
  })

  it('from another place of the file, another file or another directory is noticed', async () => {
    const disk = await twoSnapshots()
    const block = 65_536 + 12
    const header = Buffer.from(disk.get(FILE)).readUInt32LE(12) + 36
    await opened(
      changed(disk, FILE, (file) => file.copyWithin(header, header + block, header + 2 * block)),
      async (store) => expect(store.snapshots.stored).toHaveLength(1),
    )
    const other = await twoSnapshots()
    await opened(
      changed(disk, FILE, () => other.get(FILE)),
      async (store) => expect(store.snapshots.stored).toHaveLength(1),
    )
  })

  it('missing, cut short or damaged while the log begins after it is left to the member, with warnings', async () => {
    const disk = await twoSnapshots()
    await opened(disk, async (store) => store.compact(metaOf(7, 2)))
    const without = disk.clone()
    without.remove(FILE)
    const unreached = 'the log in /data goes on from entry 7, and no snapshot there reaches as far'
    for (const [broken, what] of [
      [changed(disk, FILE, (file) => file.slice(0, 1000)), 'from byte 1000 on it is cut short'],
      [changed(disk, FILE, (file) => xor(file, 0, 1)), 'from byte 0 on it does not begin as a snapshot'],
      [without, null],
    ] as const) {
      const logger = new WarningLog()
      const before = broken.exists(FILE) ? broken.get(FILE) : null
      expect(await listed(broken, logger)).toEqual([3])
      expect(logger.warnings.map(({ message }) => message)).toEqual([
        ...(what === null ? [] : [`the snapshot ${FILE} is not used: ${what}`]),
        unreached,
      ])
      if (before !== null) expect(broken.get(FILE)).toEqual(before)
      expect(broken.openHandles).toBe(0)
    }
  })

  it('unusable goes when the next one is stored', async () => {
    const disk = changed(await twoSnapshots(), FILE, (file) => file.slice(0, 1000))
    await opened(disk, (store) => keepSnapshot(store, metaOf(8, 2)))
    expect(disk.exists(FILE)).toBe(false)
    expect(await listed(disk)).toEqual([8, 3])
  })

  it('being written when the power fails is there whole, or not at all', async () => {
    const disk = await twoSnapshots()
    const cuts = await everyPowerCut(disk, (disk) =>
      opened(disk, (store) => keepSnapshot(store, metaOf(8, 2), 150_000)),
    )
    const lists = new Set<string>()
    for (const cut of cuts) {
      const logger = new WarningLog()
      await opened(
        cut,
        async (store) => {
          lists.add(store.snapshots.stored.map(({ meta }) => meta.index).join())
          for (let i = 0; i < store.snapshots.stored.length; i++) await readAll(store, i)
        },
        logger,
      )
      expect(logger.warnings).toEqual([])
      expect(cut.list('/data').filter((name) => name.endsWith('.tmp'))).toEqual([])
    }
    expect(lists).toEqual(new Set(['7,3', '8,7,3']))
  })
})

describe('a failed write of a snapshot', () => {
  it.each(['write', 'sync', 'syncDirectory'] as const)(
    '(%s) costs that snapshot, and the log goes on',
    async (operation) => {
      const disk = await twoSnapshots()
      const before = [disk.get(FILE), disk.get(OLDER)]
      await opened(disk, async (store) => {
        const writer = await store.snapshots.create(metaOf(8, 2))
        await writer.append(bytes.subarray(0, 1000))
        disk.faults = {
          [operation]: () => {
            if (operation === 'write') throw new Error('ENOSPC: no space left on device')
            return Promise.resolve(new Error('EIO: i/o error'))
          },
        }
        await expect(writer.commit()).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
        disk.faults = {}
        await expect(writer.commit()).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
        await writer.abort()
        await store.write([persistOf({ entries: entriesFrom(9, 2, 'x') })])
        expect(store.snapshots.stored.map(({ meta }) => meta.index)).toEqual([7, 3])
        await keepSnapshot(store, metaOf(8, 2))
        expect(store.snapshots.stored.map(({ meta }) => meta.index)).toEqual([8, 7, 3])
      })
      expect([disk.get(FILE), disk.get(OLDER)]).toEqual(before)
      expect(disk.openHandles).toBe(0)
    },
  )
})
