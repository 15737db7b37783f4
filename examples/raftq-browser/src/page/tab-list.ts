// The list of tabs. Each has a lane of the last minute, coloured where the tab led, so two leaders at once
// would stand out.
import { find, make, paint, write } from './elements.ts'
import { type Leadership, now } from './leaderships.ts'
import { spoken } from './names.ts'
import { type Entry, Roster } from './roster.ts'
import type { Tab } from './tab.ts'

const shown = 60_000

interface Row {
  readonly item: HTMLLIElement
  readonly state: HTMLElement
  readonly lane: HTMLElement
}

export class TabList {
  readonly #tab: Tab
  readonly #list: HTMLElement = find('ul', 'tabs')
  readonly #rows: Map<string, Row> = new Map()

  constructor(tab: Tab) {
    this.#tab = tab
  }

  draw(): void {
    const end = now()
    const { leaderships } = this.#tab
    const recent = leaderships.all.filter(({ until }) => until > end - shown)
    const entries = new Map(this.#tab.entries.map((entry) => [entry.id, entry]))
    // A node that is no longer a member stays in the list as long as its leadership is shown.
    const ids = [...new Set([...entries.keys(), ...recent.map(({ id }) => id)])].sort()
    for (const [id, { item }] of this.#rows) {
      if (ids.includes(id)) continue
      item.remove()
      this.#rows.delete(id)
    }
    for (const [at, id] of ids.entries()) {
      const row = this.#rows.get(id) ?? this.#newRow(id)
      if (this.#list.children[at] !== row.item)
        this.#list.insertBefore(row.item, this.#list.children[at] ?? null)
      this.#drawState(row, id, entries.get(id))
      drawLane(
        row.lane,
        recent.filter((leadership) => leadership.id === id),
        end,
      )
    }
  }

  #newRow(id: string): Row {
    const state = make('span', 'state')
    const lane = make('div', 'lane')
    const item = make('li', '', make('span', 'who', make('span', 'dot'), spoken(id), state), lane)
    paint(item, '--mine', id)
    const row = { item, state, lane }
    this.#rows.set(id, row)
    return row
  }

  #drawState({ item, state }: Row, id: string, entry: Entry | undefined): void {
    const isPresent = entry !== undefined && !entry.gone && !Roster.isSilent(entry, now())
    item.classList.toggle('absent', !isPresent)
    item.classList.toggle('leads', isPresent && entry.role === 'leader')
    write(state, describe(entry) + (id === this.#tab.id ? ', this tab' : ''))
  }
}

function describe(entry: Entry | undefined): string {
  if (entry === undefined) return 'left'
  const { id, host, role, gone } = entry
  const word = { leader: 'leads', follower: 'follows', candidate: 'stands for election' }[role]
  if (host !== id) return `gone; runs in ${spoken(host)}, and ${word}`
  if (gone) return 'gone'
  return Roster.isSilent(entry, now()) ? 'silent' : word
}

function drawLane(lane: HTMLElement, leaderships: readonly Leadership[], end: number): void {
  while (lane.children.length > leaderships.length) lane.lastChild?.remove()
  while (lane.children.length < leaderships.length) lane.append(make('i', ''))
  for (const [at, { from, until, term }] of leaderships.entries()) {
    const bar = lane.children[at] as HTMLElement
    const left = Math.max(0, 1 - (end - from) / shown)
    bar.style.left = `${100 * left}%`
    bar.style.width = `${100 * (1 - (end - until) / shown - left)}%`
    bar.title = `term ${term}`
  }
}
