// The drawing: time runs downwards, members are lines, messages are arrows.
import { checkers } from '../world/index.ts'
import { drawArrow } from './arrows.ts'
import { type Label, labelsOf, type Note, notesOf } from './labels.ts'
import { badgesOf, drawBadge, drawLane, drawNames, drawSigns } from './lanes.ts'
import { drawLegend, LEGEND_HEIGHT } from './legend.ts'
import { LEFT, LINE, laneX, notesX, widthFor } from './paper.ts'
import { style } from './style.ts'
import { type Row, Timeline } from './timeline.ts'
import type { View } from './view.ts'
import { element, escaped, shortened, textAt, withTitle, wrapped } from './xml.ts'

const NAMES_HEIGHT = 72
/** Characters of a note. */
const NOTE = 46

const laneOf = (place: number): string => `lane ${place}`

/** Everything that needs its own place on the paper. */
function rowsOf(
  { flights, marks, since, until }: View,
  labels: readonly Label[],
  notes: readonly Note[],
  badges: readonly Row[],
): Row[] {
  const point = (at: number): Row => ({ at, column: '', height: 0 })
  const inside = ({ at }: Row): boolean => at >= since
  return [
    point(since),
    point(until),
    ...flights.flatMap(({ left, arrived, lost }) => [point(left), point(arrived ?? lost ?? left)]),
    ...marks.map(({ at }) => point(at)),
    ...labels.map(({ at, place }) => ({ at, column: laneOf(place), height: LINE })),
    ...notes.map(({ at }) => ({ at, column: 'notes', height: LINE })),
    ...badges,
  ].filter(inside)
}

/** The times, at the left. */
function drawTimes(timeline: Timeline, width: number): string {
  let last = Number.NEGATIVE_INFINITY
  const times = timeline.times.map((at) => {
    const y = timeline.y(at)
    if (y - last < LINE) return ''
    last = y
    return (
      element('line', { x1: LEFT, y1: y, x2: width, y2: y, class: 'rule' }) +
      textAt(LEFT - 12, y + 4, at.toFixed(1), { class: 'time' })
    )
  })
  const folds = timeline.folds.map(({ y, text }) => {
    const zigzag = `M${LEFT} ${y}${'l4 -3l4 3'.repeat(Math.floor((width - LEFT) / 8))}`
    return (
      element('path', { d: zigzag, class: 'fold' }) +
      textAt(LEFT - 12, y + 4, `⋮ ${text}`, { class: 'fold-text' })
    )
  })
  return times.join('') + folds.join('')
}

/** The first indent that no bar from above crosses. */
function indentOf(notes: readonly Note[], number: number): number {
  const indents: number[] = []
  for (const [place, { at }] of notes.slice(0, number + 1).entries()) {
    const taken = indents.filter((_, before) => (notes[before]!.until ?? 0) > at)
    indents[place] = [0, 1, 2, 3, 4, 5].find((indent) => !taken.includes(indent)) ?? 6
  }
  return indents[number]!
}

/** `indent`: how far to the right, past the bars of earlier notes. */
function drawNote(
  { at, until, text, place }: Note,
  timeline: Timeline,
  left: number,
  indent: number,
): string {
  const x = left + indent * 9
  const y = timeline.y(at)
  const from =
    place === null ? '' : element('line', { x1: laneX(place), y1: y, x2: x, y2: y, class: 'note-line' })
  const bar =
    until === null
      ? ''
      : element('line', {
          x1: x,
          y1: y,
          x2: x,
          y2: Math.min(timeline.y(until), timeline.bottom),
          class: 'note-bar',
        })
  const dot = element('circle', { cx: x, cy: y, r: 3.5, class: 'note-dot' })
  const lasts = until === null || until === Number.POSITIVE_INFINITY ? '' : `, until ${until.toFixed(1)} ms`
  return withTitle(
    `${at.toFixed(3)} ms: ${text}${lasts}`,
    from + bar + dot + textAt(x + 9, y + 4, shortened(text, NOTE), { class: 'note' }),
  )
}

/** An arrow that meets the line this near to a label crosses it. */
const NEAR = 11

