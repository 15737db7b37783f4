// The README's service, started by the README's commands: one process does the work, and when it is killed,
// another continues.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const service = fileURLToPath(new URL('service.ts', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The commands of the README that start an instance. */
const commands = [...readme.matchAll(/^node .*service\.ts (api-\d)$/gm)].map(([command, id]) => ({
  command,
  id: id!,
}))

const running = new Map<string, ChildProcess>()
/** Like the root of the repository, but with data of its own. */
const directory = mkdtempSync(join(tmpdir(), 'oarlock-service-'))
for (const name of ['examples', 'scripts']) symlinkSync(join(root, name), join(directory, name))

afterAll(async () => {
  for (const child of running.values()) child.kill('SIGKILL')
  await Promise.all(
    [...running.values()].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')),
  )
  rmSync(directory, { recursive: true, force: true })
})

interface Work {
  readonly id: string
  readonly fence: number
}

/** Starts one instance. `onWork` is called for each line in which it reports work. */
function start(id: string, command: string, onWork: (work: Work) => void): void {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  running.set(id, child)
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const said = /^(\S+) sends the invoices, fence (\d+)$/.exec(line)
    if (said) onWork({ id: said[1]!, fence: Number(said[2]) })
  })
}

/** Resolves when that instance says that it waits for others. */
async function waits(id: string): Promise<void> {
  const lines: string[] = []
  for await (const line of createInterface({ input: running.get(id)!.stderr! })) {
    if (line.includes('waits for its founders')) return
    lines.push(line)
  }
  throw new Error(`${id} ended:\n${lines.join('\n')}`)
}

it('is the code that the README shows', () => {
  const block = /<!-- The same file as examples\/service[\s\S]*?-->\n```ts\n([\s\S]*?)```/.exec(readme)
  expect(block?.[1]).toBe(readFileSync(service, 'utf8'))
})

it('waits for the others and says so, works on one instance, on another after a kill, and ends by itself on SIGTERM', async () => {
  const works: Work[] = []
  let awaited: ((work: Work) => void) | null = null
  const next = () => new Promise<Work>((resolve) => (awaited = resolve))
  const onWork = (work: Work) => {
    works.push(work)
    awaited?.(work)
  }
  const first = next()
  expect(commands.map(({ id }) => id)).toEqual(['api-1', 'api-2', 'api-3'])
  for (const [at, { id, command }] of commands.entries()) {
    start(id, command, onWork)
    if (at === 0) await waits(id)
  }
  const leader = await first

  const after = next()
  running.get(leader.id)!.kill('SIGKILL')
  const follower = await after
  expect(follower.id).not.toBe(leader.id)
  expect(follower.fence).toBeGreaterThan(leader.fence)
  expect(new Set(works.map(({ fence }) => fence)).size).toBe(2)

  const leaving = running.get(follower.id)!
  leaving.kill('SIGTERM')
  const [code, signal] = await once(leaving, 'exit')
  expect([code, signal]).toEqual([null, 'SIGTERM'])
})
