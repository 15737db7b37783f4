import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { KeySpace } from './key-space.ts'
import { everything, type KeyRange, only } from './sorted-map.ts'
import { type Taken, type WatchBatch, Watches, type WatchRequest } from './watches.ts'

const key = (name: string): Uint8Array => new TextEncoder().encode(name)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function setUp() {
  const keys = new KeySpace()
  const watches = new Watches(keys)
  const change = (...writes: readonly (readonly [name: string, value: string | null])[]) => {
    const before = keys.revision
    keys.change(() => {
      for (const [name, value] of writes)
        if (value === null) keys.delete(only(key(name)))
        else keys.put(key(name), key(value), 0)
    })
    if (keys.revision > before) watches.changed(keys.changesAt(keys.revision))
  }
  return { keys, watches, change }
}

const told = (batches: readonly WatchBatch[]) =>
  batches.map(({ revision, events }) => [
    revision,
    ...events.map(({ type, item, previous }) =>
      [type, text(item.key), text(item.value), previous === null ? null : text(previous.value)].join(' '),
    ),
  ])

function taken(found: Taken): readonly WatchBatch[] {
  if (found !== null && 'failure' in found) throw new Error(found.failure.reason)
  return found ?? []
}

describe('a watch', () => {
  it('says what has changed in its range, a batch for each revision, and then waits', () => {
    const { watches, change } = setUp()
    const wake = vi.fn()
    const watch = watches.open({ range: { from: key('a'), before: key('b') }, previous: true }, wake)
    expect(watch.take(10)).toBeNull()
    change(['b', 'x'])
    expect([wake.mock.calls.length, watch.seen]).toEqual([0, 2])
    change(['a', '1'], ['a/b', '2'], ['c', 'x'])
    expect(wake).toHaveBeenCalledOnce()
    change(['a', null])
    expect(told(taken(watch.take(10)))).toEqual([
      [3, 'put a 1 ', 'put a/b 2 '],
      [4, 'delete a  1'],
    ])
    expect([watch.take(10), watch.seen, watches.waiting]).toEqual([null, 4, 1])
    watch.close()
    expect(watches.waiting).toBe(0)
  })

  it('begins at an earlier revision, or at a later one', () => {
    const { watches, change } = setUp()
    for (const value of ['1', '2', '3']) change(['a', value])
    const early = watches.open({ range: only(key('a')), from: 3 }, () => {})
    expect(told(taken(early.take(10)))).toEqual([
      [3, 'put a 2 '],
      [4, 'put a 3 '],
    ])
    const wake = vi.fn()
    const late = watches.open({ range: only(key('a')), from: 6 }, wake)
    expect(late.take(10)).toBeNull()
    change(['a', '4'])
    expect(wake).not.toHaveBeenCalled()
    change(['a', '5'])
    expect(wake).toHaveBeenCalledOnce()
    expect(told(taken(late.take(10)))).toEqual([[6, 'put a 5 ']])
  })

  it('that is too slow finds that what it wants next was compacted away', () => {
    const { keys, watches, change } = setUp()
    const slow = watches.open({ range: everything }, () => {})
    const waits = watches.open({ range: everything, from: 3 }, () => {})
    for (const value of ['1', '2', '3']) change(['a', value])
    taken(waits.take(10))
    expect(waits.take(10)).toBeNull()
    keys.compact(3)
    expect(slow.take(10)).toEqual({ failure: { reason: 'compacted', compacted: 3 } })
    change(['a', '4'])
    expect(told(taken(waits.take(10)))).toEqual([[5, 'put a 4 ']])
  })

  it('misses nothing when the state is replaced by a later one', () => {
    const { keys, watches } = setUp()
    const wake = vi.fn()
    const watch = watches.open({ range: everything }, wake)
    expect(watch.take(10)).toBeNull()
    const later = setUp()
    later.change(['a', '1'])
    later.change(['b', '2'])
    const { revision, compacted, keys: all } = later.keys.view()
    watches.whileReplaced(() => {
      const versions = [...all.entries(everything)].flatMap(([, history]) => [...history])
      keys.restore(revision, compacted, versions)
      expect(wake).not.toHaveBeenCalled()
    })
    expect(wake).toHaveBeenCalledOnce()
    expect(told(taken(watch.take(10)))).toEqual([
      [2, 'put a 1 '],
      [3, 'put b 2 '],
    ])
  })
})

