import { describe, expect, test } from 'vitest'
import { Random } from '../world/index.ts'
import { simulate } from './run.ts'
import { chanceOfSplitVote, electedWithin } from './split-votes.ts'

describe('the chance that nobody is elected', () => {
  test.each([
    [1, 1, 0.1, 0],
    [2, 2, 0.1, 0.19],
    [3, 2, 0.1, 0.028],
    [3, 3, 0.1, 0.271],
    [5, 3, 0.1, 0.00856],
    [2, 2, 0, 0],
    [2, 2, 1.5, 1],
    [1, 2, 0.1, 1],
  ])(
    'of %i voters, %i of which must agree, if a message takes %f of the range',
    (alive, quorum, overlap, chance) => {
      expect(chanceOfSplitVote(alive, quorum, overlap)).toBeCloseTo(chance, 6)
    },
  )

  test.each([
    [2, 2],
    [4, 3],
    [3, 3],
    [7, 4],
  ])('is what waits that are drawn show, with %i voters alive and a quorum of %i', (alive, quorum) => {
    const random = new Random(1)
    const overlap = 0.15
    const rounds = 20_000
    let split = 0
    for (let round = 0; round < rounds; round++) {
      const waits = Array.from({ length: alive }, () => random.next()).sort((a, b) => a - b)
      const standing = waits.filter((wait) => wait < waits[0]! + overlap).length
      if (alive - (standing - 1) < quorum) split++
    }
    expect(split / rounds).toBeCloseTo(chanceOfSplitVote(alive, quorum, overlap), 2)
  })
})

describe('how long votes may be split', () => {
  const config = { electionTimeout: 100, electionSpread: 1 }
  const within = (voters: string, outgoing = '', dead = ''): number =>
    electedWithin(config, 20, { voters: [...voters], outgoing: [...outgoing] }, (id) => !dead.includes(id))

  test('depends on how many voters can be spared', () => {
    expect([within('ab'), within('abc'), within('abc', '', 'c'), within('abcde')]).toEqual([24, 12, 24, 9])
  })

  test('is longer if two majorities must agree', () => {
    expect(within('abc', 'bcd')).toBeGreaterThan(within('abc'))
  })

  test('is zero for a single voter, and without a majority', () => {
    expect([within('a'), within('abc', '', 'bc')]).toEqual([0, 0])
  })
})

test('two voters on slow links elect a leader, however often they stand at the same time', {
  timeout: 60_000,
}, () => {
  for (let seed = 1; seed <= 400; seed++) {
    const { violation } = simulate({
      seed,
      adjust: (drawn) => {
        const electionTimeout = 200
        const network = { ...drawn.network, latency: 16, jitter: 8, dropRate: 0, stragglerRate: 0 }
        return {
          ...drawn,
          timeouts: { shortest: 1, changes: 0 },
          voters: ['n1', 'n2'],
          others: [],
          own: {},
          config: {
            ...drawn.config,
            electionTimeout,
            heartbeatInterval: 60,
            preVote: true,
            electionOnly: true,
          },
          network,
          node: { ...drawn.node, turnLength: 4, timerLag: 0 },
          disk: { ...drawn.disk, latency: 10, stallRate: 0 },
          nemesis: { ...drawn.nemesis, roundTrip: 66 },
          operator: { ...drawn.operator, gap: Number.POSITIVE_INFINITY },
          faultsUntil: 1,
        }
      },
    })
    expect(violation, `seed ${seed}`).toBeNull()
  }
})
