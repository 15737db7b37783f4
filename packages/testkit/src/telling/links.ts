// Which links are cut, in as few words as possible.
import type { Cut } from './recorded.ts'

/** At most this many links are named. */
const MOST_PAIRS = 6

interface Links {
  readonly ids: readonly string[]
  /** The cuts to describe. */
  readonly cuts: readonly Cut[]
  /** All links that are cut then, these included. */
  readonly all: readonly Cut[]
}

const isCut = ({ all }: Links, from: number, to: number): boolean =>
  all.some((cut) => cut.from === from && cut.to === to)

const othersThan = ({ ids }: Links, place: number): number[] =>
  [...ids.keys()].filter((other) => other !== place)

/** `n2 is cut off`, `n2 is not heard`, `n2 hears nobody`; null: the cuts are not about one member. */
function aboutOneMember(links: Links): string | null {
  const { ids, cuts } = links
  for (const [place, id] of ids.entries()) {
    const others = othersThan(links, place)
    const isMute = others.every((other) => isCut(links, place, other))
    const isDeaf = others.every((other) => isCut(links, other, place))
    if (isMute && isDeaf && cuts.every(({ from, to }) => from === place || to === place))
      return `${id} is cut off`
    if (isMute && cuts.every(({ from }) => from === place)) return `${id} is not heard`
    if (isDeaf && cuts.every(({ to }) => to === place)) return `${id} hears nobody`
  }
  return null
}

/** `split: n1 n2 | n3`; null: the members do not fall into two parts. */
function aboutTwoParts(links: Links): string | null {
  const { ids, cuts } = links
  const one = cuts[0]!.from
  const first = new Set([one, ...othersThan(links, one).filter((other) => !isCut(links, one, other))])
  const rest = [...ids.keys()].filter((place) => !first.has(place))
  const isSplit =
    cuts.length === 2 * first.size * rest.length &&
    [...first].every((a) => rest.every((b) => isCut(links, a, b) && isCut(links, b, a)))
  if (!isSplit) return null
  const names = (places: Iterable<number>): string => [...places].map((place) => ids[place]!).join(' ')
  return `split: ${names(first)} | ${names(rest)}`
}

/** `cut: n1↔n2 n3→n1`. */
function linkByLink(links: Links): string {
  const { ids, cuts } = links
  const pairs = cuts
    .filter(({ from, to }) => !(isCut(links, to, from) && to < from))
    .map(({ from, to }) => `${ids[from]}${isCut(links, to, from) ? '↔' : '→'}${ids[to]}`)
  const more = pairs.length > MOST_PAIRS ? ` and ${pairs.length - MOST_PAIRS} more` : ''
  return `cut: ${pairs.slice(0, MOST_PAIRS).join(' ')}${more}`
}

export interface CutInWords {
  readonly at: number
  /** Null: it lasts to the end. */
  readonly until: number | null
  readonly text: string
}

/** Describes as one what was cut and mended together. */
export function describeCuts(cuts: readonly Cut[], ids: readonly string[]): CutInWords[] {
  const groups = new Map<string, Cut[]>()
  for (const cut of cuts) {
    const key = `${cut.since} ${cut.until}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [cut])
    else group.push(cut)
  }
  return [...groups.values()].map((group) => {
    const { since: at, until } = group[0]!
    const all = cuts.filter((cut) => cut.since <= at && (cut.until ?? Number.POSITIVE_INFINITY) > at)
    const links: Links = { ids, cuts: group, all }
    return { at, until, text: aboutOneMember(links) ?? aboutTwoParts(links) ?? linkByLink(links) }
  })
}
