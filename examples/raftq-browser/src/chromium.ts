// A real Chromium for tests. It starts as users start it, so hidden tabs are really hidden and slowed down.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
]

/** The first Chromium on the PATH, or null if there is none. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const files = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  )
  return files.find(isExecutable) ?? null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface RunningChromium {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** Starts a browser with a new profile. Rejects if it ends before it listens. */
export async function startChromium(executable: string): Promise<RunningChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'oarlock-chromium-'))
  const child = spawn(executable, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  let browser: Browser | null = null
  const close = async (): Promise<void> => {
    await browser?.close().catch(() => {})
    if (child.exitCode === null && child.signalCode === null && kill()) await once(child, 'exit')
    process.off('exit', kill)
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
  try {
    // With Playwright's defaults, every tab would count as visible.
    browser = await chromium.connectOverCDP(await addressOf(child), { noDefaults: true })
    return { context: browser.contexts()[0]!, close }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** The address on which the browser says that it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`Chromium ended (${code ?? signal}) before it listened:\n${said.join('\n')}`)),
    )
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said.push(line)
      const address = /^DevTools listening on (\S+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
  })
}
