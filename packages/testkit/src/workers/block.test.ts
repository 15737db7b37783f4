import { expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { play, wholeOf } from '../runs/index.ts'
import { runBlock, verified } from './block.ts'

const block = (seeds: readonly number[], run = runBlock) => run({ number: 0, seeds, outcomes: false })

test('every hundredth seed is run twice', () => {
  const { totals, failure } = block([99, 100, 101])
  expect(failure).toBeNull()
  expect(totals).toMatchObject({ runs: 3, verified: 1 })
  expect(totals.events).toBeGreaterThan(0)
})

test('a second run that takes other steps is a failure by name', () => {
  const schedule = wholeOf(100)
  const result = play(schedule)
  expect(verified(schedule, result)).toBe(result)
  const other = verified(schedule, result, { ...result, fingerprint: 'another' })
  expect(other.violation).toMatchObject({ checker: 'REPLAY' })
  expect(other.violation?.message).toContain(result.fingerprint)
})

test('a block ends with the first seed that fails', async () => {
  const broken = await mutated<typeof import('./block.ts')>('packages/testkit/src/workers/block.ts', 'L3')
  const { play } = await mutated<typeof import('../runs/index.ts')>(
    'packages/testkit/src/runs/index.ts',
    'L3',
  )
  const seeds = Array.from({ length: 50 }, (_, at) => at + 1)
  const { totals, failure } = block(seeds, broken.runBlock)
  expect(failure).not.toBeNull()
  expect(totals.runs).toBe(failure!.seed)
  for (let seed = 1; seed < failure!.seed; seed++) expect(play(wholeOf(seed)).violation).toBeNull()
})

test('runs with five members throughout are counted separately', () => {
  const isOfFive = (seed: number): boolean => {
    const { voters, others } = play({ ...wholeOf(seed), until: 0 }).scenario
    return voters.length === 5 && others.length === 0
  }
  let five = 1
  while (!isOfFive(five)) five++
  let other = five + 1
  while (isOfFive(other)) other++
  const { totals } = block([five, other])
  expect(totals.fiveMembers).toBe(play(wholeOf(five)).simulated)
  expect(totals.simulated).toBeGreaterThan(totals.fiveMembers)
  expect(totals.fiveMembersCpu).toBeLessThanOrEqual(totals.cpu)
})
