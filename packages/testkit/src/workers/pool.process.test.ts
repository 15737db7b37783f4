// Real threads, and the command as one types it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { wholeOf } from '../runs/index.ts'
import { runSeeds } from './pool.ts'

describe('many seeds on several workers', () => {
  it('give the totals of one worker', async () => {
    const [alone, together] = await Promise.all(
      [1, 3].map((workers) => runSeeds({ from: 80, seeds: 50, workers })),
    )
    // Sums in another order.
    const { cpu: _, fiveMembersCpu: __, simulated, fiveMembers, ...same } = together!.totals
    expect(alone!.totals).toMatchObject(same)
    expect(alone!.totals.simulated).toBeCloseTo(simulated, 3)
    expect(alone!.totals.fiveMembers).toBeCloseTo(fiveMembers, 3)
    expect(together).toMatchObject({ failure: null, breakdown: null, stopped: false })
    expect(together!.totals).toMatchObject({ runs: 50, verified: 1 })
  })

  it('stop on a signal, with the totals so far', async () => {
    const controller = new AbortController()
    const { totals, stopped } = await runSeeds({
      from: 1,
      seeds: Number.POSITIVE_INFINITY,
      workers: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(stopped).toBe(true)
    expect(totals.runs).toBeGreaterThan(0)
    expect(totals.runs).toBeLessThanOrEqual(40)
  })

  it('report the seed at which the simulator itself fails', async () => {
    const { breakdown } = await runSeeds({ from: -1, seeds: 1 })
    expect(breakdown).toMatchObject({ seed: -1, stack: expect.stringContaining('a safe integer from 0') })
  })
})

/** The entry of `npm run sim`. */
const cli = fileURLToPath(new URL('../../../../test/mutation/sim.ts', import.meta.url))
const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ['--conditions=@oarlock/source', cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
const ended = async (child: ChildProcess): Promise<number | null> =>
  ((await once(child, 'exit')) as [number | null])[0]

test('Ctrl-C ends a long run with the totals so far', async () => {
  const child = start('--seeds', '1000000000', '--from', '1')
  const said = text(child.stdout!)
  const code = ended(child)
  // It listens once its workers are at work.
  await once(child.stdout!, 'data')
  child.kill('SIGINT')
  expect(await code).toBe(130)
  expect(await said).toMatch(/seeds from 1 on, stopped\n[\d,]+ runs · [\d,]+ events/)
})

test('the first failing seed of many is reported, whichever worker is faster, with the commands that replay it', async () => {
  const { play } = await mutated<typeof import('../runs/index.ts')>(
    'packages/testkit/src/runs/index.ts',
    'L3',
  )
  let first = 1
  while (play(wholeOf(first)).violation === null) first++
  const child = start('--seeds', '10000', '--from', '1', '--mutant', 'L3', '--workers', '3')
  const said = text(child.stdout!)
  expect(await ended(child)).toBe(1)
  expect(await said).toContain(`seed ${first}, mutant L3: ${play(wholeOf(first)).violation?.checker} `)
  expect(await said).toContain(`replay: npm run sim -- --mutant L3 --seed ${first}\n`)
  expect(await said).toContain(`short: npm run sim -- --mutant L3 --seed ${first} --`)
})

test('invalid options end with 2 and say why', async () => {
  const child = start('--seed', 'many')
  const said = text(child.stderr!)
  expect(await ended(child)).toBe(2)
  expect(await said).toMatch(/--seed takes a whole number, got 'many'/)
})
