// Damage to files that were durable: flipped bits, sectors that are lost, written to another place or taken
// from an earlier file, and missing files. Only damage that no torn write explains (torn-write.ts).
import { SegmentContent } from '../../../src/wal/segment-content.ts'
import { below, pick, type Random } from '../../random.ts'
import { SimulatedDisk } from '../simulated-disk.ts'

const SECTOR_BYTES = 512
const HEADER_BYTES = 64

export interface Damage {
  readonly what: string
  readonly disk: SimulatedDisk
}

/** A log whose every byte is durable. */
export interface DurableLog {
  readonly disk: SimulatedDisk
  /** Its segments' files, in order. */
  readonly segments: readonly string[]
  /**
   * The byte of the last segment at which the last write begins; everything before was durable. 0 if that
   * write began an earlier segment.
   */
  readonly lastWriteAt: number
  /** Known ends of records. */
  readonly ends: readonly { readonly file: string; readonly at: number }[]
  /** The same files before the disk was wiped. */
  readonly stale: ReadonlyMap<string, Uint8Array>
}

/** A file that was changed from byte `from` to byte `to`. */
interface Changed {
  readonly file: string
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

type Kind = (log: DurableLog, random: Random) => Changed | null

/**
 * A segment as it would be if it had been filled with zeros before it was used: what an earlier segment left in
 * the file is zeros, and the checksums behind it are gone.
 */
export function settled(file: Uint8Array): Uint8Array {
  const content = new SegmentContent(file)
  content.settle(0)
  return content.chunk.bytes
}

/** Length of a segment without the space behind its records. */
export function usedBytes(file: Uint8Array): number {
  const bytes = settled(file)
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}

const sectorsIn = (bytes: Uint8Array): number => Math.floor(usedBytes(bytes) / SECTOR_BYTES)

const changes: Readonly<Record<string, Kind>> = {
  'a bit flipped'({ disk, segments }, random) {
    const file = pick(segments, random)
    const bytes = disk.get(file)
    const at = below(usedBytes(bytes), random)
    bytes[at] = bytes[at]! ^ (1 << below(8, random))
    return { file, bytes, from: at, to: at + 1 }
  },

  'a bit flipped behind the records'({ disk, segments }, random) {
    const file = pick(segments, random)
    const bytes = disk.get(file)
    const used = usedBytes(bytes)
    if (used === bytes.length) return null
    const at = used + below(bytes.length - used, random)
    bytes[at] = bytes[at]! ^ (1 << below(8, random))
    return { file, bytes, from: at, to: at + 1 }
  },

  'a sector lost'({ disk, segments }, random) {
    const file = pick(segments, random)
    const bytes = disk.get(file)
    const from = below(sectorsIn(bytes) + 1, random) * SECTOR_BYTES
    return { file, bytes: bytes.fill(0, from, from + SECTOR_BYTES), from, to: from + SECTOR_BYTES }
  },

  'a sector written to another place'({ disk, segments }, random) {
    const source = disk.get(pick(segments, random))
    const file = pick(segments, random)
    const bytes = disk.get(file)
    return withSector(file, bytes, source, below(sectorsIn(source), random), below(sectorsIn(bytes), random))
  },

  'a sector from before the disk was wiped'({ disk, segments, stale }, random) {
    const file = pick(segments, random)
    const sector = below(sectorsIn(disk.get(file)), random)
    return withSector(file, disk.get(file), stale.get(file) ?? new Uint8Array(), sector, sector)
  },

  'the old bytes after the end, from before the disk was wiped'({ disk, segments, stale }) {
    const file = segments.at(-1)!
    const end = usedBytes(disk.get(file))
    const old = stale.get(file) ?? new Uint8Array()
    if (usedBytes(old) <= end) return null
    return {
      file,
      bytes: Buffer.concat([disk.get(file).subarray(0, end), old.subarray(end)]),
      from: end,
      to: end,
    }
  },

  'an earlier write repeated at the end'({ disk, segments, ends }, random) {
    const file = segments.at(-1)!
    const here = ends.filter((end) => end.file === file)
    if (here.length < 2) return null
    const which = below(here.length - 1, random)
    const bytes = disk.get(file)
    const write = bytes.slice(here[which]!.at, here[which + 1]!.at)
    const from = here.at(-1)!.at
    const whole = Buffer.concat([bytes.subarray(0, from), write, bytes.subarray(from + write.length)])
    return { file, bytes: whole, from, to: from + write.length }
  },

  'the end of a segment lost'({ disk, segments, ends }, random) {
    const inside = ends.filter(({ file, at }) => file !== segments.at(-1) && at < usedBytes(disk.get(file)))
    if (inside.length === 0) return null
    const { file, at } = pick(inside, random)
    const bytes = disk.get(file)
    return {
      file,
      bytes: random() < 0.5 ? bytes.fill(0, at) : bytes.slice(0, at),
      from: at,
      to: bytes.length,
    }
  },
}

function withSector(
  file: string,
  bytes: Uint8Array,
  source: Uint8Array,
  sector: number,
  place: number,
): Changed | null {
  const from = place * SECTOR_BYTES
  const taken = source.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)
  if (taken.length < SECTOR_BYTES || from + SECTOR_BYTES > bytes.length) return null
  if (Buffer.compare(taken, bytes.subarray(from, from + SECTOR_BYTES)) === 0) return null
  bytes.set(taken, from)
  return { file, bytes, from, to: from + SECTOR_BYTES }
}

/** A damaged copy, or null if the damage that was drawn is impossible or looks like a torn write. */
export function damaged(log: DurableLog, random: Random): Damage | null {
  if (log.segments.length > 1 && random() < 0.1) return withoutSegment(log, random)
  const [what, change] = pick(Object.entries(changes), random)
  const changed = change(log, random)
  if (changed === null || looksTorn(log, changed)) return null
  const disk = log.disk.clone()
  disk.put(changed.file, changed.bytes)
  return { what: `${what}: ${changed.file}, bytes ${changed.from} to ${changed.to}`, disk }
}

/** Removes any segment but the last, which may never have been made. */
function withoutSegment({ disk, segments }: DurableLog, random: Random): Damage {
  const file = pick(segments.slice(0, -1), random)
  const without = new SimulatedDisk()
  for (const name of disk.list('/data')) {
    const other = `/data/${name}`
    if (other !== file) without.put(other, disk.get(other))
  }
  return { what: `${file} is missing`, disk: without }
}

/**
 * In the last write, eight zeros may be a part of a sector that was never written, and a shorter file may not
 * have grown.
 */
function looksTorn({ disk, segments, lastWriteAt }: DurableLog, { file, bytes, from, to }: Changed): boolean {
  if (file !== segments.at(-1)) return false
  if (to <= lastWriteAt) return false
  const used = usedBytes(bytes)
  if (used < usedBytes(disk.get(file))) return true
  const content = settled(bytes)
  if (from < HEADER_BYTES && isZero(content.subarray(0, HEADER_BYTES))) return true
  for (let at = HEADER_BYTES; at < used; at += 8) if (isZero(content.subarray(at, at + 8))) return true
  return false
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
