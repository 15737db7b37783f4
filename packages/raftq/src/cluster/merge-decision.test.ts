import { describe, expect, it } from 'vitest'
import { decideMerge, type MergeDecision, type OwnCluster } from './merge-decision.ts'

describe('two clusters that meet', () => {
  const cluster = (id: string, is: Partial<OwnCluster> = {}): OwnCluster => ({
    id,
    founders: [],
    byMembers: false,
    acknowledged: false,
    begun: true,
    pristine: false,
    ...is,
  })
  const [acknowledged, byMembers] = [{ acknowledged: true }, { byMembers: true }]

  it.each<[string, MergeDecision, OwnCluster, OwnCluster]>([
    ['neither acknowledged anything, and the greater id dissolves', 'dissolve', cluster('2'), cluster('1')],
    ['neither acknowledged anything, and the smaller id waits', 'wait', cluster('1'), cluster('2')],
    ['only the other one acknowledged a value', 'dissolve', cluster('1'), cluster('2', acknowledged)],
    ['only this one acknowledged a value', 'wait', cluster('2', acknowledged), cluster('1')],
    ['both acknowledged a value', 'conflict', cluster('1', acknowledged), cluster('2', acknowledged)],
    ['the other one is by members', 'dissolve', cluster('1'), cluster('2', byMembers)],
    ['this one is by members', 'wait', cluster('2', byMembers), cluster('1')],
    [
      'this one is by members, and the other one acknowledged a value',
      'conflict',
      cluster('2', byMembers),
      cluster('1', acknowledged),
    ],
    ['both are by members', 'conflict', cluster('1', byMembers), cluster('2', byMembers)],
    [
      'both are by members, and this node has promised nothing in its own',
      'join',
      cluster('1', { ...byMembers, pristine: true }),
      cluster('2', byMembers),
    ],
    [
      'both are by members, and neither has begun',
      'conflict',
      cluster('1', { ...byMembers, pristine: true, begun: false }),
      cluster('2', { ...byMembers, begun: false }),
    ],
  ])('%s: %s', (_, meeting, own, other) => expect(decideMerge(own, other, own.byMembers)).toBe(meeting))

  it.each<[string, MergeDecision, OwnCluster, boolean]>([
    ['any cluster', 'join', cluster('1'), false],
    ['one by members that has not begun', 'join', cluster('1', { ...byMembers, begun: false }), false],
    ['one without members, with that option', 'wait', cluster('1'), true],
    [
      'one without members that has acknowledged a value, with that option',
      'conflict',
      cluster('1', acknowledged),
      true,
    ],
    ['one by members, with that option', 'join', cluster('1', byMembers), true],
    [
      'one by members that has not begun, with that option',
      'wait',
      cluster('1', { ...byMembers, begun: false }),
      true,
    ],
  ])('a node in no cluster meets %s: %s', (_, meeting, other, withMembers) =>
    expect(decideMerge(null, other, withMembers)).toBe(meeting),
  )

  it('never dissolves both, and never makes both wait', () => {
    const kinds = [{}, acknowledged, byMembers, { ...acknowledged, ...byMembers }]
    for (const one of kinds)
      for (const two of kinds) {
        const [a, b] = [cluster('1', one), cluster('2', two)]
        const both = [decideMerge(a, b, false), decideMerge(b, a, false)].toSorted().join(' and ')
        expect(['dissolve and wait', 'conflict and conflict']).toContain(both)
      }
  })
})
