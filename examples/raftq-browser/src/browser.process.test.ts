// The page in a real Chromium. Tabs come and go, crash, are hidden, frozen, duplicated and reloaded. After
// each test, no two tabs must have reported that they led at the same time.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium, type RunningChromium, startChromium } from './chromium.ts'
import { OpenedTabs } from './opened-tabs.ts'

const executable = findChromium()
if (executable === null) {
  it.skipIf(!process.env.OARLOCK_REQUIRE_ALL)('needs Chromium', () => {
    throw new Error('there is no chromium on the PATH, but OARLOCK_REQUIRE_ALL requires it: install it')
  })
  process.stderr.write('There is no chromium on the PATH, so the browser example is not tested.\n')
}

const set = async (page: Page, text: string): Promise<void> => {
  await page.bringToFront()
  await page.fill('#input', text)
  await page.click('#set button')
}

describe.skipIf(executable === null)('tabs of one browser', () => {
  let browser: RunningChromium
  let tabs: OpenedTabs

  beforeAll(async () => {
    browser = await startChromium(executable!)
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    tabs = await OpenedTabs.at(browser.context)
  })
  afterEach(async () => {
    expect(await tabs.end()).toEqual({ together: [], errors: [] })
  })

  /** Waits until all tabs report this value. */
  const value = (text: string) =>
    tabs.until(`“${text}” in all tabs`, (said) => said.every((one) => one.text === text))
  const openThree = async (): Promise<Page> => {
    for (let i = 0; i < 3; i++) await tabs.open()
    return tabs.leader()
  }
  const idOf = async (page: Page): Promise<string> => (await tabs.say(page)).id!

  it('a single tab leads, later tabs join it, and one of three leads', async () => {
    for (let count = 1; count <= 3; count++) {
      await tabs.open()
      await tabs.leader()
      expect(tabs.pages.size).toBe(count)
    }
  })

  it('they show the leader, and a value that was set in any of them', async () => {
    const leader = await openThree()
    const name = (await idOf(leader)).replace('-', ' ')
    for (const page of tabs.pages) {
      await page.bringToFront() // a hidden tab is not drawn
      await expect
        .poll(() => page.textContent('h1'))
        .toBe(page === leader ? 'This tab leads.' : `${name} leads. This tab follows.`)
      await expect.poll(() => page.locator('#tabs li.leads .who').innerText()).toMatch(name)
    }
    for (const [at, page] of [...tabs.pages].entries()) {
      await set(page, `set in tab ${at}`)
      await value(`set in tab ${at}`)
      await expect.poll(() => page.textContent('#value')).toBe(`set in tab ${at}`)
      await expect.poll(() => page.textContent('#outcome')).toMatch(/^Committed/)
    }
  })

  it('if the leading tab is closed, another takes over with the value, before an election timeout passes', async () => {
    const leader = await openThree()
    const id = await idOf(leader)
    await set(leader, 'kept')
    await value('kept')
    await tabs.close(leader)
    await tabs.leader()
    await value('kept')
    const leaderships = await tabs.leaderships()
    const last = leaderships.findLast((leadership) => leadership.id === id)!
    const next = leaderships.find(({ from }) => from > last.until)!
    // Without the transfer, followers wait at least 1000 ms after the last heartbeat, which is at most 250 ms
    // old.
    expect(next.from - last.until).toBeLessThan(700)
  })

  it('if the leading tab crashes, another takes over with the value', async () => {
    const leader = await openThree()
    await set(leader, 'kept')
    await value('kept')
    await tabs.crash(leader)
    await tabs.leader()
    await value('kept')
    expect(tabs.pages.size).toBe(2)
    await set([...tabs.pages][0]!, 'of two')
    await value('of two')
  })

  it('if a majority of the tabs crashes at once, the last one leads with the value', async () => {
    const leader = await openThree()
    await set(leader, 'kept')
    await value('kept')
    const [other] = [...tabs.pages].filter((page) => page !== leader)
    await Promise.all([tabs.crash(leader), tabs.crash(other!)])
    const last = await tabs.leader()
    await value('kept')
    // It does not need the others any more.
    await set(last, 'alone')
    await value('alone')
  })

  it('if all tabs are closed or crash, the next one has the value', async () => {
    const leader = await openThree()
    await set(leader, 'kept')
    await value('kept')
    for (const page of tabs.pages) await (page === leader ? tabs.crash(page) : tabs.close(page))
    await tabs.open()
    await tabs.leader()
    await value('kept')
  })

  it('a reloaded tab comes back under its name', async () => {
    const leader = await openThree()
    const ids = new Set((await tabs.all()).map(({ id }) => id))
    await leader.reload()
    await tabs.leader()
    expect(new Set((await tabs.all()).map(({ id }) => id))).toEqual(ids)
  })

  it('a duplicated tab gets another name and becomes one more member', async () => {
    const first = await tabs.open()
    await tabs.leader()
    // Like the browser, with a copy of the first tab's sessionStorage.
    const [second] = await Promise.all([
      first.waitForEvent('popup'),
      first.evaluate(`void open(${JSON.stringify(tabs.url)})`),
    ])
    tabs.add(second)
    expect(await second.evaluate('sessionStorage.length')).toBe(1)
    await tabs.leader()
    expect(await idOf(second)).not.toBe(await idOf(first))
  })

  it('a hidden tab goes on leading, although its own timers are slowed down', async () => {
    const first = await tabs.open()
    await tabs.leader()
    const other = await tabs.open()
    await tabs.leader()
    await other.bringToFront()
    const { term } = await tabs.say(first)
    const ticks = await first.evaluate(async () => {
      let count = 0
      for (const end = performance.now() + 6000; performance.now() < end; count++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      return count
    })
    expect(ticks).toBeLessThan(20) // of 60, or the tab was not hidden and the test shows nothing
    expect(await tabs.say(first)).toMatchObject({ hidden: true, leads: true, term })
  })

  it('if the leading tab is frozen, another takes over, and the first follows when it goes on', async () => {
    const leader = await openThree()
    const id = await idOf(leader)
    tabs.pages.delete(leader)
    await tabs.freeze(leader, 'frozen')
    await tabs.leader()
    await tabs.freeze(leader, 'active')
    tabs.add(leader)
    const next = await tabs.leader()
    expect(next).not.toBe(leader)
    expect(await idOf(next)).not.toBe(id)
  })

  it('if the leading tab is busy for seconds, another takes over, and the first never reports that it still leads', async () => {
    const leader = await openThree()
    await leader.bringToFront()
    tabs.pages.delete(leader)
    const stalled = leader.click('#stall')
    await tabs.until('another leads', (said) => said.some(({ leads }) => leads))
    await stalled
    tabs.pages.add(leader)
    // Which one, nobody can say: on a busy machine leadership moves. What each has reported is compared at
    // the end.
    await tabs.leader()
  })

  it('a tab that comes back from the back/forward cache is a member again', async () => {
    const leader = await openThree()
    await leader.evaluate('globalThis.isTheSame = true')
    tabs.pages.delete(leader)
    await leader.goto(`${tabs.url}style.css`)
    await tabs.leader()
    await leader.goBack({ waitUntil: 'commit' })
    expect(await leader.evaluate('globalThis.isTheSame')).toBe(true)
    tabs.pages.add(leader)
    await tabs.leader()
  })
})
