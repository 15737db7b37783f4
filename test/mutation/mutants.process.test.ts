// Hunts every known bug, for longer than the unit suite may take.
import { beforeAll, describe, expect, test } from 'vitest'
import { outcome } from '../../packages/oarlock/test/wal/simulation/report.ts'
import { simulateLogStore } from '../../packages/oarlock/test/wal/simulation/simulation.ts'
import { failed } from '../../packages/testkit/src/commands/index.ts'
import { simulate } from '../../packages/testkit/src/runs/index.ts'
import type { Hunt } from './hunt.ts'
import { beginHunts } from './hunts.ts'
import type { Mutant } from './mutant.ts'
import { mutants, walMutants } from './mutants.ts'

const FROM = 1
const AT_MOST = 1500
/** For one mutant, and for the seeds of all of them in the unchanged code; on a slow machine, in ms. */
const TIMEOUT = 120_000

/** Hunts that begin when the first of these tests does, and go on from test to test. */
function huntsOf(kind: readonly Mutant[], begin: () => Promise<Hunt>[]) {
  let hunts: Promise<Hunt>[]
  beforeAll(() => {
    hunts = begin()
  })
  return {
    of: (name: string): Promise<Hunt> => hunts[kind.findIndex((mutant) => mutant.name === name)]!,
    /** The most seeds that one of them took. */
    mostSeeds: async (): Promise<number> => Math.max(...(await Promise.all(hunts)).map(({ seeds }) => seeds)),
  }
}

describe('the simulator catches', () => {
  const hunter = 'test/mutation/cluster-hunter.ts'
  const hunts = huntsOf(mutants, () => beginHunts(mutants, { hunter, from: FROM, atMost: AT_MOST }))

  test.each(mutants)('$name: $bug', { timeout: TIMEOUT }, async ({ name }) => {
    const { checker } = await hunts.of(name)
    expect(checker, `${name} got away ${AT_MOST} times`).not.toBeNull()
  })

  test('none of them in the unchanged core, with the same seeds', { timeout: TIMEOUT }, async () => {
    const most = await hunts.mostSeeds()
    expect(most).toBeGreaterThan(0)
    for (let seed = FROM; seed < FROM + most; seed++) {
      const result = simulate({ seed, early: false })
      if (result.violation !== null) throw new Error(failed(result))
    }
  })
})

describe('the simulation of the log store catches', () => {
  const from = 300_000
  const atMost = 2500
  const hunter = 'test/mutation/wal-hunter.ts'
  const hunts = huntsOf(walMutants, () => beginHunts(walMutants, { hunter, from, atMost }))

  test.each(walMutants)('$name: $bug', { timeout: TIMEOUT }, async ({ name }) => {
    const { checker } = await hunts.of(name)
    expect(checker, `${name} got away ${atMost} times`).not.toBeNull()
  })

  test('none of them in the unchanged log store, with the same seeds', { timeout: TIMEOUT }, async () => {
    const most = await hunts.mostSeeds()
    expect(most).toBeGreaterThan(0)
    for (let seed = from; seed < from + most; seed++) {
      const run = await simulateLogStore(seed)
      if (run.violation !== null) throw new Error(outcome(run))
    }
  })
})
