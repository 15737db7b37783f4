import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimeQueue } from './time-queue.ts'

it('a time queue hands out each item once, at its latest time, in order', () => {
  const step = fc.oneof(
    fc.record({ add: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.nat({ max: 20 }) }),
    fc.record({ take: fc.nat({ max: 20 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new TimeQueue<string>()
      const model = new Map<string, number>()
      for (const one of steps) {
        if ('add' in one) {
          queue.add(one.add, one.at)
          model.set(one.add, one.at)
        } else {
          const taken = queue.take(one.take)
          const earliest = Math.min(...model.values())
          if (model.size === 0 || earliest > one.take) expect(taken).toBeNull()
          else {
            expect(model.get(taken!)).toBe(earliest)
            model.delete(taken!)
          }
        }
        expect(queue.earliest).toBe(model.size === 0 ? null : Math.min(...model.values()))
        for (const item of ['a', 'b']) expect(queue.timeOf(item)).toBe(model.get(item))
      }
    }),
  )
})
