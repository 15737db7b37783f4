// The survivor of a cluster that has lost its majority: what it holds, and what it becomes.
import {
  type Configuration,
  decodeChange,
  encodeChange,
  index,
  type MembershipChange,
  term,
} from '@oarlock/core'
import type { Generation, OpenedLog } from '@oarlock/runtime'
import { generationStep } from '@oarlock/runtime'
import { entriesFrom, hardStateOf, metaOf, persistOf } from '@oarlock/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { everyPowerCut, keepSnapshot, xor } from '../../test/wal/log-on-disk.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { CorruptLogError, DataAccessError, DataLockedError, type RecoveryError } from '../errors.ts'
import { DiskLogStore, decide, readSurvivor } from '../wal/index.ts'
import { changesToAlone, newGeneration } from './new-generation.ts'
import { recover, recoverOn } from './recover.ts'

const founders = ['a', 'b', 'c']
const incarnationOfB = '0b'.repeat(16)

const storeOn = (fileSystem: SimulatedDisk, kind: 'full' | 'witness' = 'full', known = founders) =>
  new DiskLogStore({
    directory: '/data',
    cluster: 'shop',
    id: 'a',
    fileSystem,
    configuration: { founders: known, purpose: 'replication', kind },
    preallocate: false,
  })

const changeAt = (at: number, inTerm: number, change: MembershipChange) => ({
  index: index(at),
  term: term(inTerm),
  type: 'configuration' as const,
  data: encodeChange(change),
})

/** A member that knew two peers, with three entries, of which it knows one to be committed. */
async function survivor(
  write: (store: DiskLogStore) => Promise<unknown> = async () => {},
): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  const store = storeOn(disk)
  await store.open()
  const peers = new Map([['b', { incarnation: incarnationOfB, start: 3, token: 'b0b0b0b0' }]])
  await store.recordPeers({ founded: true, peers })
  await store.write([
    persistOf({ hardState: hardStateOf(5, 'b', 1), entries: entriesFrom(1, 4, 'one', 'two', 'three') }),
  ])
  await write(store)
  await store.close()
  return disk.clone()
}

const run = (disk: SimulatedDisk, confirm?: string) => recoverOn(disk, '/data', confirm)

async function recovered(disk: SimulatedDisk): Promise<SimulatedDisk> {
  const { confirm } = await run(disk)
  await run(disk, confirm)
  return disk
}

interface Found {
  readonly term: number
  readonly commit: number
  readonly lastIndex: number
  readonly generation: Generation | undefined
}

const read = async <T>(disk: SimulatedDisk, look: (opened: OpenedLog) => T): Promise<T> => {
  const store = storeOn(disk)
  try {
    return look(await store.open())
  } finally {
    await store.close()
  }
}

const found = (disk: SimulatedDisk): Promise<Found> =>
  read(disk, ({ hardState, log, identity }) => ({
    term: hardState.term,
    commit: hardState.commit,
    lastIndex: log.lastIndex,
    generation: identity.record.generation,
  }))

const filesOf = (disk: SimulatedDisk): Record<string, Uint8Array> =>
  Object.fromEntries(disk.list('/data').map((name) => [name, disk.get(`/data/${name}`)]))

