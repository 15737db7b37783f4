// Configurations and their changes (thesis §4.3).
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Configuration } from '../types.ts'
import {
  changed,
  changeSimply,
  enterJoint,
  leaveJoint,
  leavesJoint,
  type MemberChange,
  type MembershipChange,
  MembershipError,
} from './change.ts'
import { isJoint, membersOf, staticVoters } from './configuration.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const memberChange: fc.Arbitrary<MemberChange> = fc.record({
  kind: fc.constantFrom('voter', 'learner', 'remove', 'update'),
  id: fc.constantFrom(...ids),
})
const membershipChange: fc.Arbitrary<MembershipChange> = fc.oneof(
  fc.record({
    transition: fc.constantFrom('auto', 'implicit', 'explicit'),
    changes: fc.array(memberChange, { maxLength: 6 }),
  }),
  // Without changes it leaves a joint configuration, often enough that sequences go on.
  fc.constant<MembershipChange>({ transition: 'auto', changes: [] }),
)

/**
 * The configurations after each change of a sequence. Changes that cannot be made are skipped.
 */
function steps(start: Configuration, changes: readonly MembershipChange[]): readonly Configuration[] {
  const all = [start]
  for (const change of changes) {
    try {
      all.push(changed(all.at(-1)!, change))
    } catch (error) {
      if (!(error instanceof MembershipError)) throw error
    }
  }
  return all
}

const someConfiguration: fc.Arbitrary<Configuration> = fc
  .tuple(fc.subarray(ids, { minLength: 1 }), fc.array(membershipChange, { maxLength: 8 }))
  .map(([voters, changes]) => steps(staticVoters(voters), changes).at(-1)!)

const overlap = (a: readonly string[], b: readonly string[]): readonly string[] =>
  a.filter((id) => b.includes(id))
const majorities = (voters: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: 2 ** voters.length }, (_, bits) =>
    voters.filter((_id, at) => (bits >> at) & 1),
  ).filter((some) => some.length > voters.length / 2)
/** The sets that decide, alone, under a configuration: a majority of each half. */
const quorums = ({ voters, outgoing }: Configuration): readonly (readonly string[])[] =>
  outgoing.length === 0
    ? majorities(voters)
    : majorities(voters).flatMap((one) => majorities(outgoing).map((other) => [...one, ...other]))

describe('from any configuration, any change that can be made', () => {
  const property = (name: string, holds: (before: Configuration, after: Configuration) => void): void => {
    test(name, { timeout: 60_000 }, () => {
      fc.assert(
        fc.property(someConfiguration, membershipChange, (before, change) => {
          const after = steps(before, [change]).at(-1)!
          holds(before, after)
        }),
        { numRuns: 400 },
      )
    })
  }

  property('leaves a voter', (_before, { voters }) => expect(voters.length).toBeGreaterThan(0))

  property('keeps learners apart from the voters of both halves', (_before, after) => {
    expect(overlap(after.learners, [...after.voters, ...after.outgoing])).toEqual([])
  })

  property('makes learners-to-be only of voters that leave', (_before, { learnersNext, ...after }) => {
    expect(overlap(learnersNext, after.outgoing)).toEqual(learnersNext)
    expect(overlap(learnersNext, [...after.voters, ...after.learners])).toEqual([])
  })

  property('leaves nothing of a joint configuration in one that is not', (_before, after) => {
    if (!isJoint(after)) expect([after.learnersNext, after.autoLeave]).toEqual([[], false])
  })

  property('names no member twice in one place, in order', (_before, after) => {
    for (const some of [after.voters, after.outgoing, after.learners, after.learnersNext])
      expect(some).toEqual([...new Set(some)].sort())
  })

  property(
    'gives a configuration of which each quorum meets each quorum of the one before',
    (before, after) => {
      for (const one of quorums(before))
        for (const other of quorums(after)) expect(overlap(one, other)).not.toEqual([])
    },
  )

  property('keeps the outgoing half until it is left', (before, after) => {
    if (isJoint(before) && isJoint(after)) expect(after).toEqual(before)
  })
})

describe('a joint configuration', () => {
  const three = staticVoters(['a', 'b', 'c'])

  it('has the old voters beside the new ones, and is left for the new ones alone', () => {
    const joint = enterJoint(
      three,
      [
        { kind: 'remove', id: 'a' },
        { kind: 'voter', id: 'd' },
      ],
      true,
    )
    expect(joint).toEqual({
      voters: ['b', 'c', 'd'],
      outgoing: ['a', 'b', 'c'],
      learners: [],
      learnersNext: [],
      autoLeave: true,
    })
    expect(leaveJoint(joint)).toEqual(staticVoters(['b', 'c', 'd']))
  })

  it('keeps a voter that becomes a learner as a voter of the old half', () => {
    const joint = enterJoint(
      three,
      [
        { kind: 'learner', id: 'a' },
        { kind: 'learner', id: 'd' },
      ],
      false,
    )
    expect(joint).toMatchObject({ voters: ['b', 'c'], learners: ['d'], learnersNext: ['a'] })
    expect(membersOf(joint)).toEqual(['a', 'b', 'c', 'd'])
    expect(leaveJoint(joint)).toMatchObject({ learners: ['a', 'd'], learnersNext: [] })
  })

  it('accepts no other change before it is left', () => {
    const joint = enterJoint(three, [], false)
    for (const act of [() => enterJoint(joint, [], true), () => changeSimply(joint, [])])
      expect(act).toThrow(MembershipError)
  })

  it('is entered for more than one change, or for a stated transition', () => {
    const one: MemberChange = { kind: 'voter', id: 'd' }
    const through = (change: MembershipChange): boolean => isJoint(changed(three, change))
    expect(through({ transition: 'auto', changes: [one] })).toBe(false)
    expect(through({ transition: 'auto', changes: [one, { kind: 'remove', id: 'a' }] })).toBe(true)
    expect(through({ transition: 'implicit', changes: [one] })).toBe(true)
    expect(through({ transition: 'explicit', changes: [one] })).toBe(true)
  })

  it('is left automatically unless it is explicit', () => {
    const autoLeave = (transition: MembershipChange['transition']): boolean =>
      changed(three, { transition, changes: ids.map((id) => ({ kind: 'voter', id })) }).autoLeave
    expect([autoLeave('auto'), autoLeave('implicit'), autoLeave('explicit')]).toEqual([true, true, false])
  })
})

describe('a change that cannot be made is refused', () => {
  const one = staticVoters(['a'])
  const none: Configuration = { ...one, voters: [] }
  it.each<[string, () => Configuration]>([
    ['no voters left', () => changeSimply(one, [{ kind: 'remove', id: 'a' }])],
    ['no voters left, through joint', () => enterJoint(one, [{ kind: 'learner', id: 'a' }], true)],
    [
      'two voters at once',
      () =>
        changeSimply(one, [
          { kind: 'voter', id: 'b' },
          { kind: 'voter', id: 'c' },
        ]),
    ],
    ['leaving what is not joint', () => leaveJoint(one)],
    ['joint without voters', () => enterJoint(none, [{ kind: 'voter', id: 'a' }], true)],
  ])('%s', (_what, act) => {
    expect(act).toThrow(MembershipError)
  })

  it('only no change at all, and no stated transition, leaves a joint configuration', () => {
    expect(leavesJoint({ transition: 'auto', changes: [] })).toBe(true)
    expect(leavesJoint({ transition: 'explicit', changes: [] })).toBe(false)
    expect(leavesJoint({ transition: 'auto', changes: [{ kind: 'update', id: 'a' }] })).toBe(false)
  })
})
