// The members: a line each, in a style that shows the member's role.
import type { Role } from '@oarlock/core'
import { describeRole, type Mark } from '../telling/index.ts'
import { laneX } from './paper.ts'
import type { Timeline } from './timeline.ts'
import type { View } from './view.ts'
import { element, textAt, withTitle } from './xml.ts'

type Life = 'down' | 'paused' | Role

interface Span {
  readonly since: number
  until: number
  readonly life: Life
  readonly term: number
}

/** A term, written on a member's line. */
export interface Badge {
  readonly at: number
  readonly place: number
  readonly term: number
}

const lifeAfter = ({ kind, role }: Mark, before: Life): Life => {
  if (kind === 'crash') return 'down'
  if (kind === 'pause') return 'paused'
  // A mark that another member causes does not end a pause.
  if (before === 'paused' && kind !== 'resume' && kind !== 'start') return before
  return role
}

function spansOf({ marks, earlier, since, until }: View, place: number): Span[] {
  const own = (mark: Mark): boolean => mark.place === place
  let life: Life = 'down'
  let term = 0
  for (const mark of earlier.filter(own)) {
    life = lifeAfter(mark, life)
    term = mark.term
  }
  const spans: Span[] = [{ since, until, life, term }]
  for (const mark of marks.filter(own)) {
    const next = lifeAfter(mark, life)
    if (next === life && mark.term === term) continue
    life = next
    term = mark.term
    const last = spans.at(-1)!
    last.until = mark.at
    if (last.since === mark.at) spans.pop()
    spans.push({ since: mark.at, until, life, term })
  }
  return spans
}

function describeLife(life: Life, term: number): string {
  if (life === 'down') return `is down in term ${term}`
  return life === 'paused' ? `is stopped in term ${term}` : describeRole(life, term)
}

/** Where a running member's term changes. */
export function badgesOf(view: View): Badge[] {
  return view.ids.flatMap((_, place) => {
    const badges: Badge[] = []
    let written = -1
    for (const { since, life, term } of spansOf(view, place)) {
      if (life === 'down') written = -1
      else if (term !== written) {
        badges.push({ at: since, place, term })
        written = term
      }
    }
    return badges
  })
}

type Silence = 'cut off' | 'hears nobody' | 'is not heard'

/** Which directions of a member's links are all cut at this time. */
function silenceAt({ ids, cuts }: View, place: number, at: number): Silence | null {
  const now = cuts.filter((cut) => cut.since <= at && at < (cut.until ?? Number.POSITIVE_INFINITY))
  const others = ids.length - 1
  const deaf = now.filter(({ to }) => to === place).length === others
  const mute = now.filter(({ from }) => from === place).length === others
  if (deaf && mute) return 'cut off'
  return deaf ? 'hears nobody' : mute ? 'is not heard' : null
}

/** Shades the ground behind a member's line while it cannot send or cannot receive. */
function shade(view: View, timeline: Timeline, place: number): string {
  if (view.ids.length === 1) return ''
  const ends = new Set<number>([view.since, view.until])
  for (const { since, until } of view.cuts) {
    if (since > view.since) ends.add(since)
    if (until !== null && until < view.until) ends.add(until)
  }
  const silences: { readonly since: number; until: number; readonly silence: Silence }[] = []
  const times = [...ends].sort((a, b) => a - b)
  times.slice(0, -1).forEach((since, number) => {
    const silence = silenceAt(view, place, since)
    const until = times[number + 1]!
    const last = silences.at(-1)
    if (last?.until === since && last.silence === silence) last.until = until
    else if (silence !== null) silences.push({ since, until, silence })
  })
  return silences
    .map(({ since, until, silence }) => {
      const y = timeline.y(since)
      const height = timeline.y(until) - y
      return withTitle(
        `${view.ids[place]}: ${silence}`,
        element('rect', {
          x: laneX(place) - 17,
          y,
          width: 34,
          height,
          rx: 8,
          class: silence === 'cut off' ? 'shade cut-off' : 'shade half',
        }),
      )
    })
    .join('')
}

export function drawLane(view: View, timeline: Timeline, place: number): string {
  const x = laneX(place)
  const spans = spansOf(view, place)
  const lines = spans.map(({ since, until, life, term }, number) => {
    const y1 = timeline.y(since)
    // The last one reaches to the end of the paper.
    const y2 = number === spans.length - 1 ? timeline.bottom + 14 : timeline.y(until)
    const title = `${view.ids[place]} ${describeLife(life, term)}, from ${since.toFixed(3)} ms`
    return withTitle(title, element('line', { x1: x, y1, x2: x, y2, class: `life ${life}` }))
  })
  return shade(view, timeline, place) + lines.join('')
}

export const drawBadge = ({ at, place, term }: Badge, timeline: Timeline): string => {
  const text = `T${term}`
  const width = 12 + 7 * text.length
  const y = timeline.y(at)
  const x = laneX(place)
  return withTitle(
    `${at.toFixed(3)} ms: term ${term}`,
    element('rect', { x: x - width / 2, y: y - 8, width, height: 16, rx: 8, class: 'badge' }) +
      textAt(x, y + 4, text, { class: 'badge-text' }),
  )
}

/** The names, above the lines. */
export const drawNames = (ids: readonly string[], y: number): string =>
  ids
    .map((id, place) =>
      element(
        'g',
        {},
        element('rect', { x: laneX(place) - 26, y: y - 14, width: 52, height: 28, rx: 14, class: 'member' }) +
          textAt(laneX(place), y + 5, id, { class: 'member-text' }),
      ),
    )
    .join('')

/** Signs on the lines: crashes, starts, entries applied, snapshots installed. */
export function drawSigns({ marks }: View, timeline: Timeline): string {
  return marks
    .map(({ at, place, kind, text }) => {
      const x = laneX(place)
      const y = timeline.y(at)
      const title = `${at.toFixed(3)} ms: ${text}`
      switch (kind) {
        case 'crash':
          return withTitle(title, element('path', { d: cross(x, y, 6), class: 'sign crash' }))
        case 'start':
          return at === 0
            ? ''
            : withTitle(title, element('circle', { cx: x, cy: y, r: 5, class: 'sign start' }))
        case 'applied':
          return withTitle(title, element('circle', { cx: x, cy: y, r: 2.5, class: 'sign applied' }))
        case 'installed':
          return withTitle(
            title,
            element('rect', { x: x - 5, y: y - 5, width: 10, height: 10, class: 'sign installed' }),
          )
        default:
          return ''
      }
    })
    .join('')
}

export const cross = (x: number, y: number, size: number): string =>
  `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}`
