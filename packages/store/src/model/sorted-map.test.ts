import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterPrefix, compareBytes } from './bytes.ts'
import { everything, type KeyRange, SortedMap, type SortedView } from './sorted-map.ts'

const key = (text: string): Uint8Array => new TextEncoder().encode(text)
const listed = <V>(map: SortedView<V>, range: KeyRange = everything): [string, V][] =>
  [...map.entries(range)].map(([name, value]) => [new TextDecoder().decode(name), value])

const someKey = fc.array(fc.constantFrom(0, 1, 97, 98, 255), { maxLength: 4 }).map((b) => Uint8Array.from(b))
const range = fc.tuple(someKey, fc.option(someKey)).map(([from, before]) => ({ from, before }))

describe('a sorted map', () => {
  it('does what a list does that is sorted again and again, and its views stay as they were', () => {
    const step = fc.oneof(
      fc.record({ set: someKey, to: fc.nat() }),
      fc.record({ delete: someKey }),
      fc.record({ look: range }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const map = SortedMap.empty<number>()
        const model = new Map<string, readonly [Uint8Array, number]>()
        const sorted = () => [...model.values()].sort(([a], [b]) => compareBytes(a, b))
        const views: [SortedView<number>, unknown][] = []
        for (const step of steps)
          if ('set' in step) {
            map.set(step.set, step.to)
            model.set(String(step.set), [step.set, step.to])
          } else if ('delete' in step) expect(map.delete(step.delete)).toBe(model.delete(String(step.delete)))
          else {
            const { from, before } = step.look
            const inside = sorted().filter(
              ([at]) => compareBytes(at, from) >= 0 && (before === null || compareBytes(at, before) < 0),
            )
            expect([...map.entries(step.look)]).toEqual(inside)
            views.push([map.view(), sorted()])
          }
        expect(map.size).toBe(model.size)
        for (const [view, then] of views) expect([...view.entries(everything)]).toEqual(then)
        for (const [at, value] of model.values()) expect(map.get(at)).toBe(value)
      }),
      { numRuns: 300 },
    )
  })

  it('grows and shrinks by thousands of keys, in any order', () => {
    const map = SortedMap.empty<number>()
    const count = 20_000
    const at = (n: number) => (n * 7919) % count
    for (let n = 0; n < count; n++) map.set(key(String(at(n)).padStart(6, '0')), at(n))
    expect(listed(map).map(([, value]) => value)).toEqual(Array.from({ length: count }, (_, n) => n))
    const before = map.view()
    for (let n = 0; n < count; n++) if (n % 10 !== 0) map.delete(key(String(at(n)).padStart(6, '0')))
    expect([map.size, before.size, listed(before).length]).toEqual([count / 10, count, count])
    for (let n = 0; n < count; n += 10) expect(map.delete(key(String(at(n)).padStart(6, '0')))).toBe(true)
    expect([map.size, listed(map)]).toEqual([0, []])
    map.set(key('again'), 1)
    expect(listed(map)).toEqual([['again', 1]])
  })
})

it('after a prefix comes the first key that does not begin with it', () => {
  fc.assert(
    fc.property(someKey, someKey, (prefix, other) => {
      const after = afterPrefix(prefix)
      const begins = prefix.every((byte, at) => other[at] === byte) && other.length >= prefix.length
      const inside = compareBytes(other, prefix) >= 0 && (after === null || compareBytes(other, after) < 0)
      expect(inside).toBe(begins)
    }),
  )
})
