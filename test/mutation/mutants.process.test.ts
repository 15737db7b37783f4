// Hunts every known bug. Each hunt begins with the seed that caught it when docs/mutants.md was written. If
// seeds run differently by now, it goes on by chance, and takes longer: npm run mutants -- --update.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { outcome } from '../../packages/oarlock/test/wal/simulation/report.ts'
import { simulateLogStore } from '../../packages/oarlock/test/wal/simulation/simulation.ts'
import { failed } from '../../packages/testkit/src/commands/index.ts'
import { simulate } from '../../packages/testkit/src/runs/index.ts'
import type { Hunt } from './hunt.ts'
import { beginHunts, type HuntOptions } from './hunts.ts'
import { clusterMatrix, type Matrix, seedsOnPage, walMatrix } from './kill-matrix.ts'
import type { Mutant } from './mutant.ts'
import { mutants, walMutants } from './mutants.ts'

const AT_MOST = 1500
/** For one mutant, and for the seeds of all of them in the unchanged code; on a slow machine, in ms. */
const TIMEOUT = 120_000

const page = readFileSync(new URL('../../docs/mutants.md', import.meta.url), 'utf8')

/** Hunts that begin when the first of these tests does, and go on from test to test. */
function huntsOf(kind: readonly Mutant[], matrix: Matrix, options: Omit<HuntOptions, 'tryFirst' | 'from'>) {
  let hunts: Promise<Hunt>[]
  beforeAll(() => {
    hunts = beginHunts(kind, { ...options, from: 1, tryFirst: seedsOnPage(page, matrix) })
  })
  return {
    of: (name: string): Promise<Hunt> => hunts[kind.findIndex((mutant) => mutant.name === name)]!,
    /** The seeds that caught one. */
    seeds: async (): Promise<ReadonlySet<number>> =>
      new Set((await Promise.all(hunts)).flatMap(({ seed }) => seed ?? [])),
  }
}

describe('the simulator catches', () => {
  const hunter = 'test/mutation/cluster-hunter.ts'
  const hunts = huntsOf(mutants, clusterMatrix, { hunter, atMost: AT_MOST })

  test.each(mutants)('$name: $bug', { timeout: TIMEOUT }, async ({ name }) => {
    const { checker } = await hunts.of(name)
    expect(checker, `${name} got away ${AT_MOST} times`).not.toBeNull()
  })

  test('none of them in the unchanged core, with the same seeds', { timeout: TIMEOUT }, async () => {
    const seeds = await hunts.seeds()
    expect(seeds.size).toBeGreaterThan(0)
    for (const seed of seeds) {
      const result = simulate({ seed, early: false })
      if (result.violation !== null) throw new Error(failed(result))
    }
  })
})

describe('the simulation of the log store catches', () => {
  const atMost = 2500
  const hunter = 'test/mutation/wal-hunter.ts'
  const hunts = huntsOf(walMutants, walMatrix, { hunter, atMost })

  test.each(walMutants)('$name: $bug', { timeout: TIMEOUT }, async ({ name }) => {
    const { checker } = await hunts.of(name)
    expect(checker, `${name} got away ${atMost} times`).not.toBeNull()
  })

  test('none of them in the unchanged log store, with the same seeds', { timeout: TIMEOUT }, async () => {
    const seeds = await hunts.seeds()
    expect(seeds.size).toBeGreaterThan(0)
    for (const seed of seeds) {
      const run = await simulateLogStore(seed)
      if (run.violation !== null) throw new Error(outcome(run))
    }
  })
})
