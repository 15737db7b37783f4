import { expect, it } from 'vitest'
import { Budget } from './budget.ts'

it('admits what fits, and the rest in order as there is room again', async () => {
  const budget = new Budget(10)
  const admitted: string[] = []
  const take = (name: string, weight: number): void =>
    void budget.take(weight).then((counted) => admitted.push(`${name} ${counted}`))
  const settle = () => new Promise(setImmediate)
  take('a', 6)
  take('b', 4)
  take('c', 5)
  take('d', 1)
  await settle()
  expect(admitted).toEqual(['a 6', 'b 4'])
  budget.giveBack(4)
  await settle()
  expect(admitted).toHaveLength(2)
  budget.giveBack(6)
  await settle()
  expect(admitted).toEqual(['a 6', 'b 4', 'c 5', 'd 1'])
  take('whole', 1000)
  await settle()
  expect(admitted).toHaveLength(4)
  budget.giveBack(6)
  await settle()
  expect(admitted.at(-1)).toBe('whole 10')
})
