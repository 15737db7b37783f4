import { describe, expect, test } from 'vitest'
import { type Simulation, simulate } from '../runs/index.ts'
import type { FaultKind } from './fault-kinds.ts'

/** Runs three voters with only this fault, in a cluster that was founded before. */
function run(seed: number, fault: FaultKind): { readonly simulation: Simulation; readonly lines: string[] } {
  const lines: string[] = []
  let simulation: Simulation | null = null
  const { violation } = simulate({
    seed,
    trace: (line) => lines.push(line),
    adjust: (drawn) => ({
      ...drawn,
      voters: ['n1', 'n2', 'n3'],
      others: [],
      founding: null,
      handshakes: { ...drawn.handshakes, shown: true },
      operator: { ...drawn.operator, gap: Number.POSITIVE_INFINITY, replacesAfter: Number.POSITIVE_INFINITY },
      nemesis: { ...drawn.nemesis, faults: [fault], gap: 4 * drawn.config.electionTimeout },
    }),
    watch: (built) => {
      simulation = built
    },
  })
  expect(violation).toBeNull()
  return { simulation: simulation!, lines }
}

describe.each([
  ['wipe', 'other-incarnation'],
  ['twin', 'other-incarnation'],
  ['oldCopy', 'older-copy'],
] as const)('a process under the name of a member (%s)', (fault, reason) => {
  test('is refused for ever by all that run, and they serve', () => {
    let refusals = 0
    for (let seed = 1; seed <= 10; seed++) {
      const { simulation, lines } = run(seed, fault)
      const { nodes, incarnations } = simulation
      for (const { id, disk } of nodes) expect(incarnations.of(id)).toBe(disk.identity.incarnation)
      expect(nodes.filter(({ lost }) => lost).length).toBeLessThanOrEqual(1)
      refusals += lines.filter((line) => line.endsWith(`: ${reason}`)).length
    }
    expect(refusals).toBeGreaterThan(20)
  })
})

test('a new cluster begins when all have met, whatever happens meanwhile', () => {
  for (let seed = 1; seed <= 20; seed++) {
    let simulation: Simulation | null = null
    const { violation } = simulate({
      seed,
      adjust: (drawn) => ({
        ...drawn,
        founding: 'all',
        handshakes: { ...drawn.handshakes, shown: true },
        nemesis: { ...drawn.nemesis, faults: ['crash', 'isolate', 'split'] },
      }),
      watch: (built) => {
        simulation = built
        const { observer, nodes } = built
        observer.add({
          founded: (node) => {
            for (const { disk } of nodes)
              expect(
                disk.identity.record.peers.get(node.id)?.incarnation ?? node.disk.identity.incarnation,
              ).toBe(node.disk.identity.incarnation)
          },
        })
      },
    })
    expect(violation).toBeNull()
    expect(simulation!.nodes.every(({ founded }) => founded)).toBe(true)
  }
})
