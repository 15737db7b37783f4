import { index, type RaftView, staticVoters } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { foundersTable, type TableState } from './membership/index.ts'
import { membershipOf } from './membership-calls.ts'

const view = { id: 'a', leader: 'a', lastIndex: index(9), progress: new Map() } as unknown as RaftView
const founders = foundersTable(staticVoters(['a', 'b', 'c']))
const shown = (configuration: Partial<TableState['configuration']>) => {
  const table = { ...founders, configuration: { ...founders.configuration, ...configuration } }
  const { members, pending } = membershipOf(table, view)
  return {
    pending,
    kinds: members.map(({ id, kind, promoting }) => `${id} ${kind}${promoting ? ', promoting' : ''}`),
  }
}

describe('the members that callers see', () => {
  it('are voters and learners', () => {
    expect(shown({ voters: ['a', 'b'], learners: ['c'] })).toEqual({
      pending: null,
      kinds: ['a voter', 'b voter', 'c learner'],
    })
  })

  it('are what they were while the voters change: the majority of the old ones is still needed', () => {
    const joint = shown({ voters: ['a', 'c'], outgoing: ['a', 'b'] })
    expect(joint).toEqual({
      pending: 'a change of the voters',
      kinds: ['a voter', 'b voter', 'c learner, promoting'],
    })
  })
})
