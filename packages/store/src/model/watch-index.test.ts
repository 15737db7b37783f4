import fc from 'fast-check'
import { expect, it } from 'vitest'
import { afterPrefix } from './bytes.ts'
import { type KeyRange, only } from './sorted-map.ts'
import { isIn, WatchIndex } from './watch-index.ts'

const key = fc
  .uint8Array({ max: 3, maxLength: 3 })
  .map((bytes) => bytes.map((byte) => (byte === 3 ? 255 : byte)))
const range: fc.Arbitrary<KeyRange> = fc.oneof(
  key.map(only),
  key.map((from) => ({ from, before: afterPrefix(from) })),
  fc.record({ from: key, before: fc.option(key) }),
)

it('the index of watches finds those whose ranges have the key, each once, as long as they are there', () => {
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 20 }),
      fc.array(key),
      fc.infiniteStream(fc.boolean()),
      (ranges, keys, stay) => {
        const index = new WatchIndex<{ readonly range: KeyRange }>()
        let watches = ranges.map((one) => ({ range: one }))
        const check = () => {
          expect(index.size).toBe(watches.length)
          expect(new Set(index.all)).toEqual(new Set(watches))
          for (const one of keys) {
            const found = index.of(one)
            expect(found).toHaveLength(new Set(found).size)
            expect(new Set(found)).toEqual(new Set(watches.filter((watch) => isIn(watch.range, one))))
          }
        }
        for (const watch of watches) index.add(watch)
        check()
        watches = watches.filter((watch) => {
          if (stay.next().value) return true
          index.remove(watch)
          return false
        })
        check()
      },
    ),
  )
})
