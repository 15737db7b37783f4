import { describe, expect, it } from 'vitest'
import { SnapshotDamagedError } from '../errors.ts'
import { ContentSource } from './content.ts'
import { contentWithout } from './content-without.ts'
import { onePiece } from './small-section.ts'

type Section = readonly [name: string, format: number, bytes: Uint8Array]

function contentOf(...sections: readonly Section[]): Uint8Array {
  const source = new ContentSource(
    sections.map(([name, format, bytes]) => ({ name, format, source: onePiece(bytes) })),
  )
  const parts: Uint8Array[] = []
  for (let ended = false; !ended; )
    source.next((_, bytes) => {
      if (bytes === null) ended = true
      else parts.push(bytes)
    })
  return Buffer.concat(parts)
}

/** Says when its end was read, and when it was closed. */
class Pieces {
  readReachedEnd = false
  closed = false
  readonly #bytes: Uint8Array
  readonly #length: number

  constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes
    this.#length = length
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < this.#bytes.length; at += this.#length)
        yield this.#bytes.subarray(at, at + this.#length)
      this.readReachedEnd = true
    } finally {
      this.closed = true
    }
  }
}

async function without(pieces: AsyncIterable<Uint8Array>, ...names: readonly string[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const bytes of contentWithout(pieces, (name) => names.includes(name))) parts.push(bytes)
  return Buffer.concat(parts)
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const members: Section = ['members', 1, filled(300, 1)]
const sessions: Section = ['sessions', 2, filled(0, 2)]
const machine: Section = ['machine', 7, filled(200_000, 3)]

describe('the content of a snapshot without a section', () => {
  it.each([1000, 65_537, 1_000_000])(
    'has the others as they are, read in pieces of %i bytes',
    async (length) => {
      const pieces = new Pieces(contentOf(members, sessions, machine), length)
      expect(await without(pieces, 'members')).toEqual(contentOf(sessions, machine))
      expect(pieces).toMatchObject({ readReachedEnd: true, closed: true })
      const all = new Pieces(contentOf(members, sessions, machine), length)
      expect(await without(all, 'members', 'sessions', 'machine')).toEqual(contentOf())
    },
  )

  it('is the same if the section is not there', async () => {
    const content = contentOf(machine)
    expect(await without(new Pieces(content, 1000), 'members')).toEqual(content)
  })

  it('that is cut short is refused, and its source is closed', async () => {
    const content = contentOf(members, machine)
    for (const end of [3, 20, 100, content.length - 5, content.length - 1]) {
      const pieces = new Pieces(content.subarray(0, end), 1000)
      await expect(without(pieces, 'members')).rejects.toBeInstanceOf(SnapshotDamagedError)
      expect(pieces.closed).toBe(true)
    }
  })

  it('closes its source when its reader stops', async () => {
    const pieces = new Pieces(contentOf(machine), 1000)
    for await (const _ of contentWithout(pieces, () => false)) break
    expect(pieces).toMatchObject({ readReachedEnd: false, closed: true })
  })
})
