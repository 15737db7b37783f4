// Tabs of the page that a test has opened in a browser: an origin of their own, and what each of them says.
import type { Server } from 'node:http'
import type { BrowserContext, Page } from 'playwright-core'
import { bundle, type File } from './bundle.ts'
import { overlaps, type Reign } from './page/reigns.ts'
import { serve } from './server.ts'

/** What a tab says of itself. */
export interface Said {
  readonly id: string | null
  readonly leads: boolean
  readonly leader: string | null
  readonly term: number
  readonly text: string | null
  readonly others: readonly string[]
  /** The members, as its log told last; those that catch up are none yet. */
  readonly members: string
  readonly hidden: boolean
}

/** The part of the page that is looked at here; it runs in the tab. */
declare const tab: {
  readonly id: string | null
  readonly node: { readonly leads: boolean; readonly leader: string | null; readonly term: number } | null
  readonly value: { readonly text: string } | null
  readonly entries: readonly { readonly id: string }[]
  readonly reigns: { readonly all: readonly Reign[] }
}
declare const document: {
  readonly hidden: boolean
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>
}

let files: Promise<ReadonlyMap<string, File>> | null = null

export class OpenedTabs {
  readonly url: string
  readonly pages: Set<Page> = new Set()
  readonly #context: BrowserContext
  readonly #server: Server
  /** By node and term, as the tabs said it, also those that are closed. */
  readonly #reigns: Map<string, Reign> = new Map()
  readonly #errors: Error[] = []

  private constructor(context: BrowserContext, server: Server, url: string) {
    this.#context = context
    this.#server = server
    this.url = url
  }

  /** A port of its own is an origin of its own, with storage, locks and channels of its own. */
  static async at(context: BrowserContext): Promise<OpenedTabs> {
    files ??= bundle()
    const { server, url } = await serve(await files, 0)
    return new OpenedTabs(context, server, url)
  }

  async open(): Promise<Page> {
    const page = await this.#context.newPage()
    this.add(page)
    await page.goto(this.url)
    return page
  }

  add(page: Page): void {
    this.pages.add(page)
    page.on('close', () => this.pages.delete(page))
    page.on('crash', () => this.pages.delete(page))
    page.on('pageerror', (error) => this.#errors.push(error))
  }

  /** A user closes it. */
  async close(page: Page): Promise<void> {
    await this.#noteReigns(page)
    await Promise.all([page.waitForEvent('close'), page.close({ runBeforeUnload: true })])
  }

  /** Its process dies, with no word to anybody. */
  async crash(page: Page): Promise<void> {
    await this.#noteReigns(page)
    const crashed = page.waitForEvent('crash')
    const session = await this.#context.newCDPSession(page)
    session.send('Page.crash').catch(() => {})
    await crashed
    await page.close()
  }

  async freeze(page: Page, state: 'frozen' | 'active'): Promise<void> {
    const session = await this.#context.newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state })
    await session.detach()
  }

  say(page: Page): Promise<Said> {
    return page.evaluate(() => {
      const { id = null, node = null, value = null, entries = [] } = typeof tab === 'undefined' ? {} : tab
      const log = [...document.querySelectorAll('#log li span')].map(({ textContent }) => textContent)
      return {
        id,
        leads: node?.leads ?? false,
        leader: node?.leader ?? null,
        term: node?.term ?? 0,
        text: value?.text ?? null,
        others: entries.map((entry) => entry.id).filter((other) => other !== id),
        members: log.find((line) => line.startsWith('members: '))?.slice('members: '.length) ?? '',
        hidden: document.hidden,
      }
    })
  }

  /** What every open tab says. */
  async all(): Promise<readonly (Said & { readonly page: Page })[]> {
    return Promise.all([...this.pages].map(async (page) => ({ ...(await this.say(page)), page })))
  }

  /** Resolves when it holds of what all tabs say; rejects after `ms`, or at once when a tab cannot be asked. */
  async until<T>(
    what: string,
    holds: (said: readonly Said[]) => T | false | null | undefined,
    ms = 15_000,
  ): Promise<T> {
    for (const end = Date.now() + ms; ; ) {
      const said = (await this.all()).map(({ page: _, ...rest }) => rest)
      const found = holds(said)
      if (found) return found
      if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}\n${JSON.stringify(said, null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  /** Exactly one of the open tabs leads, the others follow it; all of them are members, and nobody else is there. */
  async settled(): Promise<Page> {
    const { id } = await this.until('one tab leads, the others follow it, and all are members', (said) => {
      const [leader, ...more] = said.filter(({ leads }) => leads)
      const ids = said.map((one) => one.id).sort()
      const follows = ({ leader: known, term, others }: Said): boolean =>
        known === leader?.id && term === leader?.term && others.length === said.length - 1
      return more.length === 0 && said.every(follows) && leader?.members === ids.join(', ') && leader
    })
    return this.of(id!)
  }

  /** The tab of that name. */
  async of(id: string): Promise<Page> {
    return (await this.all()).find((one) => one.id === id)!.page
  }

  async #noteReigns(page: Page): Promise<void> {
    for (const reign of await page.evaluate(() => tab.reigns.all)) {
      const key = `${reign.id} ${reign.term}`
      if (reign.until >= (this.#reigns.get(key)?.until ?? 0)) this.#reigns.set(key, reign)
    }
  }

  /** Who led, as all tabs saw it. */
  async reigns(): Promise<readonly Reign[]> {
    for (const page of this.pages) await this.#noteReigns(page)
    return [...this.#reigns.values()].sort((a, b) => a.from - b.from)
  }

  /** Closes everything; returns what must be empty: two that led at one moment, and what was thrown. */
  async end(): Promise<{
    readonly together: readonly (readonly Reign[])[]
    readonly errors: readonly Error[]
  }> {
    try {
      const together = overlaps(await this.reigns())
      return { together, errors: this.#errors }
    } finally {
      await Promise.all([...this.pages].map((page) => page.close()))
      this.#server.closeAllConnections()
      this.#server.close()
    }
  }
}
