// Simulates the log store on a disk, from one seed. In each of several lives it is opened, written to, and
// stopped at any operation, while fsyncs fail, the disk fills up, and it is opened a second time. At the end
// its files are damaged. The oracle knows what must be there. A run is a pure function of the seed.

import { index, type Persist } from '@oarlock/core'
import { LogWriteError } from '@oarlock/runtime'
import { CorruptLogError, DataAccessError, DataLockedError } from '../../../src/errors.ts'
import type { OpenedLog } from '../../../src/index.ts'
import { DiskLogStore } from '../../../src/wal/disk-log-store.ts'
import { SEGMENT_HEADER_BYTES } from '../../../src/wal/segment.ts'
import { below, pick, type Random, seeded } from '../../random.ts'
import { contentsOf, entryAsText, firstIndexOf, type State } from '../log-state.ts'
import { SimulatedDisk } from '../simulated-disk.ts'
import { type DurableLog, settled, usedBytes } from './damage.ts'
import { tryDamage } from './damage-trial.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { IdentityOracle } from './identity-oracle.ts'
import { drawLife, type Habits, type Life } from './life.ts'
import { Oracle, Violation } from './oracle.ts'
import { endOf, type LastSegment, lastSegment, segmentsOn } from './segments.ts'
import { SnapshotLife } from './snapshot-life.ts'
import { type Style, Workload } from './workload.ts'

export interface LogStoreRun {
  readonly seed: number
  readonly violation: Violation | null
  /** The number of operations of the disk. */
  readonly operations: number
}

export async function simulateLogStore(seed: number): Promise<LogStoreRun> {
  const simulation = new LogStoreSimulation(seed)
  try {
    await simulation.run()
    return { seed, violation: null, operations: simulation.operations }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return { seed, violation: error, operations: simulation.operations }
  }
}

