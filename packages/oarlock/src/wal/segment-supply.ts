// Where the log's next segments come from, and where those go that are not needed any more. The next one is
// made ready once the present one is half full (spare-segment.ts). Segments that a compaction frees are renamed
// and used again, a few of them; the others are removed.
import path from 'node:path'
import { syncDirectory } from './durable-file.ts'
import type { FileHandle } from './file-system.ts'
import { growthStep } from './preallocation.ts'
import { FREED_NAME, freedName, MOST_FREED, SPARE_NAME, segmentName } from './segment.ts'
import { SegmentFile } from './segment-file.ts'
import type { SegmentFiles } from './segment-reader.ts'
import { SpareSegment } from './spare-segment.ts'

/** Where the log is, and how it is cut into files. */
export interface LogPlace extends SegmentFiles {
  readonly segmentBytes: number
  /** Write over blocks that are there: zeros that were written ahead, or freed segments. */
  readonly preallocate: boolean
}

/** The file of the last segment, as the recovery has left it. */
export interface LastFile {
  readonly segment: number
  /** The length of the file, zeros included. */
  readonly allocated: number
  /** The file was another segment before (stale-sectors.ts). */
  readonly isRecycled: boolean
}

export class SegmentSupply {
  readonly #place: LogPlace
  /** The names of the freed segments. */
  readonly #freed: string[]
  #spare: SpareSegment | null = null

  constructor(place: LogPlace) {
    this.#place = place
    this.#freed = place.fileSystem.list(place.directory).filter((name) => FREED_NAME.test(name))
  }

  last({ segment, allocated, isRecycled }: LastFile): SegmentFile {
    const handle = this.#place.fileSystem.open(this.#path(segmentName(segment)), 'existing')
    return this.#file(handle, allocated, isRecycled)
  }

  /** Makes room ahead of the records. */
  prepare(file: SegmentFile, position: number): void {
    const { fileSystem, segmentBytes, preallocate } = this.#place
    if (!preallocate) return
    file.grow(position)
    if (this.#spare !== null || position < segmentBytes / 2) return
    const freed = this.#freed.pop()
    this.#spare = new SpareSegment(
      fileSystem,
      this.#path(freed ?? SPARE_NAME),
      segmentBytes,
      freed !== undefined,
    )
  }

  /** The next segment, for a first write up to the byte `end`. Its name is not durable. */
  async next(number: number, end: number): Promise<SegmentFile> {
    const { fileSystem, segmentBytes } = this.#place
    const name = this.#path(segmentName(number))
    const spare = end <= segmentBytes ? this.#spare : null
    const ready = spare?.take(name) ?? null
    const handle = ready ?? fileSystem.open(name, 'create')
    if (spare !== null) {
      await spare.close() // one that was not ready in time must not collide with the next one
      this.#spare = null
    }
    if (ready === null) return this.#file(handle, 0, false)
    return this.#file(handle, segmentBytes, spare!.isRecycled)
  }

  /** Frees the segments of [from, to), the oldest ones. */
  async free(from: number, to: number): Promise<void> {
    const { fileSystem, directory, preallocate } = this.#place
    const renamed: string[] = []
    for (let number = from; number < to; number++) {
      const file = this.#path(segmentName(number))
      if (preallocate && this.#freed.length + renamed.length < MOST_FREED) {
        fileSystem.rename(file, this.#path(freedName(number)))
        renamed.push(freedName(number))
      } else fileSystem.remove(file)
    }
    if (renamed.length === 0) return
    // If a crash gave one its old name back after it was written to, the log would begin with a bad segment.
    await syncDirectory(fileSystem, directory)
    this.#freed.push(...renamed)
  }

  async close(): Promise<void> {
    await this.#spare?.close()
  }

  #file(handle: FileHandle, allocated: number, isRecycled: boolean): SegmentFile {
    const { fileSystem, segmentBytes, preallocate } = this.#place
    const step = preallocate ? growthStep(segmentBytes) : 0
    return new SegmentFile(fileSystem, handle, { limit: segmentBytes, isRecycled, allocated, step })
  }

  #path(name: string): string {
    return path.join(this.#place.directory, name)
  }
}
