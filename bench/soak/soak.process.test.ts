// A soak test of a few seconds, with real processes. It is too short for a verdict on memory, so only the
// arithmetic of the verdict is checked.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { judge, type MemberVerdict, type Sample, windowsOf } from './verdict.ts'

interface Printed {
  readonly lines: readonly {
    readonly commits: number
    readonly members: readonly (Sample & { id: string })[]
  }[]
  readonly members: Readonly<Record<string, MemberVerdict>>
  readonly sound: boolean
}

const program = join(import.meta.dirname, 'main.ts')

function start(...flags: string[]): ChildProcess {
  const args = ['--conditions=@oarlock/source', program, ...flags]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The processes of the members, as the soak test names them. */
const pidsIn = (noted: string): number[] =>
  [...noted.matchAll(/^m\d is process (\d+)$/gm)].map(([, pid]) => Number(pid))

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

it('judges what its lines show, and leaves no process behind', async () => {
  const child = start('--minutes=0.07', '--every=0.4', '--json')
  const [printed, noted, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number]>,
  ])
  const { lines, members, sound } = JSON.parse(printed) as Printed
  expect(lines).toHaveLength(10)
  expect(Math.max(...lines.map(({ commits }) => commits))).toBeGreaterThan(0)
  for (const id of ['m1', 'm2', 'm3']) {
    const own = lines.flatMap((line) => line.members.filter((member) => member.id === id))
    expect(own.every(({ rss, disk }) => rss > 2 ** 20 && disk > 0)).toBe(true)
    expect(members[id]).toEqual(judge(own, windowsOf(0.07), 64 * 2 ** 20))
  }
  expect(code).toBe(sound ? 0 : 1)
  expect(pidsIn(noted)).toHaveLength(3)
  expect(pidsIn(noted).filter(isAlive)).toEqual([])
})

it('ends its members when it is interrupted', async () => {
  const child = start('--every=0.5')
  let noted = ''
  for await (const chunk of child.stderr!) {
    noted += chunk
    if (noted.includes('commits/s')) child.kill('SIGINT')
  }
  const code = child.exitCode ?? (await once(child, 'exit'))[0]
  expect(code).toBe(130)
  expect(pidsIn(noted)).toHaveLength(3)
  await expect.poll(() => pidsIn(noted).filter(isAlive), { timeout: 10_000 }).toEqual([])
})
