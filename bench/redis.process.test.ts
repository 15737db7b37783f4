// Runs every scenario of the Redis benchmark once, shortened, with our package only. The bars depend on the
// machine, so only the absence of two leaders is checked.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describeWithRedis } from '@oarlock/test-support/redis-server'
import { expect, it } from 'vitest'
import { ours } from './redis/contender.ts'
import { Fleet } from './redis/fleet.ts'

interface Measured {
  readonly figures: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly bars: readonly { readonly reached: boolean }[]
}

const short = [
  '--trials=1',
  '--cut=1',
  '--pauses=1',
  '--watch=1',
  '--joins=1',
  '--instances=3',
  '--seconds=1',
]
const program = join(import.meta.dirname, 'redis', 'main.ts')

/** The child process ends with the test, and so do the processes that it has started. */
async function measure(only: string, signal: AbortSignal): Promise<Measured & { readonly exitCode: number }> {
  const args = ['--conditions=@oarlock/source', program, `--only=${only}`, '--without=older', ...short]
  const child = spawn(process.execPath, [...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const [printed, noted, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  if (!printed.startsWith('{')) throw new Error(`the benchmark printed no figures:\n${noted}`)
  return { ...(JSON.parse(printed) as Measured), exitCode }
}

describeWithRedis('npm run bench:redis', () => {
  it('measures every scenario with a real Redis and real processes, and never sees two leaders', async ({
    signal,
  }) => {
    // They run at the same time, because they mostly wait.
    const parts = await Promise.all(
      ['fail-over,cut-off', 'pause,close', 'joins,idle'].map((only) => measure(only, signal)),
    )
    const figure = (scenario: string) =>
      parts.flatMap(({ figures }) => figures[scenario]?.['@oarlock/redis'] ?? [])[0]

    expect(figure('fail-over')).toMatchObject({ of: 1, trials: 1, median: expect.any(Number) })
    const interrupted = { seconds: 1, trials: 1, twoMax: 0, nextAfter: expect.any(Number) }
    expect(figure('cut-off')).toMatchObject(interrupted)
    expect(figure('pause')).toMatchObject(interrupted)
    expect(figure('close')).toMatchObject({ of: 1, transfer: { trials: 1 }, exit: { trials: 1 }, two: 0 })
    expect(figure('joins')).toMatchObject({ joins: 1, agreed: 1 })
    const { commands, published, delivered } = figure('idle') as Record<string, number>
    // Ten times a second the leader sends a heartbeat to two instances, and each answers.
    expect(published).toBeGreaterThan(20)
    expect(commands).toBeGreaterThan(published!)
    expect(delivered).toBeGreaterThanOrEqual(published!)

    for (const { bars, exitCode } of parts)
      expect(exitCode).toBe(bars.every(({ reached }) => reached) ? 0 : 1)
    expect(parts.flatMap(({ bars }) => bars)).toHaveLength(13)
  })
})

it('fails when a process of our package exits by itself', async () => {
  const children: ChildProcess[] = []
  const launch = () => {
    const child = fork(join(import.meta.dirname, 'redis', 'flags.ts'))
    children.push(child)
    return child
  }
  const start = Fleet.start({ contender: { ...ours, launch }, port: 1 })
  await expect(start).rejects.toThrow(/ended by itself \(exit code 0\)/)
  await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')))
})
