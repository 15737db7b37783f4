import { describe, expect, test } from 'vitest'
import type { SimNode } from '../member/index.ts'
import { isMember } from '../model/index.ts'
import { type Scenario, type Simulation, simulate } from '../runs/index.ts'
import { drawScenario } from '../runs/scenario.ts'
import { Random } from '../world/index.ts'
import type { FaultKind } from './fault-kinds.ts'

interface Outcome {
  readonly simulation: Simulation
  /** Nodes that started although they had lost their disks. */
  readonly cameBack: readonly SimNode[]
}

/** Runs three voters and two spare nodes with only this fault. */
function run(seed: number, fault: FaultKind, changes: Partial<Scenario> = {}): Outcome {
  const cameBack: SimNode[] = []
  let simulation: Simulation | null = null
  const { violation } = simulate({
    seed,
    adjust: (drawn) => ({
      ...drawn,
      voters: ['n1', 'n2', 'n3'],
      others: ['n4', 'n5'],
      operator: {
        ...drawn.operator,
        gap: Number.POSITIVE_INFINITY,
        replacesAfter: drawn.config.electionTimeout,
      },
      nemesis: { ...drawn.nemesis, faults: [fault], gap: 2 * drawn.config.electionTimeout },
      ...changes,
    }),
    watch: (built) => {
      simulation = built
      built.observer.add({
        started: (node) => {
          if (node.lost) cameBack.push(node)
        },
      })
    },
  })
  expect(violation).toBeNull()
  return { simulation: simulation!, cameBack }
}

describe.each(['wipe', 'bitFlip'] as const)('a member whose disk is lost (%s)', (fault) => {
  test('never comes back; a spare node replaces it if there is one, and the others continue', () => {
    let twoReplaced = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { simulation, cameBack } = run(seed, fault)
      expect(cameBack).toEqual([])
      const { nodes, committed } = simulation
      const { configuration } = committed
      const lost = nodes.filter((node) => node.lost)
      expect(lost.some(({ up }) => up)).toBe(false)
      const living = configuration.voters.filter((id) => !lost.some((node) => node.id === id))
      expect(living.length * 2).toBeGreaterThan(configuration.voters.length)
      if (lost.filter(({ id }) => !isMember(configuration, id)).length >= 2) twoReplaced++
    }
    expect(twoReplaced).toBeGreaterThan(5)
  })
})

test('a member that comes back with an empty disk is taken in as a newcomer and votes again (lostDisk)', () => {
  let voteAgain = 0
  for (let seed = 1; seed <= 60; seed++) {
    const drawn = drawScenario(new Random(seed).split('scenario'))
    const { byRuntime, gap } = drawn.operator
    if (byRuntime !== true || gap < Number.POSITIVE_INFINITY || drawn.config.electionOnly) continue
    const { simulation } = run(seed, 'lostDisk', {
      others: [],
      operator: drawn.operator,
      own: {},
      oneStaysDown: false,
    })
    const { nodes, committed } = simulation
    expect([...committed.configuration.voters].sort()).toEqual(['n1', 'n2', 'n3'])
    const back = nodes.filter(({ formerDisk }) => formerDisk !== null)
    const { members } = committed.configurations.at(-1)!.table
    for (const { id, disk } of back) expect(members.get(id)!.incarnation).toBe(disk.identity.incarnation)
    voteAgain += back.length
  }
  expect(voteAgain).toBeGreaterThan(5)
})
