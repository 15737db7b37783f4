// The tabs that a test has opened in a browser, on an origin of their own, and what each of them reports.
import type { Server } from 'node:http'
import type { BrowserContext, Page } from 'playwright-core'
import { bundle, type File } from './bundle.ts'
import { type Leadership, overlaps } from './page/leaderships.ts'
import { serve } from './server.ts'

/** The report of a tab about itself. */
export interface Said {
  readonly id: string | null
  readonly leads: boolean
  readonly leader: string | null
  readonly term: number
  readonly text: string | null
  readonly others: readonly string[]
  /** The members in its last log line about them. Nodes that are catching up are not members yet. */
  readonly members: string
  readonly hidden: boolean
}

/** The part of the page that the tests use. It runs in the tab. */
declare const tab: {
  readonly id: string | null
  readonly node: { readonly leads: boolean; readonly leader: string | null; readonly term: number } | null
  readonly value: { readonly text: string } | null
  readonly entries: readonly { readonly id: string }[]
  readonly leaderships: { readonly all: readonly Leadership[] }
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
  /** By node and term, as the tabs reported them, also those that are closed. */
  readonly #leaderships: Map<string, Leadership> = new Map()
  readonly #errors: Error[] = []

  private constructor(context: BrowserContext, server: Server, url: string) {
    this.#context = context
    this.#server = server
    this.url = url
  }

  /** Each port is an origin, with its own storage, locks and channels. */
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

  /** Closes the tab as a user does. */
  async close(page: Page): Promise<void> {
    await this.#recordLeaderships(page)
    await Promise.all([page.waitForEvent('close'), page.close({ runBeforeUnload: true })])
  }

  /** Kills the tab's process without notice. */
  async crash(page: Page): Promise<void> {
    await this.#recordLeaderships(page)
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

  /** The reports of all open tabs. */
  async all(): Promise<readonly (Said & { readonly page: Page })[]> {
    return Promise.all([...this.pages].map(async (page) => ({ ...(await this.say(page)), page })))
  }

  /**
   * Resolves when the condition holds for the reports of all tabs. Rejects, with what they report, shortly before
   * the test is given up, or if a tab cannot be asked.
   */
  async until<T>(
    what: string,
    holds: (said: readonly Said[]) => T | false | null | undefined,
    ms = 50_000,
  ): Promise<T> {
    for (const end = Date.now() + ms; ; ) {
      const said = (await this.all()).map(({ page: _, ...rest }) => rest)
      const found = holds(said)
      if (found) return found
      if (Date.now() > end)
        throw new Error(`this did not become true within ${ms} ms: ${what}\n${JSON.stringify(said, null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  /** One of the open tabs leads, the others follow it, all are members, and there is no other node. */
  async leader(): Promise<Page> {
    const { id } = await this.until('one tab leads, the others follow it, and all are members', (said) => {
      const [leader, ...more] = said.filter(({ leads }) => leads)
      const ids = said.map((one) => one.id).sort()
      const follows = ({ leader: known, term, others }: Said): boolean =>
        known === leader?.id && term === leader?.term && others.length === said.length - 1
      return more.length === 0 && said.every(follows) && leader?.members === ids.join(', ') && leader
    })
    return this.of(id!)
  }

  /** The tab with this name. */
  async of(id: string): Promise<Page> {
    return (await this.all()).find((one) => one.id === id)!.page
  }

  async #recordLeaderships(page: Page): Promise<void> {
    for (const leadership of await page.evaluate(() => tab.leaderships.all)) {
      const key = `${leadership.id} ${leadership.term}`
      if (leadership.until >= (this.#leaderships.get(key)?.until ?? 0)) this.#leaderships.set(key, leadership)
    }
  }

  /** All leaderships, as the tabs saw them. */
  async leaderships(): Promise<readonly Leadership[]> {
    for (const page of this.pages) await this.#recordLeaderships(page)
    return [...this.#leaderships.values()].sort((a, b) => a.from - b.from)
  }

  /** Closes everything. Returns what must be empty: leaderships at the same time, and errors. */
  async end(): Promise<{
    readonly together: readonly (readonly Leadership[])[]
    readonly errors: readonly Error[]
  }> {
    try {
      const together = overlaps(await this.leaderships())
      return { together, errors: this.#errors }
    } finally {
      await Promise.all([...this.pages].map((page) => page.close()))
      this.#server.closeAllConnections()
      this.#server.close()
    }
  }
}
