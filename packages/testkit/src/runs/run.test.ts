import { describe, expect, test } from 'vitest'
import { Random } from '../world/index.ts'
import { simulate } from './run.ts'
import { drawScenario } from './scenario.ts'

describe('simulate', () => {
  test('is a pure function of the seed', () => {
    for (const seed of [1, 2, 3, 4, 5, 2 ** 40 + 9]) {
      const lines: string[] = []
      const first = simulate({ seed })
      const again = simulate({ seed, trace: (line) => lines.push(line) })
      expect(again).toEqual(first)
      expect(lines.length).toBeGreaterThan(0)
    }
  })

  test('gives different runs for different seeds', () => {
    const prints = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => simulate({ seed }).fingerprint))
    expect(prints.size).toBe(8)
  })

  test('draws clusters of one to seven voters that do real work', () => {
    const sizes = new Set<number>()
    for (let seed = 1; seed <= 100; seed++)
      sizes.add(drawScenario(new Random(seed).split('scenario')).voters.length)
    expect([...sizes].sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
    let acknowledged = 0
    let elections = 0
    for (let seed = 1; seed <= 30; seed++) {
      const result = simulate({ seed })
      acknowledged += result.acknowledged
      elections += result.elections
    }
    expect(acknowledged).toBeGreaterThan(1000)
    expect(elections).toBeGreaterThan(60)
  })

  test.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('rejects the seed %d', (seed) => {
    expect(() => simulate({ seed })).toThrow(RangeError)
    expect(() => simulate({ seed })).toThrow(`seed takes a safe integer from 0, got ${seed}`)
  })

  test.each([
    ['x', 'a string'],
    ['7', 'a string'],
    [undefined, 'a undefined'],
    [null, 'null'],
    [1n, 'a bigint'],
  ])('rejects a seed that is not a number: %o', (seed, what) => {
    expect(() => simulate({ seed: seed as unknown as number })).toThrow(TypeError)
    expect(() => simulate({ seed: seed as unknown as number })).toThrow(`seed takes a number, got ${what}`)
  })

  test('accepts the first and the last seed', () => {
    for (const seed of [0, Number.MAX_SAFE_INTEGER]) expect(simulate({ seed }).seed).toBe(seed)
  })

  test('reports two holders if clocks differ by more than the lease tolerates', { timeout: 60_000 }, () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 400 && seen.size === 0; seed++) {
      const { violation } = simulate({
        seed,
        early: false,
        adjust: (drawn) => ({
          ...drawn,
          config: { ...drawn.config, preVote: true, checkQuorum: true, lease: true, clockRateTolerance: 0 },
          nemesis: {
            ...drawn.nemesis,
            faults: ['isolate'],
            gap: 4 * drawn.config.electionTimeout,
            length: 4 * drawn.config.electionTimeout,
            aimsAtLeader: 1,
            clockSpread: 20,
          },
        }),
      })
      if (violation !== null) seen.add(violation.checker)
    }
    // LEASE checks the promises behind a lease, and may report it a moment earlier.
    expect(['HOLD', 'LEASE']).toContain([...seen][0])
  })
})