/** Places a label beside the arrows of its member, which come from above and go down. */
function drawLabel({ at, place, text, look, title }: Label, { flights }: View, timeline: Timeline): string {
  const y = timeline.y(at)
  const isNear = (time: number): boolean => Math.abs(timeline.y(time) - y) < NEAR
  const goes = (side: number): boolean =>
    flights.some(({ from, to, left }) => from === place && Math.sign(to - from) === side && isNear(left))
  const comes = (side: number): boolean =>
    flights.some(
      ({ from, to, arrived }) =>
        to === place && arrived !== null && Math.sign(from - to) === side && isNear(arrived),
    )
  const isFree = (side: number): boolean => !goes(side) && !comes(side)
  const side = !isFree(1) && isFree(-1) && place > 0 ? -1 : 1
  const down = isFree(side) ? 4 : comes(side) ? (goes(side) ? -8 : 15) : -7
  return withTitle(
    title,
    textAt(laneX(place) + side * 20, y + down, text, {
      class: `label ${look}`,
      'text-anchor': side === 1 ? undefined : 'end',
    }),
  )
}

/** The violation at the end of the run. Returns the markup and its height. */
function drawViolation(
  { violation, culprit, until }: View,
  y: number,
  width: number,
): readonly [string, number] {
  if (violation === null) return ['', 0]
  const { checker, message } = violation
  const left = LEFT - 40
  const lines = wrapped(message, Math.floor((width - left - 60) / 7))
  const height = 58 + lines.length * 18
  const box = [
    culprit === null ? '' : element('circle', { cx: laneX(culprit), cy: y - 22, r: 13, class: 'culprit' }),
    element('line', { x1: left, y1: y, x2: width - 24, y2: y, class: 'violation-line' }),
    element('rect', { x: left, y: y + 12, width: width - left - 24, height, rx: 10, class: 'violation-box' }),
    textAt(left + 18, y + 36, `✗ ${checker} at ${until.toFixed(3)} ms`, { class: 'violation-name' }),
    ...lines.map((line, number) =>
      textAt(left + 18, y + 57 + number * 18, line, { class: 'violation-text' }),
    ),
    textAt(left + 18, y + 59 + lines.length * 18, checkers[checker], { class: 'violation-theorem' }),
  ]
  return [box.join(''), height + 24]
}

export interface Drawing {
  readonly width: number
  readonly height: number
  /** The markup inside an svg element of this size. */
  readonly inside: string
}

/** The members' names alone, which stay in sight while the rest scrolls. */
export const drawHeading = (ids: readonly string[]): Drawing => ({
  width: widthFor(ids.length),
  height: 44,
  inside: drawNames(ids, 22),
})

const earlier = (hidden: number): string => `${hidden} earlier events are not shown: --last all`

/** `names`: whether to write the names above the lines. */
export function drawView(view: View, { names }: { readonly names: boolean }): Drawing {
  const { ids, flights, since, hidden } = view
  const width = widthFor(ids.length)
  const labels = labelsOf(view)
  const notes = notesOf(view)
  const badges = badgesOf(view)
  const rows = rowsOf(
    view,
    labels,
    notes,
    badges.map(({ at, place }) => ({ at, column: laneOf(place), height: 18 })),
  )
  const timeline = new Timeline(rows, names ? NAMES_HEIGHT : 28)
  const [violation, more] = drawViolation(view, timeline.bottom + 22, width)
  const inside = [
    drawTimes(timeline, notesX(ids.length) - 14),
    ...ids.map((_, place) => drawLane(view, timeline, place)),
    ...flights.map((flight) => drawArrow(flight, ids, timeline)),
    drawSigns(view, timeline),
    ...badges.map((badge) => drawBadge(badge, timeline)),
    ...labels.map((label) => drawLabel(label, view, timeline)),
    ...notes.map((note, number) => drawNote(note, timeline, notesX(ids.length), indentOf(notes, number))),
    names ? drawNames(ids, 26) : '',
    hidden === 0 ? '' : textAt(LEFT - 60, timeline.y(since) - 14, earlier(hidden), { class: 'earlier' }),
    violation,
  ].join('\n')
  return { width, height: timeline.bottom + 40 + more, inside }
}

const HEADER = 78

/** An SVG file. `title` is one line, `subtitle` several. */
export function drawFile(view: View, title: string, subtitle: readonly string[]): string {
  const { width, height, inside } = drawView(view, { names: true })
  const above = HEADER + subtitle.length * LINE + LEGEND_HEIGHT
  const whole = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height: above + height,
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(above + height)}`,
      role: 'img',
    },
    [
      element('title', {}, escaped(title)),
      element('style', {}, `\n${escaped(style)}\n`),
      element('rect', { width: '100%', height: '100%', style: 'fill: var(--paper)' }),
      textAt(28, 38, title, { class: 'title' }),
      ...subtitle.map((line, number) => textAt(28, 60 + number * LINE, line, { class: 'subtitle' })),
      drawLegend(28, 68 + subtitle.length * LINE, width - 56),
      element('g', { transform: `translate(0 ${above})` }, inside),
    ].join('\n'),
  )
  return `${whole}\n`
}
