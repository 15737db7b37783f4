// The faults of the disk in one life of the store: at most one fault, and the moment at which everything
// stops. Both may hit any write, fsync or directory sync, those of opening the store included.

import { below, type Random } from '../../random.ts'
import type { SimulatedDisk } from '../simulated-disk.ts'

const SECTOR_BYTES = 512

export interface FaultPlan {
  readonly fault: {
    readonly kind: 'fsync fails' | 'directory sync fails' | 'disk is full' | 'read fails'
    /** The first operation of its kind from here on fails. */
    readonly at: number
    /** The number of operations that fail in a row. */
    readonly times: number
  } | null
  /** The operation before which everything stops. Null: the store is closed first. */
  readonly stop: { readonly at: number; readonly how: 'power cut' | 'kill' } | null
}

export class FaultyDisk {
  operations = 0
  /** The number of faults so far. */
  faults = 0
  /** The disk as it was when everything stopped. Later operations never happened. */
  stopped: SimulatedDisk | null = null
  readonly #disk: SimulatedDisk
  readonly #plan: FaultPlan
  readonly #random: Random
  readonly #onStop: () => void

  constructor(disk: SimulatedDisk, plan: FaultPlan, random: Random, onStop: () => void) {
    this.#disk = disk
    this.#plan = plan
    this.#random = random
    this.#onStop = onStop
    disk.faults = {
      random,
      write: (file, bytes, position) => {
        this.#begin()
        return this.#fails('disk is full') ? this.#room(file, bytes, position) : bytes
      },
      read: () => {
        if (this.#fails('read fails')) throw Object.assign(new Error('EIO: read fails'), { code: 'EIO' })
      },
      sync: () => this.#sync('fsync fails'),
      syncDirectory: () => this.#sync('directory sync fails'),
    }
  }

  /**
   * The number of bytes that can still be written. Within a file a sector is written as a whole or not at
   * all.
   */
  #room(file: string, bytes: number, position: number): number {
    const end = position + below(bytes, this.#random)
    const within = end < this.#disk.get(file).length
    return Math.max(0, (within ? end - (end % SECTOR_BYTES) : end) - position)
  }

  async #sync(kind: 'fsync fails' | 'directory sync fails'): Promise<Error | null> {
    this.#begin()
    const error = this.#fails(kind) ? new Error(`EIO: ${kind}`) : null
    // It takes a random number of turns, in which the next segment is made.
    for (let turns = below(6, this.#random); turns > 0; turns--) await null
    return error
  }

  #begin(): void {
    const { stop } = this.#plan
    if (this.operations++ !== stop?.at) return
    this.stopped = stop.how === 'kill' ? this.#disk.afterKill() : this.#disk.powerCut(this.#random)
    this.#onStop()
  }

  #fails(kind: string): boolean {
    const { fault } = this.#plan
    if (fault?.kind !== kind || this.operations <= fault.at || this.faults >= fault.times) return false
    this.faults++
    return true
  }
}
