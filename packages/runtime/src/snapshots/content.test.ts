import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SnapshotDamagedError, SnapshotFormatError } from '../errors.ts'
import type { ByteSource, SnapshotSection } from '../ports/index.ts'
import { ContentSource, refuseNewer, viewOf } from './content.ts'
import { ContentReader } from './content-reader.ts'

function sourceOf(pieces: readonly Uint8Array[]): ByteSource {
  let at = 0
  return { next: (got) => got(null, pieces[at++] ?? null), cancel() {} }
}

/** All its bytes, or its failure. */
function drained(source: ByteSource): Uint8Array {
  const parts: number[] = []
  for (;;) {
    let piece: Uint8Array | null = null
    source.next((failure, bytes) => {
      if (failure !== null) throw failure
      piece = bytes
    })
    if (piece === null) return Uint8Array.from(parts)
    parts.push(...(piece as Uint8Array))
  }
}

function sectionsIn(reader: ContentReader): [string, number, number[]][] {
  let names: readonly { name: string; format: number }[] = []
  reader.table((failure, found) => {
    if (failure !== null) throw failure
    names = found!
  })
  return names.map(({ name, format }) => [name, format, [...drained(reader.section())]])
}

/** Cut into pieces of these lengths, over and over. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const end = at + lengths[n % lengths.length]!
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

const contentOf = (sections: readonly [string, number, readonly Uint8Array[]][]): Uint8Array =>
  drained(
    new ContentSource(
      sections.map(([name, format, pieces]) => ({
        name,
        format,
        source: sourceOf(pieces.filter(({ length }) => length > 0)),
      })),
    ),
  )

describe('the content of a snapshot', () => {
  it('is read as it was written, however the bytes are cut into pieces', () => {
    const piece = fc.uint8Array({ maxLength: 40 })
    const section = fc.tuple(fc.string({ maxLength: 8 }), fc.nat(9), fc.array(piece, { maxLength: 4 }))
    const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(section, { maxLength: 4 }), lengths, (sections, cuts) => {
        const found = sectionsIn(new ContentReader(sourceOf(cut(contentOf(sections), cuts))))
        expect(found).toEqual(
          sections.map(([name, format, pieces]) => [name, format, pieces.flatMap((bytes) => [...bytes])]),
        )
      }),
    )
  })

  it('gathers small pieces, and copies them, since a machine may reuse its buffer', () => {
    const buffer = new Uint8Array(1)
    let count = 0
    const reusing: ByteSource = {
      next: (got) => {
        buffer[0] = count
        got(null, count++ < 3 ? buffer : null)
      },
      cancel() {},
    }
    const bytes = drained(new ContentSource([{ name: 'a', format: 0, source: reusing }]))
    expect(sectionsIn(new ContentReader(sourceOf([bytes])))).toEqual([['a', 0, [0, 1, 2]]])
  })

  it('that is cut short anywhere is damaged, and not shorter', () => {
    const whole = contentOf([
      ['sessions', 1, [Uint8Array.of(1, 2)]],
      ['machine', 2, [Uint8Array.of(3)]],
    ])
    for (let length = 0; length < whole.length; length++)
      expect(() => sectionsIn(new ContentReader(sourceOf([whole.subarray(0, length)])))).toThrow(
        SnapshotDamagedError,
      )
  })

  it('of a newer version is refused by name', () => {
    const newer = contentOf([])
    newer[3] = 2
    expect(() => sectionsIn(new ContentReader(sourceOf([newer])))).toThrow(SnapshotFormatError)
  })

  it('is refused if a section is newer than this program, or unknown to it', () => {
    const known = [{ name: 'machine', format: 2 }]
    refuseNewer([{ name: 'machine', format: 1 }], known)
    refuseNewer([{ name: 'machine', format: 2 }], known)
    expect(() => refuseNewer([{ name: 'machine', format: 3 }], known)).toThrow(/knows formats up to 2/)
    expect(() => refuseNewer([{ name: 'store', format: 0 }], known)).toThrow(/does not know that section/)
  })

  it('has the view of each section at one moment', () => {
    let state = 1
    const section = (name: string): SnapshotSection => ({
      name,
      format: 0,
      take: () => sourceOf([Uint8Array.of(state)]),
      restore() {},
      reset() {},
    })
    const sections = [section('a'), section('b')]
    const source = new ContentSource(viewOf(sections))
    state = 2
    expect(sectionsIn(new ContentReader(sourceOf([drained(source)])))).toEqual([
      ['a', 0, [1]],
      ['b', 0, [1]],
    ])
  })
})