describe('without a confirmation', () => {
  it('says what the survivor holds, and changes nothing', async () => {
    const disk = await survivor()
    const before = filesOf(disk)
    expect(await run(disk)).toEqual({
      recovered: false,
      id: 'a',
      cluster: 'shop',
      purpose: 'replication',
      kind: 'voter',
      others: [
        { id: 'b', kind: 'voter' },
        { id: 'c', kind: 'voter' },
      ],
      generation: 0,
      term: 5,
      lastIndex: 3,
      lastTerm: 4,
      commit: 1,
      snapshotIndex: null,
      leaderTime: null,
      mayBeLost: expect.stringMatching(
        /^Entries after 3, which only b, c had: .* Of the last 2 'a' does not know/,
      ),
      confirm: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(filesOf(disk)).toEqual(before)
    expect((await run(disk)).confirm).toBe((await run(disk)).confirm)
    expect(disk.openHandles).toBe(0)
  })

  it('counts the snapshots of which every byte is good, and refuses a log that goes on from none', async () => {
    const disk = await survivor(async (store) => {
      await keepSnapshot(store, metaOf(2, 4), 70_000)
      await store.compact(metaOf(2, 4))
    })
    expect(await run(disk)).toMatchObject({ snapshotIndex: 2, lastIndex: 3 })
    const file = '/data/0000000000000002-4.snapshot'
    const damaged = disk.clone()
    damaged.put(file, xor(disk.get(file), 50_000, 1))
    await expect(run(damaged)).rejects.toMatchObject({
      code: 'OARLOCK_SNAPSHOT_DAMAGED',
      message: expect.stringContaining(file),
    })
    const without = disk.clone()
    without.remove(file)
    await expect(run(without)).rejects.toMatchObject({ reason: 'no-data' })
  })
})

describe('with the confirmation', () => {
  it('the survivor is the only voter of a new generation, everything that it has is committed, and the term is out of reach of the others', async () => {
    const disk = await survivor()
    const { confirm } = await run(disk)
    expect(await run(disk, confirm)).toMatchObject({ recovered: true, generation: 1, lastIndex: 3 })
    expect(await found(disk)).toEqual({
      term: 5 + generationStep,
      commit: 5,
      lastIndex: 5,
      generation: { number: 1, id: expect.stringMatching(/^[0-9a-f]{16}$/) },
    })
    const changes = await read(disk, ({ log }) =>
      log.entries(index(4), index(6), 1e6).map(({ data }) => data),
    )
    expect(decodeChange(changes[0]!).context).toMatchObject({ bind: { b: incarnationOfB }, recovered: true })
    // The next start finds the same.
    expect((await found(disk.clone())).lastIndex).toBe(5)
    await expect(run(disk)).rejects.toMatchObject({ reason: 'only-voter' })
  })

  it('a member that joined later knows the founders from the others, and can be the survivor as well', async () => {
    const disk = new SimulatedDisk()
    const joiner = storeOn(disk, 'full', [])
    await joiner.open()
    await joiner.recordPeers({ founded: true, peers: new Map(), founders: ['b', 'c'] })
    const taken = changeAt(1, 4, { transition: 'auto', changes: [{ kind: 'voter', id: 'a' }] })
    await joiner.write([
      persistOf({ hardState: hardStateOf(4, 'b', 1), entries: [taken, ...entriesFrom(2, 4, 'x')] }),
    ])
    await joiner.close()
    expect(await run(disk)).toMatchObject({
      kind: 'voter',
      others: [
        { id: 'b', kind: 'voter' },
        { id: 'c', kind: 'voter' },
      ],
    })
    await recovered(disk)
    const again = storeOn(disk, 'full', [])
    const { log, identity } = await again.open()
    expect(log.lastIndex).toBe(4)
    expect(identity.record).toMatchObject({ founders: ['b', 'c'], generation: { number: 1 } })
    await again.close()
    await expect(run(disk)).rejects.toMatchObject({ reason: 'only-voter' })
  })

  it('of a directory that was used meanwhile, or of another one, nothing is changed', async () => {
    const disk = await survivor()
    const { confirm } = await run(disk)
    const other = await survivor()
    await found(disk)
    for (const used of [disk, other]) {
      const before = filesOf(used)
      await expect(run(used, confirm)).rejects.toMatchObject({ reason: 'changed', outcome: 'not-applied' })
      expect(filesOf(used)).toEqual(before)
    }
  })

  it('a power cut at any step leaves the old state or the new one, and the same confirmation completes it', async () => {
    const disk = await survivor()
    const { confirm } = await run(disk)
    const seen = new Set<number>()
    let completed = 0
    for (const [at, cut] of (await everyPowerCut(disk, (disk) => run(disk, confirm))).entries()) {
      const again = cut.clone()
      const { term, commit, lastIndex, generation } = await found(cut)
      seen.add(lastIndex)
      const isNew = lastIndex === 5
      expect({ at, term, commit, lastIndex, generation: generation?.number }).toEqual(
        isNew
          ? { at, term: 5 + generationStep, commit: 5, lastIndex: 5, generation: 1 }
          : { at, term: 5, commit: 1, lastIndex: 3, generation: undefined },
      )
      // Once more, by the operator: unless the directory is recovered and was closed since.
      const outcome = await run(again, confirm).then(
        () => 'done',
        (error) => (error as RecoveryError).reason,
      )
      if (outcome === 'done') completed++
      else expect(['only-voter', 'changed']).toContain(outcome)
      if (!isNew) expect(outcome).toBe('done')
      if (outcome === 'done')
        expect(await found(again)).toMatchObject({ lastIndex: 5, term: 5 + generationStep })
    }
    expect(seen).toEqual(new Set([3, 5]))
    expect(completed).toBeGreaterThan(10)
  })

  it('what was decided is durable, and so is its end. Should it come back all the same, it cuts nothing off', async () => {
    const disk = await survivor()
    const decided = newGeneration(await readSurvivor(disk, '/data'), 'aa')
    await decide((await readSurvivor(disk, '/data')).files, decided)
    const after = disk.powerCut(() => 0)
    const file = after.get('/data/recovery.json')
    expect(await found(after)).toMatchObject({ lastIndex: 5, generation: { number: 1, id: 'aa' } })
    expect(after.powerCut(() => 0).exists('/data/recovery.json')).toBe(false)
    const store = storeOn(after)
    await store.open()
    await store.write([persistOf({ entries: entriesFrom(6, decided.term, 'later') })])
    await store.close()
    after.put('/data/recovery.json', file)
    expect(await found(after)).toMatchObject({ lastIndex: 6, generation: { number: 1, id: 'aa' } })
    after.put('/data/recovery.json', xor(file, 60, 1))
    await expect(found(after)).rejects.toThrow('/data/recovery.json is damaged')
  })

  it('a second recovery begins another generation, with a greater term', async () => {
    const disk = await recovered(await survivor())
    const store = storeOn(disk)
    await store.open()
    await store.write([
      persistOf({
        hardState: { ...hardStateOf(6 + generationStep, 'a'), commit: index(5) },
        entries: [
          changeAt(6, 6 + generationStep, { transition: 'auto', changes: [{ kind: 'voter', id: 'd' }] }),
        ],
      }),
    ])
    await store.close()
    expect(await run(disk)).toMatchObject({ generation: 1, others: [{ id: 'd', kind: 'voter' }] })
    await recovered(disk)
    expect(await found(disk)).toMatchObject({
      term: 6 + 2 * generationStep,
      lastIndex: 8,
      generation: { number: 2 },
    })
  })
})

describe('is refused', () => {
  it('while another process has the directory', async () => {
    const disk = await survivor()
    const store = storeOn(disk)
    await store.open()
    await expect(run(disk)).rejects.toBeInstanceOf(DataLockedError)
    await store.close()
  })

  it('a witness, a removed member, the only voter, and an empty directory', async () => {
    const reason = (disk: SimulatedDisk) => expect(run(disk)).rejects
    const empty = new SimulatedDisk()
    empty.makeDirectory()
    await reason(empty).toMatchObject({ code: 'OARLOCK_RECOVERY', reason: 'no-data' })
    const neverUsed = new SimulatedDisk()
    await read(neverUsed, () => {})
    await reason(neverUsed).toMatchObject({ reason: 'no-data' })

    const witness = new SimulatedDisk()
    const store = storeOn(witness, 'witness')
    await store.open()
    await store.write([persistOf({ hardState: hardStateOf(1), entries: entriesFrom(1, 1, 'x') })])
    await store.close()
    await reason(witness).toMatchObject({ reason: 'witness' })

    const without = (...ids: string[]) =>
      survivor((store) => {
        const changes = ids.map((id) => ({ kind: 'remove' as const, id }))
        return store.write([
          persistOf({
            entries: [
              changeAt(4, 4, { transition: 'explicit', changes }),
              changeAt(5, 4, { transition: 'auto', changes: [] }),
            ],
          }),
        ])
      })
    await reason(await without('a')).toMatchObject({ reason: 'no-member' })
    await reason(await without('b', 'c')).toMatchObject({ reason: 'only-voter' })
  })

  it('a damaged log, by the name of its file, and a term that leaves no room', async () => {
    const disk = await survivor(async (store) => {
      await store.write([persistOf({ entries: entriesFrom(4, 4, 'four') })])
    })
    const file = '/data/00000001.wal'
    const damaged = disk.clone()
    damaged.put(file, xor(disk.get(file), 100, 1))
    await expect(run(damaged)).rejects.toBeInstanceOf(CorruptLogError)
    await expect(run(damaged)).rejects.toThrow(file)
    const late = await survivor((store) =>
      store.write([persistOf({ hardState: { ...hardStateOf(2), term: term(2 ** 53 - 2 ** 41 + 1) } })]),
    )
    await expect(recovered(late)).rejects.toMatchObject({ reason: 'no-terms-left' })
  })

  it('a path that is no directory, and options that cannot work', async () => {
    await expect(recover({ data: '/proc/self/no-such-directory' })).rejects.toBeInstanceOf(DataAccessError)
    await expect(recover({ data: '' })).rejects.toThrow(/data/)
    await expect(recover({} as never)).rejects.toThrow(/data/)
    await expect(recover({ data: 'x', confirm: 7 } as never)).rejects.toThrow(/confirm/)
    await expect(recover({ data: 'x', confrim: 'y' } as never)).rejects.toThrow(/confrim/)
  })
})

describe('the changes that leave the survivor alone', () => {
  const alone = (configuration: Partial<Configuration>, id = 'a') =>
    changesToAlone(
      {
        voters: ['a', 'b', 'c'],
        outgoing: [],
        learners: [],
        learnersNext: [],
        autoLeave: false,
        ...configuration,
      },
      id,
      {},
    )
  const ids = (changes: readonly MembershipChange[]) =>
    changes.map(({ transition, changes }) => [transition, ...changes.map(({ kind, id }) => `${kind} ${id}`)])

  it('remove learners, too', () => {
    expect(ids(alone({ learners: ['d'] }))).toEqual([
      ['explicit', 'remove b', 'remove c', 'remove d'],
      ['auto'],
    ])
  })

  it('first leave a joint configuration', () => {
    expect(
      ids(alone({ voters: ['a', 'd'], outgoing: ['a', 'b'], learnersNext: ['b'], learners: ['e'] })),
    ).toEqual([['auto'], ['explicit', 'remove b', 'remove d', 'remove e'], ['auto']])
  })

  it('make a voter of a learner', () => {
    expect(ids(alone({ learners: ['d'] }, 'd'))).toEqual([
      ['explicit', 'voter d', 'remove a', 'remove b', 'remove c'],
      ['auto'],
    ])
  })
})
