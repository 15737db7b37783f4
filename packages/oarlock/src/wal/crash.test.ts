// Repeated power cuts at any operation of the disk and with any pattern of writes, compactions and snapshots from
// other members. Acknowledged writes are always there, and of the rest only a prefix.
import { emptyHardState, index, type Persist } from '@oarlock/core'
import type { PeerRecord } from '@oarlock/runtime'
import { bytesOf, entriesFrom, hardStateOf, metaOf, offerOf, persistOf } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../test/random.ts'
import { keepSnapshot } from '../../test/wal/log-on-disk.ts'
import {
  contentsOf,
  firstIndexOf,
  lastIndexOf,
  type State,
  stateAfter,
  stateCompacted,
  termIn,
} from '../../test/wal/log-state.ts'
import { SimulatedDisk } from '../../test/wal/simulated-disk.ts'
import { IdentityOracle } from '../../test/wal/simulation/identity-oracle.ts'
import { DiskLogStore } from './disk-log-store.ts'

/** How the log is cut into files, and whether they are filled with zeros ahead. */
interface Shape {
  readonly segmentBytes: number
  readonly preallocate: boolean
  readonly memoryBytes: number
}

const storeOn = (fileSystem: SimulatedDisk, shape: Shape) =>
  new DiskLogStore({ directory: '/data', cluster: 'c', id: 'a', fileSystem, ...shape })

/** A random write: how many entries it replaces, what it appends, its vote, whether it must be synced. */
const draft = fc.record({
  back: fc.nat(3),
  data: fc.array(
    fc.uint8Array({ maxLength: 20 }).chain((seed) => fc.nat(60).map((times) => repeated(seed, times))),
    {
      maxLength: 3,
    },
  ),
  vote: fc.option(fc.constantFrom('a', 'b', 'ß')),
  mustSync: fc.boolean(),
})
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const result = new Uint8Array(bytes.length * times)
  for (let i = 0; i < times; i++) result.set(bytes, i * bytes.length)
  return result
}

/** The write that a draft becomes for a log in this state. */
function persistFor(state: State, { back, data, vote, mustSync }: Draft, term: number): Persist {
  const first = Math.max(firstIndexOf(state), lastIndexOf(state) + 1 - back)
  return persistOf({
    hardState: vote === null && data.length > 0 ? null : hardStateOf(term, vote),
    entries: entriesFrom(first, term, ...data),
    mustSync: mustSync || data.length > 0,
  })
}

/** A batch, and what follows it: the log is compacted, or replaced by a snapshot from another member. */
interface Step {
  readonly drafts: readonly Draft[]
  readonly next: 'compact' | 'install' | null
}

/** The write that replaces the log by a snapshot that was received. */
async function receive(store: DiskLogStore, state: State, term: number): Promise<Persist> {
  const bytes = bytesOf(70_000)
  const offer = offerOf(lastIndexOf(state) + 3, term, bytes)
  await store.snapshots.startPartial(offer)
  await store.snapshots.appendPartial(0, bytes.subarray(0, 1000))
  await store.snapshots.appendPartial(1000, bytes.subarray(1000))
  await store.snapshots.commitPartial()
  const { snapshot } = offer
  return persistOf({
    hardState: hardStateOf(term, null, snapshot.index),
    snapshot,
    entries: entriesFrom(snapshot.index + 1, term, 'x'),
  })
}

interface Life {
  /** The power is cut before this operation of the disk. */
  readonly cutAt: number
  readonly shape: Shape
  readonly term: number
  readonly random: () => number
  /** What is known of the starts and the peers. */
  readonly identity: IdentityOracle
}

interface Cut {
  readonly disk: SimulatedDisk
  /** The states that may be found: the last durable one, and those written after it, in order. */
  readonly allowed: readonly State[]
}

/**
 * Opens the log, which must have the expected state, and writes the batches, each beside a record of the peers. The power is cut in between or
 * at the end.
 */
