// Hunts every known bug, for longer than the unit suite may take.
import { beforeAll, describe, expect, test } from 'vitest'
import { outcome } from '../../packages/oarlock/test/wal/simulation/report.ts'
import { simulateLogStore } from '../../packages/oarlock/test/wal/simulation/simulation.ts'
import { failed } from '../../packages/testkit/src/commands/index.ts'
import { simulate } from '../../packages/testkit/src/runs/index.ts'
import type { Hunt } from './hunt.ts'
import { huntAll } from './hunts.ts'
import { mutants, walMutants } from './mutants.ts'

const FROM = 1
const AT_MOST = 1500
/** On a slow machine. */
const TIMEOUT = 300_000

describe('the simulator catches', () => {
  let hunts: readonly Hunt[] = []
  beforeAll(async () => {
    const hunter = 'test/mutation/cluster-hunter.ts'
    hunts = await huntAll(mutants, { hunter, from: FROM, atMost: AT_MOST })
  }, TIMEOUT)

  test.each(mutants)('$name: $bug', ({ name }) => {
    const { checker } = hunts.find(({ mutant }) => mutant.name === name)!
    expect(checker, `${name} got away ${AT_MOST} times`).not.toBeNull()
  })

  test('none of them in the unchanged core, with the same seeds', { timeout: 60_000 }, () => {
    const most = Math.max(...hunts.map(({ seeds }) => seeds))
    expect(most).toBeGreaterThan(0)
    for (let seed = FROM; seed < FROM + most; seed++) {
      const result = simulate({ seed, early: false })
      if (result.violation !== null) throw new Error(failed(result))
    }
  })
})

describe('the simulation of the log store catches', () => {
  const from = 300_000
  const atMost = 600
  let hunts: readonly Hunt[] = []
  beforeAll(async () => {
    hunts = await huntAll(walMutants, { hunter: 'test/mutation/wal-hunter.ts', from, atMost })
  }, TIMEOUT)

  test.each(walMutants)('$name: $bug', ({ name }) => {
    const { checker } = hunts.find(({ mutant }) => mutant.name === name)!
    expect(checker, `${name} got away ${atMost} times`).not.toBeNull()
  })

  test('none of them in the unchanged log store, with the same seeds', { timeout: 60_000 }, async () => {
    const most = Math.max(...hunts.map(({ seeds }) => seeds))
    expect(most).toBeGreaterThan(0)
    for (let seed = from; seed < from + most; seed++) {
      const run = await simulateLogStore(seed)
      if (run.violation !== null) throw new Error(outcome(run))
    }
  })
})