class LogStoreSimulation {
  operations = 0
  readonly #random: Random
  readonly #shape: {
    readonly segmentBytes: number
    readonly preallocate: boolean
    readonly memoryBytes: number
  }
  readonly #habits: Habits
  readonly #style: Style
  readonly #randomBytes: (count: number) => Uint8Array
  readonly #workload: Workload
  #disk = new SimulatedDisk()
  #oracle = new Oracle()
  #identity = new IdentityOracle()
  #snapshots: SnapshotLife
  /** The segments from before the disk was wiped. */
  #stale: ReadonlyMap<string, Uint8Array> = new Map()

  constructor(seed: number) {
    this.#random = seeded(seed, 'lives')
    const shape = seeded(seed, 'shape')
    const incarnations = seeded(seed, 'incarnations')
    const compacts = shape() < 0.25
    const receives = shape() < 0.2
    this.#shape = {
      segmentBytes: compacts ? 600 : pick([65, 600, 3000, 20_000], shape),
      preallocate: compacts || shape() < 0.5,
      memoryBytes: pick([0, 300, 3000, 1_000_000], shape),
    }
    this.#style = { uniform: shape() < 0.4, withoutZeros: shape() < 0.6 }
    this.#habits = { compacts, receives, small: this.#style.uniform }
    this.#workload = new Workload(this.#style, seeded(seed, 'workload'))
    this.#snapshots = new SnapshotLife(this.#workload, seeded(seed, 'snapshots'))
    this.#randomBytes = (length) => Uint8Array.from({ length }, () => below(256, incarnations))
  }

  async run(): Promise<void> {
    for (let lives = 1 + below(5, this.#random); lives > 0; lives--)
      await this.#live(drawLife(this.#habits, this.#random))
    if (this.#style.withoutZeros && this.#random() < 0.5) {
      if (this.#random() < 0.5) await this.#wipe()
      await this.#damage()
    } else await this.#quietLife(0)
  }

  #store(disk = this.#disk): DiskLogStore {
    return new DiskLogStore({
      directory: '/data',
      cluster: 'c',
      id: 'a',
      fileSystem: disk,
      randomBytes: this.#randomBytes,
      ...this.#shape,
    })
  }

  async #live({ plan, batches, openedTwice, end }: Life): Promise<void> {
    let { possible } = this.#oracle
    let { expected } = this.#identity
    let { expected: snapshots } = this.#snapshots.oracle
    const disk = new FaultyDisk(this.#disk, plan, this.#random, () => {
      possible = this.#oracle.possible
      expected = this.#identity.expected
      snapshots = this.#snapshots.oracle.expected
    })
    const store = this.#store()
    const opened = await this.#open(store, disk)
    if (opened !== null) {
      if (openedTwice) await this.#openAgain()
      for (let left = batches; left > 0 && disk.stopped === null; left--) {
        if (!(await this.#act(store, disk))) break
        if (!this.#readEntries(opened, disk)) break
        for (let turns = below(8, this.#random); turns > 0; turns--) await null
      }
    }
    await store.close()
    this.operations += disk.operations
    if (disk.stopped !== null) {
      this.#oracle.backTo(possible)
      this.#identity.backTo(expected)
      this.#snapshots.oracle.backTo(snapshots)
      if (disk.faults > 0) this.#snapshots.oracle.mayLosePartial()
      this.#disk = disk.stopped
    } else if (end === 'power cut') this.#disk = this.#disk.powerCut(this.#random)
    else if (end === 'closed, caches dropped') this.#disk.dropCaches()
  }

  /** Null if the disk has failed, which is not a bug of the store. */
  async #open(store: DiskLogStore, disk: FaultyDisk): Promise<OpenedLog | null> {
    let opened: OpenedLog
    const before = lastSegment(this.#disk)
    try {
      opened = await store.open()
    } catch (error) {
      if (disk.faults > 0 && !(error instanceof CorruptLogError)) {
        this.#snapshots.oracle.mayLosePartial()
        return null
      }
      throw new Violation('OPEN', String(error))
    }
    const found = contents(opened, disk)
    if (found === null) return null
    this.#oracle.found(found)
    this.#workload.begin(found)
    this.#identity.found(opened.identity)
    await this.#snapshots.found(store, disk)
    if (before !== null && disk.faults === 0) this.#checkCopy(before)
    return opened
  }

  #checkCopy({ file, bytes }: LastSegment): void {
    const disk = this.#disk
    const kept = disk.exists(file) ? Math.max(SEGMENT_HEADER_BYTES, usedBytes(disk.get(file))) : 0
    const tail = settled(bytes).subarray(kept, usedBytes(bytes))
    if (tail.length === 0) return
    const copy = `${file}.${kept}.broken`
    if (!disk.exists(copy))
      throw new Violation('TAIL', `${tail.length} bytes were cut off, and ${copy} is missing`)
    // An interrupted repair may have cut off a part already, or filled it with zeros.
    const copied = disk.get(copy)
    if (!tail.every((byte, at) => byte === 0 || byte === copied[at]))
      throw new Violation('TAIL', `${copy} does not hold the ${tail.length} bytes that were cut off`)
  }

  async #openAgain(): Promise<void> {
    const second = this.#store()
    const outcome = await second.open().catch((error: unknown) => error)
    await second.close()
    if (!(outcome instanceof DataLockedError))
      throw new Violation(
        'LOCK',
        `a second open was not refused: ${outcome instanceof Error ? outcome : 'it succeeded'}`,
      )
  }

  /** One write, and perhaps other things beside it. False if the disk has failed. */
  async #act(store: DiskLogStore, disk: FaultyDisk): Promise<boolean> {
    const random = this.#random
    const recording =
      random() < (this.#habits.compacts ? 0.05 : 0.3) ? this.#recordPeers(store, disk) : Promise.resolve(true)
    const snapshot =
      random() < (this.#habits.compacts ? 0.5 : 0.3)
        ? this.#snapshots.takeAndCompact(store, this.#oracle, disk)
        : Promise.resolve(true)
    const written =
      random() < (this.#habits.receives ? 0.5 : 0.85) ? this.#write(store, disk) : this.#install(store, disk)
    const done = await Promise.all([recording, snapshot, written])
    return done.every((good) => good)
  }

  /** Receives a snapshot, which replaces the log when it is complete. False if the disk has failed. */
  async #install(store: DiskLogStore, disk: FaultyDisk): Promise<boolean> {
    const { current } = this.#oracle
    const offered = this.#workload.offered(current)
    const meta = await this.#snapshots.receive(store, offered, disk)
    if (meta === null || this.#random() < 0.2) return true
    const installation = this.#workload.installation(meta)
    return installation === null || this.#attempt(store, disk, [installation])
  }

  /** Reads some entries again, most of them from disk. False if the disk has failed. */
  #readEntries({ log }: OpenedLog, disk: FaultyDisk): boolean {
    const { current } = this.#oracle
    const random = this.#random
    if (current.entries.length === 0 || random() < 0.4) return true
    const from = below(current.entries.length, random)
    const to = from + 1 + below(current.entries.length - from, random)
    const first = firstIndexOf(current)
    try {
      const found = log.entries(index(first + from), index(first + to), below(4000, random)).map(entryAsText)
      const expected = current.entries.slice(from, from + found.length)
      if (found.length > 0 && JSON.stringify(found) === JSON.stringify(expected)) return true
      throw new Violation(
        'READ',
        `found ${found.length} entries from ${first + from} on, not those that were written`,
      )
    } catch (error) {
      if (disk.faults > 0 && error instanceof DataAccessError) return false
      throw error instanceof Violation ? error : new Violation('READ', String(error))
    }
  }

  /**
   * A member would stop at the first failure. Here the same batch is tried again. False if it was not
   * written.
   */
  async #write(store: DiskLogStore, disk: FaultyDisk): Promise<boolean> {
    const batch = this.#workload.batch(this.#oracle.current)
    for (let attempts = 0; attempts < 3; attempts++) {
      if (await this.#attempt(store, disk, batch)) return true
    }
    return false
  }

  /** False if the disk has failed. */
  async #recordPeers(store: DiskLogStore, disk: FaultyDisk): Promise<boolean> {
    const record = this.#workload.peers()
    const done = this.#identity.submit(record)
    try {
      await store.recordPeers(record)
    } catch (error) {
      if (disk.faults > 0 && error instanceof LogWriteError) return false
      throw new Violation('WRITE', `with ${disk.faults} faults of the disk: ${error}`)
    }
    done()
    return true
  }

  async #attempt(store: DiskLogStore, disk: FaultyDisk, batch: readonly Persist[]): Promise<boolean> {
    const done = this.#oracle.submit(batch)
    try {
      await store.write(batch)
    } catch (error) {
      this.#oracle.refused()
      if (disk.faults > 0 && error instanceof LogWriteError) return false
      throw new Violation('WRITE', `with ${disk.faults} faults of the disk: ${error}`)
    }
    done()
    return true
  }

  /** Replaces the disk by a new one, for the same member. */
  async #wipe(): Promise<void> {
    await this.#quietLife(40)
    this.#stale = new Map(segmentsOn(this.#disk).map((file) => [file, this.#disk.get(file)]))
    this.#disk = new SimulatedDisk()
    this.#oracle = new Oracle()
    this.#identity = new IdentityOracle()
    this.#snapshots.newDisk()
  }

  async #damage(): Promise<void> {
    const log = await this.#quietLife(20)
    const trial = { log, current: this.#oracle.current, random: this.#random }
    await tryDamage(trial, (disk) => this.#store(disk), this.#snapshots)
  }

  /** Opens, writes batches that are all durable, and closes. */
  async #quietLife(atMost: number): Promise<DurableLog> {
    const disk = new FaultyDisk(this.#disk, { fault: null, stop: null }, this.#random, () => {})
    const store = this.#store()
    await this.#open(store, disk)
    const ends = [endOf(this.#disk)]
    let lastWriteAt = 0
    for (let left = below(atMost + 1, this.#random); left > 0; left--) {
      const before = ends.at(-1)!
      if (this.#random() < 0.2) await this.#snapshots.takeAndCompact(store, this.#oracle, disk)
      else {
        const batch = this.#workload.batch(this.#oracle.current)
        await this.#attempt(
          store,
          disk,
          batch.map((persist) => ({ ...persist, mustSync: true })),
        )
      }
      const end = endOf(this.#disk)
      if (end.file === before.file && end.at === before.at) continue
      lastWriteAt = end.file === before.file ? before.at : 0
      ends.push(end)
    }
    await store.close()
    this.operations += disk.operations
    const segments = segmentsOn(this.#disk)
    const known = ends.filter(({ file }) => segments.includes(file))
    return { disk: this.#disk, segments, lastWriteAt, ends: known, stale: this.#stale }
  }
}

/** A log that has entries it cannot read has entries that were never written. Null if the disk has failed. */
function contents(opened: OpenedLog, disk: FaultyDisk): State | null {
  try {
    return contentsOf(opened)
  } catch (error) {
    if (disk.faults > 0 && error instanceof DataAccessError) return null
    throw new Violation('NEVER', `the log cannot be read: ${error}`)
  }
}
