import { type Configuration, index, type MembershipChange, staticVoters } from '@oarlock/core'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from './committed.ts'
import { Survivors } from './survivors.ts'

interface Fake {
  readonly id: string
  up: boolean
  lost: boolean
  isNewcomer: boolean
  readonly founded: true
  hasState: boolean
  readonly disk: { durableCommit: number; durableLog: { start: { index: number } } }
}

const replace = (out: string, into: string): MembershipChange => ({
  transition: 'auto',
  changes: [
    { id: out, kind: 'remove' },
    { id: into, kind: 'voter' },
  ],
})

const unchanged = { members: new Map(), request: null }

describe('a disk may be lost', () => {
  let nodes: Fake[]
  let configurations: { from: number; configuration: Configuration; table: object }[]
  let survivors: Survivors
  const start = (voters: number): void => {
    nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map((id) => ({
      id,
      up: true,
      lost: false,
      isNewcomer: false,
      founded: true,
      hasState: true,
      disk: { durableCommit: 0, durableLog: { start: { index: 0 } } },
    }))
    const founders = staticVoters(nodes.slice(0, voters).map(({ id }) => id))
    configurations = [{ from: 0, configuration: founders, table: unchanged }]
    survivors = new Survivors(nodes as unknown as SimNode[], { configurations } as unknown as CommittedLog)
  }
  const mayLose = (id: string): boolean =>
    survivors.mayLose(nodes.find((node) => node.id === id) as unknown as SimNode)
  const lose = (id: string): void => {
    expect(mayLose(id)).toBe(true)
    nodes.find((node) => node.id === id)!.lost = true
  }
  beforeEach(() => start(3))

  test.each([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [5, 2],
  ])('of %i voters, %i times', (voters, times) => {
    start(voters)
    for (let at = 1; at <= times; at++) lose(`n${at}`)
    expect(mayLose(`n${times + 1}`)).toBe(false)
  })

  test('of a running node, and only once', () => {
    lose('n1')
    expect(mayLose('n1')).toBe(false)
    nodes[3]!.up = false
    expect(mayLose('n4')).toBe(false)
    expect(mayLose('n5')).toBe(true)
  })

  test('by one member, while another one that lost its disk is not taken in', () => {
    start(5)
    lose('n1')
    nodes[0]!.lost = false
    nodes[0]!.isNewcomer = true
    lose('n2')
    expect(mayLose('n3')).toBe(false)
    nodes[0]!.isNewcomer = false
    expect(mayLose('n3')).toBe(true)
  })

  test('not by a learner that the leader may promote, if the voters would have no majority with it', () => {
    const configuration = { ...staticVoters(['n1', 'n2', 'n3']), learners: ['n5'] }
    const promoted = { members: new Map([['n5', { promote: true }]]), request: null }
    configurations.push({ from: 0, configuration, table: promoted })
    lose('n1')
    expect(mayLose('n5')).toBe(false)
    configurations.push({ from: 0, configuration, table: unchanged })
    expect(mayLose('n5')).toBe(true)
  })

  test('not by one that an accepted request leaves in a configuration without a majority', () => {
    const { configuration } = configurations[0]!
    const request = { change: { type: 'remove', id: 'n3' } }
    configurations.push({ from: 0, configuration, table: { members: new Map(), request } })
    expect(mayLose('n1')).toBe(false)
    expect(mayLose('n3')).toBe(true)
  })

  test('only when every voter has the configuration on disk', () => {
    configurations.push({
      from: 7,
      configuration: staticVoters(['n1', 'n2', 'n3', 'n4', 'n5']),
      table: unchanged,
    })
    for (const { disk } of nodes) disk.durableCommit = 7
    nodes[4]!.disk.durableCommit = 6
    expect(mayLose('n1')).toBe(false)
    nodes[4]!.disk.durableCommit = 7
    expect(mayLose('n1')).toBe(true)
  })

  test('not if a requested change would lose its majority', () => {
    const { configuration } = configurations[0]!
    expect(survivors.mayChange(configuration, index(0), replace('n3', 'n4'))).toBe(true)
    lose('n3')
    expect(mayLose('n4')).toBe(true)
    expect(mayLose('n2')).toBe(false)
    start(3)
    const toOne: MembershipChange = { transition: 'auto', changes: [{ id: 'n2', kind: 'remove' }] }
    expect(survivors.mayChange(configuration, index(0), toOne)).toBe(true)
    expect(mayLose('n1')).toBe(false)
    configurations.push({ from: 3, configuration, table: unchanged })
    for (const { disk } of nodes) disk.durableCommit = 3
    expect(mayLose('n1')).toBe(true) // the requested change can no longer be committed
  })

  test('and then no change is requested that would leave no majority', () => {
    const { configuration } = configurations[0]!
    lose('n3')
    expect(survivors.mayChange(configuration, index(0), replace('n2', 'n3'))).toBe(false)
    expect(
      survivors.mayChange(configuration, index(0), {
        transition: 'auto',
        changes: [{ id: 'n2', kind: 'remove' }],
      }),
    ).toBe(false)
    expect(survivors.mayChange(configuration, index(0), replace('n3', 'n4'))).toBe(true)
  })

  test('only while another voter has a state, which reaches as far as the others have cut their logs', () => {
    nodes[0]!.hasState = false
    expect(mayLose('n2')).toBe(true)
    nodes[1]!.hasState = false
    expect(mayLose('n3')).toBe(false)
    expect(mayLose('n1')).toBe(true)
    nodes[0]!.disk.durableLog.start.index = 5
    expect(mayLose('n2')).toBe(false)
    nodes[2]!.disk.durableCommit = 5
    expect(mayLose('n2')).toBe(true)
  })

  test('or its state alone, likewise, whether or not a majority has one', () => {
    const mayLoseState = (id: string): boolean =>
      survivors.mayLoseState(nodes.find((node) => node.id === id) as unknown as SimNode)
    for (const id of ['n1', 'n2']) {
      expect(mayLoseState(id)).toBe(true)
      nodes.find((node) => node.id === id)!.hasState = false
    }
    expect(mayLoseState('n3')).toBe(false)
  })
})
