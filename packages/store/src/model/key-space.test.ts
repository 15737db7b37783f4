import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes } from './bytes.ts'
import { isLive, keyOverhead, sizeOf, type Version } from './key-history.ts'
import { KeySpace, type KeySpaceView } from './key-space.ts'
import { everything } from './sorted-map.ts'

const key = (name: string): Uint8Array => new TextEncoder().encode(name)
const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes)

const plain = ({ key, value, modRevision, createRevision, version }: Version) =>
  [text(key), text(value), createRevision, modRevision, version] as const

const contents = (keys: KeySpace, at: number | null = null) => [...keys.range(everything, at)].map(plain)

/** As a snapshot does. */
function* versionsIn({ keys }: KeySpaceView): Generator<Version> {
  for (const [, history] of keys.entries(everything)) yield* history
}

/** As they must be: keys, bytes of all versions, bytes of those that were not replaced. */
function amountsIn(keys: KeySpace): number[] {
  const sum = (versions: Iterable<Version>) => [...versions].reduce((bytes, one) => bytes + sizeOf(one), 0)
  const live = [...keys.range(everything)]
  const { keys: all } = keys.view()
  return [
    live.length,
    sum(versionsIn(keys.view())) + all.size * keyOverhead,
    sum(live) + live.length * keyOverhead,
  ]
}

const name = fc.constantFrom('a', 'b', 'b/1', 'c', 'd')
const write = fc.oneof(
  fc.record({ put: name, value: fc.constantFrom('x', 'y', '') }),
  fc.record({ delete: name }),
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(write, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.record({ compactTo: fc.nat({ max: 100 }) }) },
  { weight: 1, arbitrary: fc.constant('restore' as const) },
)

describe('keys and their versions', () => {
  it('are at each revision as they were then, and say what each has changed, whatever is compacted and restored', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let keys = new KeySpace()
        /** By revision: what there was, and what was changed. */
        const then: { contents: unknown; changes: unknown }[] = [{ contents: [], changes: [] }]
        const views: [KeySpaceView, unknown][] = []
        for (const step of steps) {
          if (step === 'restore') {
            const view = keys.view()
            views.push([view, [...versionsIn(view)].map(plain)])
            keys = new KeySpace()
            keys.restore(view.revision, view.compacted, versionsIn(view))
          } else if ('compactTo' in step) {
            const left = keys.revision - keys.compacted
            if (left > 0) keys.compact(keys.compacted + 1 + (step.compactTo % left))
          } else {
            const changes: unknown[] = []
            const before = keys.revision
            keys.change(() => {
              for (const write of step)
                if ('put' in write) changes.push(plain(keys.put(key(write.put), key(write.value), 0)))
                else
                  for (const gone of keys.delete({
                    from: key(write.delete),
                    before: key(`${write.delete}\0`),
                  }))
                    changes.push([text(gone.key), null, 0, before + 1, 0])
            })
            expect(keys.revision).toBe(before + (changes.length > 0 ? 1 : 0))
            if (changes.length > 0) then.push({ contents: contents(keys), changes })
          }
          expect([keys.size, keys.bytes, keys.liveBytes]).toEqual(amountsIn(keys))
          const { compacted, revision } = keys
          for (let at = Math.max(1, compacted); at <= revision; at++) {
            expect({ at, is: contents(keys, at) }).toEqual({ at, is: then[at - 1]!.contents })
            if (at <= Math.max(1, compacted)) continue
            expect({ at, changed: keys.changesAt(at).map(plain) }).toEqual({
              at,
              changed: then[at - 1]!.changes,
            })
          }
        }
        for (const [view, was] of views) expect([...versionsIn(view)].map(plain)).toEqual(was)
      }),
      { numRuns: 200 },
    )
  })

  it('say what a change has replaced, until that is compacted away', () => {
    const keys = new KeySpace()
    const put = (value: string) => keys.change(() => keys.put(key('a'), key(value), 0))
    const [one, two, three] = [put('1'), put('2'), put('3')]
    expect([keys.before(one), keys.before(two)]).toEqual([undefined, one])
    keys.compact(3)
    expect([keys.before(two), keys.before(three)]).toEqual([undefined, two])
  })

  it('take no memory for what was compacted away', () => {
    const keys = new KeySpace()
    for (let n = 0; n < 1000; n++) keys.change(() => keys.put(key('hot'), key(String(n)), 0))
    keys.change(() => keys.put(key('gone'), key('x'), 0))
    keys.change(() => keys.delete({ from: key('gone'), before: key('gone\0') }))
    keys.compact(keys.revision)
    const { keys: left } = keys.view()
    expect(left.size).toBe(1)
    for (const [, history] of left.entries(everything)) expect([...history].filter(isLive)).toHaveLength(1)
    expect(compareBytes([...keys.range(everything)][0]!.value, key('999'))).toBe(0)
  })
})
