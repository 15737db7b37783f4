// What is the matter with the links, in as few words as possible.
import type { Cut } from '../runs/index.ts'

/** `n2 is cut off`, `n2 is not heard`, `n1 n2 | n3`, or link by link. `all`: what is cut then, these included. */
function cutText(cuts: readonly Cut[], ids: readonly string[], all: readonly Cut[] = cuts): string {
  const name = (place: number): string => ids[place]!
  const has = (from: number, to: number): boolean => all.some((cut) => cut.from === from && cut.to === to)
  const others = (place: number): number[] => ids.map((_, other) => other).filter((other) => other !== place)
  for (const place of ids.keys()) {
    const out = others(place).every((other) => has(place, other))
    const into = others(place).every((other) => has(other, place))
    const about = cuts.every(({ from, to }) => from === place || to === place)
    if (out && into && about) return `${name(place)} is cut off`
    if (out && cuts.every(({ from }) => from === place)) return `${name(place)} is not heard`
    if (into && cuts.every(({ to }) => to === place)) return `${name(place)} hears nobody`
  }
  const first = new Set([
    cuts[0]!.from,
    ...others(cuts[0]!.from).filter((other) => !has(cuts[0]!.from, other)),
  ])
  const rest = ids.map((_, place) => place).filter((place) => !first.has(place))
  const isSplit =
    cuts.length === 2 * first.size * rest.length &&
    [...first].every((one) => rest.every((other) => has(one, other) && has(other, one)))
  if (isSplit) return `split: ${[...first].map(name).join(' ')} | ${rest.map(name).join(' ')}`
  const pairs = cuts
    .filter(({ from, to }) => !(has(to, from) && to < from))
    .map(({ from, to }) => `${name(from)}${has(to, from) ? '↔' : '→'}${name(to)}`)
  return `cut: ${pairs.slice(0, 6).join(' ')}${pairs.length > 6 ? ` and ${pairs.length - 6} more` : ''}`
}

export interface CutInWords {
  readonly at: number
  /** Null: it lasts to the end. */
  readonly until: number | null
  readonly text: string
}

/** Links that were cut and mended together are one. */
export function cutsInWords(cuts: readonly Cut[], ids: readonly string[]): CutInWords[] {
  const groups = new Map<string, Cut[]>()
  for (const cut of cuts) {
    const key = `${cut.since} ${cut.until}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [cut])
    else group.push(cut)
  }
  return [...groups.values()].map((group) => {
    const { since: at, until } = group[0]!
    const then = cuts.filter((cut) => cut.since <= at && (cut.until ?? Number.POSITIVE_INFINITY) > at)
    return { at, until, text: cutText(group, ids, then) }
  })
}
