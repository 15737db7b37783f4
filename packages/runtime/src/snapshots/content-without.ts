// Copies the content of a snapshot, and leaves sections out: a new cluster begins with the state of an old one, and
// with its own members.
import { SnapshotDamagedError } from '../errors.ts'
import { concat, u32, u32At } from './bytes.ts'
import { longestTable, readTable, tableOf } from './content.ts'

/** Throws SnapshotDamagedError or SnapshotFormatError. `leavesOut` is asked for the name of each section. */
export async function* contentWithout(
  content: AsyncIterable<Uint8Array>,
  leavesOut: (section: string) => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const from = new Reading(content)
  try {
    await from.fill(longestTable)
    const { sections, length } = readTable(from.bytes)
    from.take(length)
    yield tableOf(sections.filter(({ name }) => !leavesOut(name)))
    for (const { name } of sections) {
      const keeps = !leavesOut(name)
      for (let left = -1; left !== 0; ) {
        left = u32At(await from.exactly(4), 0)
        if (keeps) yield u32(left)
        for (let rest = left; rest > 0; ) {
          const bytes = await from.some(rest)
          rest -= bytes.length
          if (keeps) yield bytes
        }
      }
    }
    // The source checks the whole when its end is read.
    await from.fill(Number.POSITIVE_INFINITY)
  } finally {
    await from.close()
  }
}

class Reading {
  bytes: Uint8Array = new Uint8Array()
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads until so many bytes are there, or all. */
  async fill(count: number): Promise<void> {
    const parts = [this.bytes]
    let size = this.bytes.length
    while (size < count) {
      const next = await this.#chunks.next()
      if (next.done === true) break
      parts.push(next.value)
      size += next.value.length
    }
    this.bytes = concat(parts)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  take(count: number): Uint8Array {
    const taken = this.bytes.subarray(0, count)
    this.bytes = this.bytes.subarray(count)
    return taken
  }

  async exactly(count: number): Promise<Uint8Array> {
    await this.fill(count)
    if (this.bytes.length < count) throw new SnapshotDamagedError('the content of a snapshot is cut short')
    return this.take(count)
  }

  /** At least one byte, and at most so many. */
  async some(atMost: number): Promise<Uint8Array> {
    await this.fill(1)
    if (this.bytes.length === 0) throw new SnapshotDamagedError('the content of a snapshot is cut short')
    return this.take(atMost)
  }
}
