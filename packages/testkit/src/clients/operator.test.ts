import { type Configuration, type Index, index, staticVoters } from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog, Survivors } from '../model/index.ts'
import { type Agenda, Random, type World } from '../world/index.ts'
import { Operator } from './operator.ts'

class Fake {
  readonly raft: { applied: Index } = { applied: index(0) }
  readonly id: string
  up = true
  retired = false
  stoppedByItself = false
  readonly founded = true

  constructor(id: string) {
    this.id = id
  }

  crash(): void {
    this.up = false
  }

  start(): void {
    this.up = true
  }
}

describe('a removed node', () => {
  const nodes = new Map<string, Fake>()
  let configurations: { from: Index; configuration: Configuration }[]
  let operator: Operator
  beforeEach(() => {
    for (const id of ['n1', 'n2', 'n3', 'n4', 'n5']) nodes.set(id, new Fake(id))
    configurations = [{ from: index(0), configuration: staticVoters([...nodes.keys()]) }]
    operator = new Operator(
      {} as World,
      new Random(1),
      { gap: Number.POSITIVE_INFINITY, several: 0, mostVoters: 5 },
      [...nodes.values()] as unknown as SimNode[],
      {
        configurations,
        get configuration() {
          return configurations.at(-1)!.configuration
        },
      } as unknown as CommittedLog,
      {} as Agenda,
      {} as Survivors,
    )
  })

  /** Commits a configuration at `from`. The nodes in `applied` have applied it. */
  function commit(from: number, configuration: Configuration, ...applied: string[]): void {
    configurations.push({ from: index(from), configuration })
    for (const id of applied) nodes.get(id)!.raft.applied = index(from)
    operator.retireRemoved()
  }
  const up = (): string[] => [...nodes.values()].filter((node) => node.up).map(({ id }) => id)

  test('runs until a quorum of the members has applied its removal', () => {
    commit(3, staticVoters(['n1', 'n2', 'n3', 'n4']), 'n1', 'n2', 'n5')
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5'])
    commit(3, staticVoters(['n1', 'n2', 'n3', 'n4']), 'n3')
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4'])
  })

  test('is switched off during a joint configuration, while the members of both halves stay', () => {
    const joint = { ...staticVoters(['n1', 'n2']), outgoing: ['n1', 'n3', 'n4'] }
    commit(3, joint, 'n1', 'n2')
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5'])
    commit(3, joint, 'n3')
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4'])
  })

  test('is switched off although the members do not know a later change yet', () => {
    commit(3, staticVoters(['n1', 'n2', 'n3', 'n4']), 'n1', 'n2')
    commit(5, { ...staticVoters(['n1', 'n2', 'n3']), outgoing: ['n1', 'n2', 'n3', 'n4'] }, 'n1')
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5'])
    nodes.get('n3')!.raft.applied = index(3)
    operator.retireRemoved()
    expect(up()).toEqual(['n1', 'n2', 'n3', 'n4'])
  })

  test('runs again when it is a member again', () => {
    commit(3, staticVoters(['n1']), 'n1')
    expect(up()).toEqual(['n1'])
    commit(4, staticVoters(['n1', 'n5']))
    expect(up()).toEqual(['n1', 'n5'])
  })
})
