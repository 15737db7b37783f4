// The content of a snapshot: a table of its sections, then their bytes in the same order.
//
//   magic "OSN" (3) | version 1 (1) | sections (1) | for each: length of the name (1), name, format (4)
//   for each section: frames of length (4) and bytes, and a length of 0 at the end
//
// The table comes first, so that a snapshot of a newer format is refused before anything is changed.
import { SnapshotDamagedError, SnapshotFormatError } from '../errors.ts'
import type { ByteSource, Got, SnapshotSection } from '../ports/index.ts'
import { concat, u32, u32At } from './bytes.ts'

const magic = [0x4f, 0x53, 0x4e]
const version = 1
/** Small pieces of a section are gathered to frames of so many bytes. */
const frameBytes = 64 * 1024

/** A section as the table names it. */
export interface SectionName {
  readonly name: string
  readonly format: number
}

/** The table is at most so long: 255 sections with the longest names. */
export const longestTable: number = 5 + 255 * (1 + 255 + 4)

export function tableOf(sections: readonly SectionName[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(...magic, version, sections.length)]
  for (const { name, format } of sections) {
    const bytes = new TextEncoder().encode(name)
    parts.push(Uint8Array.of(bytes.length), bytes, u32(format))
  }
  return concat(parts)
}

/** The table at the beginning of these bytes, and its length. */
export function readTable(bytes: Uint8Array): { sections: readonly SectionName[]; length: number } {
  if (bytes.length < 5 || magic.some((byte, at) => bytes[at] !== byte))
    throw new SnapshotDamagedError('the content of a snapshot does not begin with its table of sections')
  if (bytes[3]! > version)
    throw new SnapshotFormatError(
      `the snapshot has version ${bytes[3]}, and this program knows versions up to ${version}: run a newer version of it`,
    )
  const sections: SectionName[] = []
  let at = 5
  for (let left = bytes[4]!; left > 0; left--) {
    const end = at + 1 + (bytes[at] ?? 0)
    if (end + 4 > bytes.length)
      throw new SnapshotDamagedError('the table of sections of a snapshot is cut short')
    sections.push({ name: new TextDecoder().decode(bytes.subarray(at + 1, end)), format: u32At(bytes, end) })
    at = end + 4
  }
  return { sections, length: at }
}

/** Whether this program knows a section of that name and format. */
export function isKnownFormat(known: number | undefined, found: number): boolean {
  return known !== undefined && found <= known
}

/** Throws SnapshotFormatError for what this program does not know. */
export function refuseNewer(found: readonly SectionName[], known: readonly SectionName[]): void {
  for (const { name, format } of found) {
    const own = known.find((section) => section.name === name)?.format
    if (isKnownFormat(own, format)) continue
    const knows = own === undefined ? 'does not know that section' : `knows formats up to ${own}`
    throw new SnapshotFormatError(
      `the snapshot's section '${name}' has format ${format}, and this program ${knows}: run the version that wrote it, or a newer one`,
    )
  }
}

export interface SectionView extends SectionName {
  readonly source: ByteSource
}

/** The sections that have a state, each with that of now. */
export function viewOf(sections: readonly SnapshotSection[]): readonly SectionView[] {
  return sections.flatMap((section) => {
    const { name, format } = section
    const source = section.take()
    return source === null ? [] : [{ name, format, source }]
  })
}

/** The bytes of a whole snapshot. */
export class ContentSource implements ByteSource {
  readonly #sources: readonly ByteSource[]
  #table: Uint8Array | null
  #at = 0

  constructor(views: readonly SectionView[]) {
    this.#table = tableOf(views)
    this.#sources = views.map(({ source }) => source)
  }

  next(got: Got<Uint8Array>): void {
    const table = this.#table
    this.#table = null
    if (table !== null) return got(null, table)
    const source = this.#sources[this.#at]
    if (source === undefined) return got(null, null)
    this.#gather(source, [], 0, got)
  }

  #gather(source: ByteSource, parts: Uint8Array[], size: number, got: Got<Uint8Array>): void {
    source.next((failure, bytes) => {
      if (failure !== null) return got(failure, null)
      if (bytes !== null) {
        // Copied: the machine may reuse its buffer for the next piece.
        parts.push(size + bytes.length < frameBytes ? bytes.slice() : bytes)
        const sum = size + bytes.length
        if (sum < frameBytes) return this.#gather(source, parts, sum, got)
        return got(null, concat([u32(sum), ...parts]))
      }
      this.#at++
      got(null, concat(size === 0 ? [u32(0)] : [u32(size), ...parts, u32(0)]))
    })
  }

  cancel(): void {
    for (const source of this.#sources.slice(this.#at)) source.cancel()
  }
}
