// The legend.
import { cross } from './lanes.ts'
import { element, textAt } from './xml.ts'

const STEP = 140
const HEIGHT = 20
const SAMPLE = 30

type Sample = readonly [text: string, draw: (x: number, y: number) => string]

const life = (name: string, text: string): Sample => [
  text,
  (x, y) => element('line', { x1: x, y1: y, x2: x + SAMPLE, y2: y, class: `life ${name}` }),
]

const arrow = (family: string, text: string, more = 'request'): Sample => [
  text,
  (x, y) =>
    element(
      'g',
      { class: `arrow ${family} ${more}` },
      element('line', { x1: x, y1: y, x2: x + SAMPLE - 6, y2: y, class: 'shaft' }) +
        (more.includes('lost')
          ? element('path', { d: cross(x + SAMPLE - 5, y, 4), class: 'end' })
          : element('path', { d: `M${x + SAMPLE} ${y}l-9 -4v8Z`, class: 'head' })),
    ),
]

const sign = (text: string, draw: (x: number, y: number) => string): Sample => [
  text,
  (x, y) => draw(x + SAMPLE / 2, y),
]

const rows: readonly (readonly Sample[])[] = [
  [
    life('leader', 'leader'),
    life('candidate', 'candidate'),
    life('preCandidate', 'pre-candidate'),
    life('follower', 'follower'),
    life('paused', 'stopped'),
    sign('crash', (x, y) => element('path', { d: cross(x, y, 5), class: 'sign crash' })),
    sign('start', (x, y) => element('circle', { cx: x, cy: y, r: 5, class: 'sign start' })),
  ],
  [
    arrow('append', 'append'),
    arrow('vote', 'vote'),
    arrow('pre-vote', 'pre-vote'),
    arrow('heartbeat', 'heartbeat'),
    arrow('snapshot', 'snapshot'),
    arrow('transfer', 'transfer'),
    arrow('client', 'write or read'),
  ],
  [
    arrow('append', 'answer', 'answer'),
    arrow('append', 'refusal', 'answer refusal'),
    arrow('append', 'a copy', 'request copy'),
    arrow('append', 'lost', 'request lost'),
    sign('an entry applied', (x, y) => element('circle', { cx: x, cy: y, r: 2.5, class: 'sign applied' })),
    sign('installed', (x, y) =>
      element('rect', { x: x - 5, y: y - 5, width: 10, height: 10, class: 'sign installed' }),
    ),
    sign('cut off', (x, y) =>
      element('rect', { x: x - 15, y: y - 7, width: 30, height: 14, rx: 6, class: 'shade cut-off' }),
    ),
  ],
]

export const LEGEND_WIDTH: number = 7 * STEP
export const LEGEND_HEIGHT: number = rows.length * HEIGHT

export function drawLegend(x: number, y: number, width: number): string {
  const step = Math.min(STEP, width / 7)
  return rows
    .map((samples, row) =>
      samples
        .map(([text, draw], place) => {
          const left = x + place * step
          const middle = y + row * HEIGHT
          return draw(left, middle) + textAt(left + SAMPLE + 7, middle + 4, text, { class: 'legend-text' })
        })
        .join(''),
    )
    .join('')
}
