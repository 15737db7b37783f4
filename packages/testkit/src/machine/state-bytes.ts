// The state of a replica's machine as the bytes of a snapshot. A hash chain is written as JSON.
// A user's state may be any value, so it is kept here, and its bytes name it. Filler makes every snapshot long
// enough for some chunks; its sizes differ.
import type { Index } from '@oarlock/core'
import type { MachineState } from './machine-state.ts'

interface Written {
  readonly index: Index
  readonly inner?: number
  /** The number of a state that is kept here. */
  readonly kept?: number
}

const least = 800
const LENGTH = 4

/** One a run: every member reads the snapshots of all. */
export class StateBytes {
  readonly #kept: MachineState[] = []
  readonly #at = new Map<Index, MachineState>()

  /** The state after this entry, of which a snapshot was taken. */
  at(index: Index): MachineState | undefined {
    return this.#at.get(index)
  }

  /** The state after this entry, though no bytes of it are written. */
  remember(index: Index, state: MachineState): void {
    this.#at.set(index, state)
  }

  encode(index: Index, state: MachineState): Uint8Array {
    this.remember(index, state)
    const { inner } = state
    const written: Written =
      typeof inner === 'number' ? { index, inner } : { index, kept: this.#kept.push(state) - 1 }
    const json = new TextEncoder().encode(JSON.stringify(written))
    const bytes = new Uint8Array(LENGTH + json.length + least + ((index * 37) % 400))
    new DataView(bytes.buffer).setUint32(0, json.length)
    bytes.set(json, LENGTH)
    for (let at = LENGTH + json.length; at < bytes.length; at++)
      bytes[at] = Math.imul(at + 1, 0x9e3779b1) >>> 24
    return bytes
  }

  decode(bytes: Uint8Array): { index: Index; state: MachineState } {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    const json = new TextDecoder().decode(bytes.subarray(LENGTH, LENGTH + length))
    const { index, inner, kept }: Written = JSON.parse(json)
    const state = kept === undefined ? { inner } : this.#kept[kept]!
    return { index, state }
  }
}
