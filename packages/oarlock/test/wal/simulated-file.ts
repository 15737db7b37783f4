// A file on the simulated disk: its cached content, its durable content, and the changes in between. A power
// cut leaves each sector in one of the states that it had since the last fsync.

const SECTOR_BYTES = 512

interface Write {
  readonly position: number
  readonly bytes: Uint8Array
}

/** Sets the length of the file. */
interface Cut {
  readonly length: number
}

export type Change = Write | Cut

/** The content of a file, without a name. Byte arrays are replaced and never changed. */
export class SimulatedFile {
  /** The content that readers see. */
  cached: Uint8Array
  durable: Uint8Array
  /** The changes that are not synced, in order. */
  pending: readonly Change[] = []

  constructor(bytes: Uint8Array) {
    this.cached = bytes
    this.durable = bytes
  }

  copy(): SimulatedFile {
    const copy = new SimulatedFile(this.durable)
    copy.cached = this.cached
    copy.pending = this.pending
    return copy
  }

  /**
   * An fsync of these changes has failed. Their pages are lost, but with `random` some sectors were written.
   * The file's length is in the journal, and the next fsync makes it durable.
   */
  lose(changes: readonly Change[], random: (() => number) | undefined): void {
    if (random !== undefined) this.durable = torn(this.durable, changes, random)
    this.pending = [...changes.filter((change) => 'length' in change), ...this.pending]
  }
}

export function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let result = bytes
  for (const change of changes) {
    const end = 'length' in change ? change.length : change.position + change.bytes.length
    const next = new Uint8Array('length' in change ? end : Math.max(result.length, end))
    next.set(result.subarray(0, next.length))
    if ('bytes' in change) next.set(change.bytes, change.position)
    result = next
  }
  return result
}

/** Any state of each sector, and any length in between. */
export function torn(durable: Uint8Array, changes: readonly Change[], random: () => number): Uint8Array {
  const states = [durable]
  for (const change of changes) states.push(changed(states.at(-1)!, [change]))
  const lengths = states.map((state) => state.length)
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)]
  const result = new Uint8Array(longest)
  for (let sector = 0; sector < longest; sector += SECTOR_BYTES) {
    const state = states[upTo(changes.length, random)]!
    result.set(state.subarray(sector, sector + SECTOR_BYTES), sector)
  }
  const length = random() < 0.5 ? states.at(-1)!.length : shortest + upTo(longest - shortest, random)
  return result.slice(0, length)
}

/** A whole number from 0 to `most`. */
export function upTo(most: number, random: () => number): number {
  return Math.floor(random() * (most + 1))
}
