// The view: text, the colour of the leader, and the title and icon of the tab.
import { find, make, paint, write } from './elements.ts'
import { now } from './leaderships.ts'
import { colourOf, spoken } from './names.ts'
import type { Tab } from './tab.ts'
import { TabList } from './tab-list.ts'

const keptLines = 200
const stallFor = 5000

export class View {
  readonly #tab: Tab
  readonly #list: TabList
  #isDue = false
  #icon = ''
  #headline = ''

  constructor(tab: Tab) {
    this.#tab = tab
    this.#list = new TabList(tab)
    find('form', 'set').addEventListener('submit', (event) => {
      event.preventDefault()
      this.#set(find('input', 'input'))
    })
    // Acts like a busy page: no timer fires, and no message is received.
    find('button', 'stall').addEventListener('click', () => {
      for (const end = now() + stallFor; now() < end; );
    })
  }

  log(message: string): void {
    const at = new Date()
    const milliseconds = String(at.getMilliseconds()).padStart(3, '0')
    const time = make('time', '', `${at.toLocaleTimeString('en-GB')}.${milliseconds}`)
    const list = find('ol', 'log')
    list.prepend(make('li', '', time, make('span', '', message)))
    while (list.children.length > keptLines) list.lastChild?.remove()
  }

  /** Two clusters have met, and neither may dissolve. */
  conflict(message: string): void {
    const element = find('p', 'conflict')
    element.hidden = false
    write(element, message)
  }

  /**
   * Draws with the next frame. The title is drawn at once, because it is visible also while the tab is
   * hidden.
   */
  changed(): void {
    this.#drawTitle()
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => {
      this.#isDue = false
      this.#draw()
    })
  }

  #drawTitle(): void {
    const { id, node } = this.#tab
    if (id === null) return
    const leads = node?.leads === true
    document.title = leads ? `★ ${spoken(id)} leads` : spoken(id)
    if (this.#icon === document.title) return
    this.#icon = document.title
    const shape = leads
      ? '<path d="M8 0l2.4 5.2 5.6.7-4.2 3.9 1.1 5.7L8 12.7l-4.9 2.8 1.1-5.7L0 5.9l5.6-.7z"/>'
      : '<circle cx="8" cy="8" r="5.5"/>'
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${iconColours[colourOf(id)]}">${shape}</svg>`
    document
      .querySelector('link#icon')
      ?.setAttribute('href', `data:image/svg+xml,${encodeURIComponent(picture)}`)
  }

  #draw(): void {
    const { id, node, leader } = this.#tab
    const root = document.documentElement
    root.classList.toggle('leads', node?.leads === true)
    paint(root, '--mine', id)
    paint(root, '--leading', leader)
    write(find('strong', 'my-name'), id === null ? '…' : spoken(id))
    write(find('strong', 'term'), node === null || node.term === 0 ? '–' : String(node.term))
    this.#drawHeadline()
    this.#list.draw()
    this.#drawValue()
  }

  #drawHeadline(): void {
    const { id, node, leader } = this.#tab
    const isMember = node !== null && node.term > 0
    const headline = `${leader} ${id} ${isMember}`
    if (headline === this.#headline) return
    this.#headline = headline
    const words =
      leader === id && id !== null
        ? ['This tab leads.']
        : leader !== null
          ? [make('em', '', spoken(leader)), ' leads. This tab follows.']
          : [isMember ? 'No tab leads: an election is under way.' : 'Looking for other tabs …']
    find('h1', 'headline').replaceChildren(...words)
  }

  #drawValue(): void {
    const value = this.#tab.value
    const element = find('p', 'value')
    element.classList.toggle('empty', value === null)
    write(element, value?.text ?? 'nothing yet')
    write(find('p', 'value-by'), value === null ? '' : `set by ${spoken(value.by)}`)
  }

  async #set(input: HTMLInputElement): Promise<void> {
    const outcome = find('p', 'outcome')
    const tell = (words: string, failed: boolean): void => {
      outcome.classList.toggle('failed', failed)
      write(outcome, words)
    }
    tell('Waiting for a majority …', false)
    const start = now()
    try {
      await this.#tab.set(input.value)
      tell(`Committed by a majority in ${Math.round(now() - start)} ms.`, false)
      input.value = ''
    } catch (cause) {
      tell(`Failed: ${cause instanceof Error ? cause.message : cause}`, true)
    }
  }
}

/** Colours that work on a light and on a dark background. */
const iconColours = {
  amber: '#c98a1b',
  blue: '#3f8ae0',
  coral: '#e0604f',
  green: '#2fa35a',
  olive: '#8f8f2a',
  pink: '#d9579b',
  teal: '#1f9c9c',
  violet: '#9a6be0',
}
