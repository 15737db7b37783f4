import { describe, expect, it, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { play, record, type Schedule, wholeOf } from '../runs/index.ts'
import { draw, drawScenarioFile } from './index.ts'
import { Timeline } from './timeline.ts'

const all = { last: Number.POSITIVE_INFINITY, page: false }

/** The names of the elements in their order. Throws where it is not well-formed XML. */
function elementsOf(xml: string): string[] {
  const names: string[] = []
  const open: string[] = []
  let rest = xml.trim()
  while (rest !== '') {
    const match = /^(?:<(\/?)([a-z]+)((?:\s[a-zA-Z0-9:-]+="[^"<]*")*)\s*(\/?)>|[^<]+)/.exec(rest)
    if (match === null) throw new Error(`not well-formed: ${rest.slice(0, 80)}`)
    const [whole, closes, name, , isEmpty] = match
    if (/&(?!amp;|lt;|gt;|quot;|#\d+;)/.test(whole)) throw new Error(`a bare &: ${whole.slice(0, 80)}`)
    if (name !== undefined && closes === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes something else`)
    } else if (name !== undefined) {
      names.push(name)
      if (isEmpty === '') open.push(name)
    }
    rest = rest.slice(whole.length)
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(', ')}`)
  return names
}

type Testkit = typeof import('../index.ts')

function failing({ play, shrink }: Testkit): Schedule {
  for (let seed = 1; seed < 200; seed++)
    if (play(wholeOf(seed, true)).violation !== null)
      return shrink(wholeOf(seed, true), { runs: 300, time: 60_000 }).schedule
  throw new Error('no seed fails')
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

describe('the drawing of a short failing run', async () => {
  const testkit = await mutated<Testkit>('packages/testkit/src/index.ts', 'L3')
  const { draw } = testkit
  const { record } = await mutated<typeof import('../runs/index.ts')>(
    'packages/testkit/src/runs/index.ts',
    'L3',
  )
  const schedule = failing(testkit)
  const { recording, result } = record(schedule)
  const svg = draw(schedule, all)

  it('is well-formed and needs no other file', () => {
    expect(elementsOf(svg)[0]).toBe('svg')
    expect(svg).not.toMatch(/<script|href=|@import|url\(/)
  })

  it('has a line for each member, with its name', () => {
    const drawn = svg.slice(svg.indexOf('</style>'))
    for (const id of recording.ids) {
      expect(drawn).toContain(`>${id}</text>`)
      expect(drawn).toContain(`<title>${id} `)
    }
  })

  it('has an arrow for each message that arrived and a cross for each that was lost', () => {
    const legend = { arrows: 11, crosses: 1 }
    const arrived = recording.flights.filter(({ arrived }) => arrived !== null).length
    const lost = recording.flights.filter(({ arrived, lost }) => arrived === null && lost !== null).length
    expect(arrived).toBeGreaterThan(10)
    expect(count(svg, /class="head"/g) + count(svg, /class="end"/g)).toBe(arrived + lost + legend.arrows)
    expect(count(svg, /class="end"/g)).toBe(lost + legend.crosses)
  })

  it('shows the violation and its place in the cluster', () => {
    const { checker, message } = result.violation!
    expect(svg).toContain(`✗ ${checker} at`)
    expect(svg.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')).toContain(message)
    expect(count(svg, /class="culprit"/g)).toBe(1)
  })

  it('describes each arrow in its title', () => {
    expect(svg).toMatch(/<title>n\d → n\d {2}vote T\d\?/)
  })

  it('names every fault that is left', () => {
    for (const number of schedule.kept.fault ?? []) expect(svg).toContain(`fault ${number} strikes `)
  })

  it('can show the end alone', () => {
    const end = draw(schedule, { last: 20, page: false })
    elementsOf(end)
    expect(end.length).toBeLessThan(svg.length)
    expect(end).toMatch(/\d+ earlier events are not shown/)
    expect(svg).not.toContain('not shown')
    expect(end).toContain(`✗ ${result.violation!.checker} at`)
  })

  it('can be a page with the tale and the command', () => {
    const page = draw(schedule, { ...all, page: true })
    expect(page).toContain('<!doctype html>')
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain(`--mutant L3 --seed ${schedule.seed}`)
    expect(page).toContain(`Seed ${schedule.seed}, mutant L3`)
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
    for (const [drawing] of page.matchAll(/<svg[\s\S]*?<\/svg>/g)) elementsOf(drawing)
  })
})

test('a run without a violation has a drawing too, with all kinds of messages', () => {
  let schedule = wholeOf(1)
  while (play(schedule).scenario.voters.length < 3) schedule = wholeOf(schedule.seed + 1)
  const svg = draw(schedule, { last: 200, page: false })
  elementsOf(svg)
  const { recording } = record(schedule)
  const whole = draw(schedule, all)
  const arrived = recording.flights.filter((flight) => flight.arrived !== null)
  expect(count(whole, /<title>n\d → n\d {2}/g)).toBe(recording.flights.length)
  for (const type of ['heartbeat', 'append', 'heartbeatResponse', 'appendResponse'])
    expect(arrived.some(({ message }) => message.type === type)).toBe(true)
  expect(svg).toContain('all is well')
  expect(svg).not.toContain('class="violation-box"')
})

test('a scenario file has a drawing, with and without a mutant', async () => {
  const svg = drawScenarioFile('figure-8', all)
  elementsOf(svg)
  for (const id of ['s1', 's2', 's3', 's4', 's5']) expect(svg).toContain(`>${id}</text>`)
  expect(svg).toContain('★ leads term 3')
  expect(svg).not.toContain('class="violation-box"')
  const broken = await mutated<typeof import('./index.ts')>('packages/testkit/src/drawing/index.ts', 'L1')
  const drawn = broken.drawScenarioFile('figure-8', all)
  elementsOf(drawn)
  expect(drawn).toContain('with mutant L1')
  expect(drawn).toContain('class="violation-box"')
})

test('a recorded run is the same as one that is not recorded', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { recording, result } = record(wholeOf(seed))
    expect(recording.flights.length).toBeGreaterThan(0)
    expect(result.fingerprint).toBe(play(wholeOf(seed)).fingerprint)
  }
})

test('time runs downwards, and a long time without events is folded', () => {
  const row = (at: number, column = '', height = 0) => ({ at, column, height })
  const timeline = new Timeline([row(0), row(1), row(1.01), row(2000), row(2000.5)], 10)
  const ys = [0, 0.5, 1, 1.01, 1000, 2000, 2000.5].map((at) => timeline.y(at))
  expect(ys).toEqual([...ys].sort((a, b) => a - b))
  expect(new Set(ys).size).toBe(ys.length)
  expect(timeline.folds).toHaveLength(1)
  expect(timeline.folds[0]).toMatchObject({ text: '1999 ms' })
  expect(timeline.bottom).toBeLessThan(200)
})

test('labels of one column do not overlap, and those of two columns may stand side by side', () => {
  const apart = new Timeline(
    [
      { at: 0, column: 'a', height: 15 },
      { at: 0.01, column: 'a', height: 15 },
      { at: 0.02, column: 'b', height: 15 },
    ],
    0,
  )
  expect(apart.y(0.01) - apart.y(0)).toBeGreaterThanOrEqual(15)
  expect(apart.y(0.02) - apart.y(0.01)).toBeLessThan(15)
})

test("the drawing of a run with a user's state machine names no command, since that would run without the machine", () => {
  const machine = { apply: (by: number) => by, snapshot: () => 0, restore: () => {} }
  const also = { machine: () => machine, commands: () => 0 }
  const schedule = { ...wholeOf(12), until: 10 }
  for (const page of [true, false]) {
    expect(draw(schedule, { last: 10, page })).toContain('npm run sim -- --seed 12')
    const own = draw(schedule, { last: 10, page }, also)
    expect(own).toContain('simulate({ seed: 12, machine, commands, … })')
    expect(own).not.toContain('npm run sim')
  }
})
