// scripts/run.mjs runs a TypeScript program as if it had been started directly: it passes arguments, signals
// and the exit code on.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './files.ts'

describe('scripts/run.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-run-'))
  const entry = join(folder, 'entry.ts')
  beforeAll(() =>
    writeFileSync(
      entry,
      // It writes last, because the test may send a signal as soon as it has read the output.
      `const [what = '']: string[] = process.argv.slice(2)
       if (what === 'exit') process.exitCode = 7
       if (what === 'die') process.kill(process.pid, 'SIGKILL')
       if (what === 'wait') {
         process.on('SIGTERM', () => process.exit(9))
         setInterval(() => {}, 1000)
       }
       process.stdout.write(JSON.stringify([process.argv.slice(2), process.execArgv]))`,
    ),
  )
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const start = (...args: string[]) =>
    spawn(process.execPath, [join(root, 'scripts/run.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = async (child: ChildProcess) => (await once(child, 'exit')) as [number | null, string | null]

  it('passes the arguments, and the condition that makes packages run from their sources', async () => {
    const child = start(entry, 'a b', '--c')
    expect(await text(child.stdout)).toBe(JSON.stringify([['a b', '--c'], ['--conditions=@oarlock/source']]))
  })
  it('passes the exit code', async () => expect(await ended(start(entry, 'exit'))).toEqual([7, null]))
  it('shows that the program was killed', async () => {
    const [code, signal] = await ended(start(entry, 'die'))
    expect(code === 137 || signal === 'SIGKILL').toBe(true)
  })
  it('passes SIGTERM', async () => {
    const child = start(entry, 'wait')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await ended(child)).toEqual([9, null])
  })
  it('prints its usage', async () => {
    const child = start()
    expect(await text(child.stderr)).toMatch(/^usage: /)
  })
})

describe('the Node that scripts choose', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-node-'))
  const other = join(folder, 'node')
  beforeAll(() => writeFileSync(other, ''))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const module = pathToFileURL(join(root, 'scripts/suitable-node.mjs'))
  /** The chosen Node when npm runs on `other`, with this version. */
  const chosen = (version: string) =>
    execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', `console.log((await import('${module}')).suitableNode())`],
      {
        env: {
          ...process.env,
          npm_node_execpath: other,
          npm_config_user_agent: `npm/11.0.0 node/v${version} linux`,
        },
        encoding: 'utf8',
      },
    ).trim()

  it.each(['22.18.0', '24.0.0', '26.1.0'])('is the one that runs npm: %s', (version) =>
    expect(chosen(version)).toBe(other),
  )
  it.each(['20.20.2', '22.17.9'])('is not the one that runs npm if that cannot strip types: %s', (version) =>
    expect(chosen(version)).toBe(process.execPath),
  )
})
