// Simulates the log store on a disk, from one seed. In each of several lives it is opened, written to, and
// stopped at any operation, while fsyncs fail, the disk fills up, and it is opened a second time. At the end
// its files are damaged. The oracle knows what must be there. A run is a pure function of the seed.

import type { Persist } from '@oarlock/core'
import { LogWriteError } from '@oarlock/runtime'
import { CorruptLogError, DataLockedError } from '../../../src/errors.ts'
import type { OpenedLog } from '../../../src/index.ts'
import { DiskLogStore } from '../../../src/wal/disk-log-store.ts'
import { SEGMENT_HEADER_BYTES } from '../../../src/wal/segment.ts'
import { below, pick, type Random, seeded } from '../../random.ts'
import { contentsOf, type State } from '../log-state.ts'
import { SimulatedDisk } from '../simulated-disk.ts'
import { type DurableLog, damaged, usedBytes } from './damage.ts'
import { type FaultPlan, FaultyDisk } from './faulty-disk.ts'
import { IdentityOracle } from './identity-oracle.ts'
import { Oracle, Violation } from './oracle.ts'
import { endOf, type LastSegment, lastSegment, segmentsOn } from './segments.ts'
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

interface Life {
  readonly plan: FaultPlan
  readonly batches: number
  readonly openedTwice: boolean
  /** The end of a life that nothing stops. */
  readonly end: 'power cut' | 'closed' | 'closed, caches dropped'
}

const DAMAGES = 6

class LogStoreSimulation {
  operations = 0
  readonly #random: Random
  readonly #shape: { readonly segmentBytes: number; readonly preallocate: boolean }
  readonly #style: Style
  readonly #randomBytes: (count: number) => Uint8Array
  readonly #workload: Workload
  #disk = new SimulatedDisk()
  #oracle = new Oracle()
  #identity = new IdentityOracle()
  /** The segments from before the disk was wiped. */
  #stale: ReadonlyMap<string, Uint8Array> = new Map()

  constructor(seed: number) {
    this.#random = seeded(seed, 'lives')
    const shape = seeded(seed, 'shape')
    const incarnations = seeded(seed, 'incarnations')
    this.#shape = { segmentBytes: pick([65, 600, 3000, 20_000], shape), preallocate: shape() < 0.5 }
    this.#style = { uniform: shape() < 0.4, withoutZeros: shape() < 0.6 }
    this.#workload = new Workload(this.#style, seeded(seed, 'workload'))
    this.#randomBytes = (length) => Uint8Array.from({ length }, () => below(256, incarnations))
  }

  async run(): Promise<void> {
    for (let lives = 1 + below(5, this.#random); lives > 0; lives--) await this.#live(this.#drawLife())
    if (this.#style.withoutZeros && this.#random() < 0.5) {
      if (this.#random() < 0.5) await this.#wipe()
      await this.#damage()
    } else await this.#quietLife(0)
  }

  #drawLife(): Life {
    const random = this.#random
    const stops = random() < 0.7
    const fails = random() < 0.4
    return {
      plan: {
        stop: stops ? { at: below(45, random), how: random() < 0.75 ? 'power cut' : 'kill' } : null,
        fault: fails
          ? {
              kind: pick(['fsync fails', 'directory sync fails', 'disk is full'], random),
              at: below(40, random),
              times: random() < 0.7 ? 1 : 2 + below(3, random),
            }
          : null,
      },
      batches: below(this.#style.uniform ? 24 : 8, random),
      openedTwice: random() < 0.1,
      end: pick(['power cut', 'closed', 'closed, caches dropped'], random),
    }
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
    const disk = new FaultyDisk(this.#disk, plan, this.#random, () => {
      possible = this.#oracle.possible
      expected = this.#identity.expected
    })
    const store = this.#store()
    const opened = await this.#open(store, disk)
    if (opened !== null) {
      if (openedTwice) await this.#openAgain()
      for (let left = batches; left > 0 && disk.stopped === null; left--) {
        const recording = this.#random() < 0.3 ? this.#recordPeers(store, disk) : Promise.resolve(true)
        const written = await this.#write(store, disk)
        if (!(await recording) || !written) break
        for (let turns = below(8, this.#random); turns > 0; turns--) await null
      }
    }
    await store.close()
    this.operations += disk.operations
    if (disk.stopped !== null) {
      this.#oracle.backTo(possible)
      this.#identity.backTo(expected)
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
      if (disk.faults > 0 && !(error instanceof CorruptLogError)) return null
      throw new Violation('OPEN', String(error))
    }
    this.#oracle.found(contents(opened))
    this.#identity.found(opened.identity)
    if (before !== null && disk.faults === 0) this.#checkCopy(before)
    return opened
  }

  #checkCopy({ file, bytes }: LastSegment): void {
    const disk = this.#disk
    const kept = disk.exists(file) ? Math.max(SEGMENT_HEADER_BYTES, usedBytes(disk.get(file))) : 0
    const tail = bytes.subarray(kept, usedBytes(bytes))
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
  }

  async #damage(): Promise<void> {
    const log = await this.#quietLife(20)
    for (let damages = 0; damages < DAMAGES; damages++) {
      const damage = damaged(log, this.#random)
      if (damage === null) continue
      const store = this.#store(damage.disk)
      let found: State
      try {
        found = contents(await store.open())
      } catch (error) {
        if (error instanceof CorruptLogError) continue
        throw new Violation('DAMAGE', `${damage.what}; and then ${error}`)
      } finally {
        await store.close()
      }
      const { current } = this.#oracle
      if (JSON.stringify(found) !== JSON.stringify(current))
        throw new Violation(
          'DAMAGE',
          `${damage.what}; it was opened nevertheless, with ${found.entries.length} of ${current.entries.length} entries`,
        )
    }
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
      const batch = this.#workload
        .batch(this.#oracle.current)
        .map((persist) => ({ ...persist, mustSync: true }))
      await this.#attempt(store, disk, batch)
      const end = endOf(this.#disk)
      lastWriteAt = end.file === before.file ? before.at : 0
      ends.push(end)
    }
    await store.close()
    this.operations += disk.operations
    return { disk: this.#disk, segments: segmentsOn(this.#disk), lastWriteAt, ends, stale: this.#stale }
  }
}

/** A log that has entries it cannot read has entries that were never written. */
function contents(opened: OpenedLog): State {
  try {
    return contentsOf(opened)
  } catch (error) {
    throw new Violation('NEVER', `the log cannot be read: ${error}`)
  }
}
