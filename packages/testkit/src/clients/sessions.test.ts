import { index } from '@oarlock/core'
import { expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import type { SimNode } from '../member/index.ts'
import { type Result, simulate } from '../runs/index.ts'
import { Random, World } from '../world/index.ts'
import { Sessions } from './sessions.ts'

const FROM = 1
const SEEDS = 60

/** All clients have a session and retry soon. `run` may contain a mutant. */
function play(seed: number, run: typeof simulate = simulate): Result {
  return run({
    seed,
    adjust: (drawn) => ({
      ...drawn,
      // A witness has no sessions.
      own: {},
      workload: {
        ...drawn.workload,
        sessions: {
          ...drawn.workload.sessions,
          count: 4,
          share: 1,
          patience: drawn.config.electionTimeout / 2,
          resident: 0,
        },
      },
    }),
  })
}

test('a command that is repeated under its session takes effect once', { timeout: 60_000 }, () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) expect(play(seed).violation).toBeNull()
})

test('K1: a command that is repeated without a session takes effect twice, and ONCE reports it', {
  timeout: 60_000,
}, async () => {
  const broken = await mutated<typeof import('../runs/index.ts')>('packages/testkit/src/runs/index.ts', 'K1')
  let violation: Result['violation'] = null
  for (let seed = FROM; seed < FROM + SEEDS && violation === null; seed++)
    violation = play(seed, broken.simulate).violation
  expect(violation).toMatchObject({
    checker: 'ONCE',
    message: expect.stringMatching(/takes effect on .* before/),
  })
})

test('after the faults a client that is told of no leader asks members only', () => {
  const nodeOf = (id: string) =>
    ({ id, up: true, raft: { leader: null, commit: index(0) } }) as unknown as SimNode
  const nodes = ['n1', 'n2', 'n3'].map(nodeOf)
  const profile = { count: 0, share: 0, patience: 1, timeout: 1, resident: 0 }
  const sessions = new Sessions(new World(), new Random(1), profile, nodes, {} as never)
  const asked = () => new Set(Array.from({ length: 50 }, () => sessions.leaderBy(nodes[1]!).id))
  expect(asked()).toEqual(new Set(['n1', 'n2', 'n3']))
  sessions.askOnly(() => [nodes[0]!])
  expect(asked()).toEqual(new Set(['n1']))
  sessions.askOnly(() => [])
  expect(asked().size).toBe(3)
})