const name = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'c')
const range: fc.Arbitrary<KeyRange> = fc.oneof(
  name.map((one) => only(key(one))),
  fc.tuple(name, fc.option(name)).map(([from, before]) => ({
    from: key(from),
    before: before === null ? null : key(before),
  })),
)
const request: fc.Arbitrary<WatchRequest> = fc
  .tuple(
    range,
    fc.integer({ min: 0, max: 12 }),
    fc.constantFrom<'put' | 'delete' | null>('put', 'delete', null),
  )
  .map(([range, from, only]) => ({ range, from, ...(only === null ? {} : { only }) }))
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.tuple(name, fc.option(fc.constantFrom('x', 'y'))), { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.record({ take: fc.nat({ max: 3 }), most: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ open: request }) },
  { weight: 1, arbitrary: fc.record({ compactTo: fc.nat() }) },
)

it('each watch gets every change that it wants once, in order, and is woken when there is one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { keys, watches, change } = setUp()
      const history: { revision: number; events: string[] }[] = []
      const all = watches.open({ range: everything }, () => {})
      const record = () => {
        for (let found = all.take(1000); found !== null; found = all.take(1000))
          for (const { revision, events } of taken(found))
            history.push({ revision, events: events.map(({ type, item }) => `${type} ${text(item.key)}`) })
      }
      const opened: {
        request: WatchRequest
        first: number
        got: unknown[]
        woken: boolean
        waits: boolean
        over: boolean
        watch: ReturnType<Watches['open']>
      }[] = []
      const wanted = ({ request: { range, only: kind }, first }: (typeof opened)[0], upTo: number) =>
        history.flatMap(({ revision, events }) => {
          const mine = events.filter((event) => {
            const [type, of] = event.split(' ') as [string, string]
            const inside = of >= text(range.from) && (range.before === null || of < text(range.before))
            return inside && (kind === undefined || kind === type)
          })
          return revision < first || revision > upTo || mine.length === 0 ? [] : [[revision, ...mine]]
        })
      for (const step of steps)
        if (Array.isArray(step)) {
          change(...step)
          record()
        } else if ('open' in step) {
          const entry = { request: step.open, got: [], woken: false, waits: false, over: false }
          const first = step.open.from === 0 ? keys.revision + 1 : step.open.from!
          const one: (typeof opened)[0] = {
            ...entry,
            first,
            watch: watches.open(step.open, () => {
              one.woken = true
            }),
          }
          opened.push(one)
        } else if ('compactTo' in step) {
          const left = keys.revision - keys.compacted
          if (left > 0) keys.compact(keys.compacted + 1 + (step.compactTo % left))
        } else {
          const one = opened[step.take]
          if (one === undefined || one.over) continue
          const found = one.watch.take(step.most)
          if (found !== null && 'failure' in found) {
            expect(one.watch.seen + 1).toBeLessThanOrEqual(keys.compacted)
            one.over = true
          } else if (found === null) {
            expect(one.got).toEqual(wanted(one, keys.revision))
            Object.assign(one, { waits: true, woken: false })
          } else {
            one.waits = false
            for (const { revision, events } of found)
              one.got.push([revision, ...events.map(({ type, item }) => `${type} ${text(item.key)}`)])
            expect(one.got).toEqual(wanted(one, one.watch.seen))
          }
        }
      for (const one of opened)
        if (one.waits) expect(one.woken).toBe(wanted(one, keys.revision).length > one.got.length)
    }),
    { numRuns: 500 },
  )
})
