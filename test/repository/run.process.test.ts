// scripts/run.mjs runs a TypeScript entry as if it had been started directly: arguments, signals and exit code pass.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './files.ts'

describe('scripts/run.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-run-'))
  const entry = join(folder, 'entry.ts')
  beforeAll(() =>
    writeFileSync(
      entry,
      // What it says comes last: whoever reads it may send a signal at once.
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

  it('passes arguments, and the condition under which packages are their sources', async () => {
    const child = start(entry, 'a b', '--c')
    expect(await text(child.stdout)).toBe(JSON.stringify([['a b', '--c'], ['--conditions=@oarlock/source']]))
  })
  it('passes the exit code', async () => expect(await ended(start(entry, 'exit'))).toEqual([7, null]))
  it('does not hide that the entry was killed', async () => {
    const [code, signal] = await ended(start(entry, 'die'))
    expect(code === 137 || signal === 'SIGKILL').toBe(true)
  })
  it('passes SIGTERM', async () => {
    const child = start(entry, 'wait')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await ended(child)).toEqual([9, null])
  })
  it('says how it is used', async () => {
    const child = start()
    expect(await text(child.stderr)).toMatch(/^usage: /)
  })
})
