import { term } from '@oarlock/core'
import { expect, it } from 'vitest'
import { type ReadCompletion, ReadTimeoutError } from '../reads/index.ts'
import { CaughtUp } from './caught-up.ts'

function setUp() {
  const reads: ReadCompletion[] = []
  const caughtUp = new CaughtUp((completion) => reads.push(completion))
  const knows = (leader: string | null, inTerm: number) =>
    caughtUp.roleChanged({ leader, term: term(inTerm) })
  return { reads, caughtUp, knows }
}

it('a member is caught up when the leader that it knows has answered, and what it named is applied', () => {
  const { reads, caughtUp, knows } = setUp()
  expect(caughtUp.holds).toBe(false)
  knows('b', 1)
  expect(caughtUp.holds).toBe(false)
  reads[0]!.serve()
  expect(caughtUp.holds).toBe(true)
})

it('another leader, or the same one in another term, is asked anew, and an earlier answer does not count', () => {
  const { reads, caughtUp, knows } = setUp()
  knows('b', 1)
  knows('b', 1)
  expect(reads).toHaveLength(1)
  knows(null, 2)
  knows('b', 2)
  expect(reads).toHaveLength(2)
  reads[0]!.serve()
  expect(caughtUp.holds).toBe(false)
  reads[1]!.serve()
  expect(caughtUp.holds).toBe(true)
  knows('c', 3)
  expect(caughtUp.holds).toBe(false)
})

it('a question that fails is asked again, until the member stops', () => {
  const { reads, caughtUp, knows } = setUp()
  const fail = () => reads.at(-1)!.reject(new ReadTimeoutError('late', { leader: 'b' }))
  knows('b', 1)
  fail()
  expect(reads).toHaveLength(2)
  caughtUp.stop()
  fail()
  expect(reads).toHaveLength(2)
})
