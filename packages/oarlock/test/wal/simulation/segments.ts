// The segments on a simulated disk.
import type { SimulatedDisk } from '../simulated-disk.ts'
import { usedBytes } from './damage.ts'

export interface LastSegment {
  readonly file: string
  readonly bytes: Uint8Array
}

export function lastSegment(disk: SimulatedDisk): LastSegment | null {
  const file = segmentsOn(disk).at(-1)
  return file === undefined ? null : { file, bytes: disk.get(file) }
}

export function segmentsOn(disk: SimulatedDisk): readonly string[] {
  const names = disk.list('/data').filter((name) => /^\d+\.wal$/.test(name))
  return names.sort().map((name) => `/data/${name}`)
}

export function endOf(disk: SimulatedDisk): { file: string; at: number } {
  const file = segmentsOn(disk).at(-1)!
  return { file, at: usedBytes(disk.get(file)) }
}
