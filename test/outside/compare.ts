// Compares outputs. They are equal if they have the same items in the same order. Within one Ready, messages
// may be in any order, and `MustSync` must be true at least where etcd's is (which is where term, vote or
// entries changed).
import { type Fields, type Item, parseOutput } from './structure.ts'

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

function readyEquals({ mustSync, messages, ...rest }: Fields, got: Fields): boolean {
  const { mustSync: gotSync, messages: gotMessages, ...gotRest } = got
  const bag = (of: unknown): string => canonical(Array.isArray(of) ? of.map(canonical).sort() : [])
  return (
    (!mustSync || gotSync === true) &&
    bag(messages) === bag(gotMessages) &&
    canonical(rest) === canonical(gotRest)
  )
}

function equals(expected: Item, got: Item): boolean {
  if (expected.kind !== got.kind) return false
  if (expected.kind === 'ready') return readyEquals(expected.fields, got.fields)
  return canonical(expected.fields) === canonical(got.fields)
}

const nothing = '(nothing more)'

/** The first difference, or null. */
export function firstDifference(expected: string, got: string): { expected: string; got: string } | null {
  const wanted = parseOutput(expected)
  const found = parseOutput(got)
  for (let at = 0; at < Math.max(wanted.length, found.length); at++) {
    const want = wanted[at]
    const have = found[at]
    if (want === undefined || have === undefined || !equals(want, have)) {
      const heading = wanted.slice(0, at).findLast(({ kind }) => kind === 'heading')
      const under = (text: string): string => (heading === undefined ? text : `${heading.text}\n${text}`)
      return { expected: under(want?.text ?? nothing), got: under(have?.text ?? nothing) }
    }
  }
  return null
}
