// Who the member of a data directory is: its starts, its peers, and what its cluster was founded with.
import { entriesFrom, hardStateOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import {
  everyPowerCut,
  identityOn,
  storeOn,
  three,
  twoPeers,
  withPeers,
  written,
} from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { WrongDataError } from '../errors.ts'
import type { Configuration } from './configuration.ts'
import type { DiskLogStoreOptions } from './disk-log-store-options.ts'

const META = '/data/meta.json'
const configuration: Configuration = { founders: ['a', 'b', 'c'], purpose: 'replication', kind: 'full' }

/** The directory as the version before wrote it: without starts, peers and configuration. */
async function ofTheVersionBefore(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  await written(disk, three)
  const old = disk.clone()
  old.remove('/data/starts.json')
  old.remove('/data/peers.json')
  const { configuration: _, ...meta } = JSON.parse(Buffer.from(disk.get(META)).toString())
  old.put(META, Buffer.from(JSON.stringify(meta)))
  return old.clone()
}

describe('the starts of a member', () => {
  it('are counted for ever, and the tokens of the last 256 are kept', async () => {
    const disk = new SimulatedDisk()
    let token = 0
    const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(token++ % 250)
    for (let start = 1; start <= 260; start++) await identityOn(disk, { randomBytes })
    const { starts } = await identityOn(disk, { randomBytes })
    expect(starts.count).toBe(261)
    expect(starts.recent).toHaveLength(256)
    expect(starts.recent.at(-1)).toBe('0b0b0b0b')
  })

  it('are durable before the log is open: a power cut forgets none, and of a start that was cut it adds one at most', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three)
    const before = await identityOn(disk)
    for (const [at, cut] of (await everyPowerCut(disk, identityOn)).entries()) {
      const { starts } = await identityOn(cut)
      const { count } = before.starts
      expect(starts.recent.slice(0, count), `cut ${at}`).toEqual(before.starts.recent)
      expect([count + 1, count + 2]).toContain(starts.count)
      expect(starts.recent).toHaveLength(starts.count)
    }
    const after = (await identityOn(disk)).starts
    expect(after.count).toBe(before.starts.count + 2)
  })

  it('are not written when the directory is refused', async () => {
    const disk = new SimulatedDisk()
    await written(disk, three)
    const before = disk.get('/data/starts.json')
    await expect(identityOn(disk, { id: 'b' })).rejects.toBeInstanceOf(WrongDataError)
    expect(disk.get('/data/starts.json')).toEqual(before)
  })
})

describe('the record of the peers', () => {
  it('is replaced as a whole: a power cut leaves the one before or the new one', async () => {
    const disk = new SimulatedDisk()
    await withPeers(disk, { founded: false, peers: new Map() })
    const store = storeOn(disk)
    await store.open()
    const cuts = await everyPowerCut(disk, () => store.recordPeers(twoPeers))
    const counts = await Promise.all(cuts.map(async (cut) => (await identityOn(cut)).record.peers.size))
    expect(new Set(counts)).toEqual(new Set([0, 2]))
    expect((await identityOn(disk.powerCut(() => 0))).record).toEqual(twoPeers)
  })

  it('that could not be written ends every write: what is on the disk is not known', async () => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk)
    await store.open()
    disk.faults = { syncDirectory: async () => new Error('EIO: i/o error') }
    await expect(store.recordPeers(twoPeers)).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
    disk.faults = {}
    await expect(store.recordPeers(twoPeers)).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
    await expect(store.write(three[0]!)).rejects.toMatchObject({ code: 'OARLOCK_LOG_WRITE' })
    await store.close()
  })
})