async function untilPowerCut(
  disk: SimulatedDisk,
  expected: State,
  steps: readonly Step[],
  { cutAt, shape, term, random, identity }: Life,
): Promise<Cut> {
  let possible: State[] = [expected]
  let cut: (Cut & { readonly known: IdentityOracle['expected'] }) | null = null
  let operations = 0
  const operation = (): void => {
    if (operations++ !== cutAt) return
    cut = { disk: disk.powerCut(random), allowed: [...possible], known: identity.expected }
  }
  const syncing = async (): Promise<null> => {
    operation()
    return null
  }
  const write = (_: string, bytes: number): number => {
    operation()
    return bytes
  }
  disk.faults = { write, sync: syncing, syncDirectory: syncing }
  const store = storeOn(disk, shape)
  const opened = await store.open()
  expect(contentsOf(opened)).toEqual(expected)
  identity.found(opened.identity)
  for (const { drafts, next } of steps) {
    const batch: Persist[] = []
    for (const drawn of drafts) {
      const persist = persistFor(possible.at(-1)!, drawn, term)
      batch.push(persist)
      possible.push(stateAfter(possible.at(-1)!, persist))
    }
    const record = recordOf(term, possible.length)
    const recorded = identity.submit(record)
    await Promise.all([store.write(batch), store.recordPeers(record).then(recorded)])
    if (batch.some(({ mustSync }) => mustSync)) possible = [possible.at(-1)!]
    const now = possible.at(-1)!
    if (next === 'install') {
      const replacing = await receive(store, now, term)
      possible.push(stateAfter(now, replacing))
      await store.write([replacing])
    } else if (next === 'compact' && now.entries.length > 0) {
      const at = index(lastIndexOf(now) - (now.entries.length >> 1))
      const to = metaOf(at, termIn(now, at))
      await keepSnapshot(store, to)
      possible.push(stateCompacted(now, to))
      await store.compact(to)
    } else continue
    possible = [possible.at(-1)!]
    // What is not in memory is read from disk.
    expect(contentsOf(opened)).toEqual(possible[0])
  }
  await store.close()
  const stopped = cut ?? { disk: disk.powerCut(random), allowed: possible, known: identity.expected }
  identity.backTo(stopped.known)
  return stopped
}

const recordOf = (term: number, start: number): PeerRecord => ({
  founded: term % 2 === 0,
  peers: new Map([['b', { incarnation: 'x', start, token: 'y' }]]),
})

describe('a power cut', () => {
  it('loses nothing that was acknowledged, and leaves of the rest only a prefix', async () => {
    const lives = fc.array(
      fc.record({
        steps: fc.array(
          fc.record({
            drafts: fc.array(draft, { minLength: 1, maxLength: 3 }),
            next: fc.option(fc.constantFrom('compact', 'install'), { freq: 1 }),
          }),
          { maxLength: 6 },
        ),
        cutAt: fc.nat(90),
        cutRepairAt: fc.nat(12),
      }),
      { minLength: 1, maxLength: 4 },
    )
    const shape = fc.record({
      segmentBytes: fc.constantFrom(65, 600, 3000, 20_000),
      preallocate: fc.boolean(),
      memoryBytes: fc.constantFrom(0, 100, 100_000),
    })
    await fc.assert(
      fc.asyncProperty(lives, shape, fc.integer(), async (lives, shape, seed) => {
        const random = seeded(seed)
        const identity = new IdentityOracle()
        let disk = new SimulatedDisk()
        let expected: State = { hardState: emptyHardState, snapshot: null, entries: [] }
        for (const [i, { steps, cutAt, cutRepairAt }] of lives.entries()) {
          const cut = await untilPowerCut(disk, expected, steps, {
            cutAt,
            shape,
            random,
            term: i + 1,
            identity,
          })
          const store = storeOn(cut.disk.clone(), shape)
          expected = contentsOf(await store.open())
          await store.close()
          expect(cut.allowed).toContainEqual(expected)
          // A second cut, during the repair, changes nothing. The next life begins after it.
          const repair = await untilPowerCut(cut.disk, expected, [], {
            cutAt: cutRepairAt,
            shape,
            random,
            term: 0,
            identity,
          })
          disk = repair.disk
        }
      }),
      { numRuns: 300 },
    )
  })
})
