import { describe, expect, it } from 'vitest'
import { boundsOf } from './keys.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const shown = ({ key, range_end }: ReturnType<typeof boundsOf>) =>
  [key, ...(range_end === undefined ? [] : [range_end])].map((end) => end.toString('latin1'))
const nothing = ['\xff'.repeat(4097)]

describe('the bounds of a range', () => {
  it.each([
    ['one key', 'a', 'a\0', ['a']],
    ['some keys', 'a', 'c', ['a', 'c']],
    ['two keys', 'a', 'a\0\0', ['a', 'a\0\0']],
    ['all keys', '', null, ['\0', '\0']],
    ['all keys from one on', 'b', null, ['b', '\0']],
    ['none: the end is before the beginning', 'c', 'a', nothing],
    ['none, and not one: the end is empty', 'a', '', nothing],
    ['none, and not one: both ends are empty', '', '', nothing],
    ['none, and not all: the end is the first key', '', '\0', nothing],
  ])('%s', (_, from, before, expected) =>
    expect(shown(boundsOf({ from: bytes(from), before: before === null ? null : bytes(before) }))).toEqual(
      expected,
    ),
  )
})