describe('a directory', () => {
  /** Makes it, and lets the member take part. */
  const founded = async (): Promise<SimulatedDisk> => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { configuration })
    await store.open()
    await store.write([persistOf({ hardState: hardStateOf(1, 'a'), entries: entriesFrom(1, 1, 'x') })])
    await store.close()
    return disk
  }

  it.each<[string, Partial<DiskLogStoreOptions>, string]>([
    [
      'peers',
      { configuration: { ...configuration, founders: ['a', 'b'] } },
      'the peers a, b, c, and it was started now with the peers a, b',
    ],
    [
      'purpose',
      { configuration: { ...configuration, purpose: 'election' } },
      "purpose 'replication', and it was started now with purpose 'election'",
    ],
    [
      'kind',
      { configuration: { ...configuration, kind: 'witness' } },
      "kind 'full', and it was started now with kind 'witness'",
    ],
    [
      'cluster and peers',
      { cluster: 'd', configuration: { ...configuration, founders: ['a'] } },
      "cluster 'c' and the peers a, b, c, and it was started now with cluster 'd' and the peers a",
    ],
  ])(
    'whose member took part is refused with another %s, and the error says what differs',
    async (_, other, text) => {
      const disk = await founded()
      await expect(identityOn(disk, { configuration, ...other })).rejects.toMatchObject({
        code: 'OARLOCK_WRONG_DATA',
        message: `/data holds the data of member 'a', which took part with ${text}. Start it as before, or point it at its own directory. How a cluster changes its members is in docs/errors.md, “Other members”`,
      })
      const { starts } = await identityOn(disk, {
        configuration: { ...configuration, founders: ['c', 'b', 'a'] },
      })
      expect(starts.count).toBe(2)
    },
  )

  describe('of a member that joined by seeds', () => {
    const bySeeds: Configuration = { ...configuration, founders: [] }
    const joined = async (founders?: readonly string[]): Promise<SimulatedDisk> => {
      const disk = new SimulatedDisk()
      const store = storeOn(disk, { configuration: bySeeds })
      await store.open()
      if (founders !== undefined) await store.recordPeers({ ...twoPeers, founded: true, founders })
      await store.close()
      return disk
    }

    it('is the same after a restart with seeds, or with the founders as peers, and not with others', async () => {
      const disk = await joined(['a', 'b', 'c'])
      const again = await identityOn(disk, { configuration: bySeeds })
      expect([again.founders, again.record.founders]).toEqual([undefined, ['a', 'b', 'c']])
      expect((await identityOn(disk, { configuration })).record.founders).toEqual(['a', 'b', 'c'])
      await expect(
        identityOn(disk, { configuration: { ...configuration, founders: ['a', 'b'] } }),
      ).rejects.toMatchObject({
        message: expect.stringContaining('the peers a, b, c, and it was started now'),
      })
      await expect(
        identityOn(disk, { configuration: { ...bySeeds, kind: 'witness' } }),
      ).rejects.toBeInstanceOf(WrongDataError)
    })

    it('founds nothing later, unless it has met nobody', async () => {
      const disk = new SimulatedDisk()
      const store = storeOn(disk, { configuration: bySeeds })
      await store.open()
      await store.write([persistOf({ hardState: hardStateOf(1), entries: entriesFrom(1, 1, 'x') })])
      await store.close()
      await expect(identityOn(disk, { configuration })).rejects.toMatchObject({
        message: expect.stringContaining(
          'took part with seeds, and it was started now with the peers a, b, c.',
        ),
      })
      expect((await identityOn(await joined(), { configuration })).founders).toEqual(['a', 'b', 'c'])
    })

    it('is the same for a founder that is started with seeds', async () => {
      const disk = await founded()
      expect((await identityOn(disk, { configuration: bySeeds })).founders).toEqual(['a', 'b', 'c'])
    })
  })

  it('whose member never took part takes another list of peers, so that a typo needs no new directory', async () => {
    const disk = new SimulatedDisk()
    const { incarnation } = await identityOn(disk, {
      configuration: { ...configuration, founders: ['a', 'b', 'bb'] },
    })
    for (const cut of await everyPowerCut(disk.clone(), (at) => identityOn(at, { configuration })))
      expect(await identityOn(cut, { configuration })).toMatchObject({ incarnation })
    expect(await identityOn(disk, { cluster: 'd', configuration })).toMatchObject({ incarnation })
    expect(JSON.parse(Buffer.from(disk.get(META)).toString())).toMatchObject({ cluster: 'd', configuration })
  })

  it.each([
    ['it has met would be left out: that one may have founded the cluster', ['a', 'c'], false],
    ['it has met is in the list: that one refuses if it has founded', ['a', 'b', 'd'], true],
  ] as const)('takes another list if every peer that %s', async (_, founders, taken) => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { configuration })
    await store.open()
    const [[b, known]] = twoPeers.peers as unknown as [[string, never]]
    await store.recordPeers({ founded: false, peers: new Map([[b, known]]) })
    await store.close()
    const again = identityOn(disk, { configuration: { ...configuration, founders } })
    if (taken) await expect(again).resolves.toMatchObject({ starts: { count: 2 } })
    else await expect(again).rejects.toBeInstanceOf(WrongDataError)
  })

  it.each([
    ['voted', [persistOf({ hardState: hardStateOf(1, 'b') })], null],
    ['written', [persistOf({ entries: entriesFrom(1, 1, 'x') })], null],
    ['founded', [], { founded: true, peers: new Map() }],
  ] as const)('whose member has %s takes no other list', async (_, batch, record) => {
    const disk = new SimulatedDisk()
    const store = storeOn(disk, { configuration })
    await store.open()
    await store.write(batch)
    if (record !== null) await store.recordPeers(record)
    await store.close()
    const other = { configuration: { ...configuration, founders: ['a', 'b', 'c', 'd'] } }
    await expect(identityOn(disk, other)).rejects.toBeInstanceOf(WrongDataError)
  })

  it('of the version before is taken over, at whatever operation the power is cut', async () => {
    const old = await ofTheVersionBefore()
    const first = await identityOn(old.clone(), { configuration })
    expect(first).toMatchObject({ starts: { count: 1 }, record: { founded: false, peers: new Map() } })
    const cuts = await everyPowerCut(old, (disk) => identityOn(disk, { configuration }))
    for (const cut of cuts) {
      const store = storeOn(cut, { configuration })
      const { log, identity } = await store.open()
      expect(log.lastIndex).toBe(3)
      expect(identity.incarnation).toBe(first.incarnation)
      await store.close()
      const other = { configuration: { ...configuration, founders: ['a'] } }
      await expect(identityOn(cut, other)).rejects.toBeInstanceOf(WrongDataError)
    }
  })

  it('that was made is synced in its parent at each start until that once succeeded', async () => {
    const disk = new SimulatedDisk()
    const syncs: string[] = []
    disk.faults = {
      syncDirectory: async (directory) => {
        if (directory === '/') syncs.push(directory)
        return directory === '/' && syncs.length < 3 ? new Error('EIO: i/o error') : null
      },
    }
    for (let failed = 1; failed <= 2; failed++) {
      await expect(identityOn(disk)).rejects.toMatchObject({ code: 'OARLOCK_DATA_ACCESS' })
      expect(syncs).toHaveLength(failed)
      disk.kill()
    }
    await identityOn(disk)
    await identityOn(disk)
    expect(syncs).toHaveLength(3)
    expect((await identityOn(disk.powerCut(() => 0))).starts.count).toBe(3)
  })
})
