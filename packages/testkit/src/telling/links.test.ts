import { describe, expect, it } from 'vitest'
import { describeCuts } from './links.ts'
import type { Cut } from './recorded.ts'

const ids = ['a', 'b', 'c', 'd']
const all = [0, 1, 2, 3]

const cut = (from: number, to: number, since = 1, until: number | null = 2): Cut => ({
  from,
  to,
  since,
  until,
})
const both = (one: number, other: number): Cut[] => [cut(one, other), cut(other, one)]
const others = (place: number): number[] => all.filter((other) => other !== place)
const said = (cuts: readonly Cut[]): string[] => describeCuts(cuts, ids).map(({ text }) => text)

describe('a cut is described', () => {
  it('as one member', () => {
    expect(said(others(1).flatMap((other) => both(1, other)))).toEqual(['b is cut off'])
    expect(said(others(1).map((other) => cut(1, other)))).toEqual(['b is not heard'])
    expect(said(others(1).map((other) => cut(other, 1)))).toEqual(['b hears nobody'])
  })

  it('as two parts', () => {
    expect(said([...both(0, 2), ...both(0, 3), ...both(1, 2), ...both(1, 3)])).toEqual(['split: a b | c d'])
  })

  it('as a link, or as one direction of it', () => {
    expect(said(both(0, 2))).toEqual(['cut: a↔c'])
    expect(said([cut(2, 0)])).toEqual(['cut: c→a'])
  })

  it('together with what was cut before', () => {
    const before = [cut(0, 1, 0, 9), cut(1, 0, 0, 9)]
    const now = [cut(1, 2), cut(1, 3)]
    expect(said([...before, ...now])).toEqual(['cut: a↔b', 'b is not heard'])
  })

  it('as one if its links are cut and mended together', () => {
    expect(describeCuts([cut(0, 1), cut(2, 3), cut(3, 2, 5, null)], ids)).toEqual([
      { at: 1, until: 2, text: 'cut: a→b c→d' },
      { at: 5, until: null, text: 'cut: d→c' },
    ])
  })
})
