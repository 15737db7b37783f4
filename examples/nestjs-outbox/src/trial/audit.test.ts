import { expect, it } from 'vitest'
import { faultsOf, type Remains } from './audit.ts'

const worked = [1, 2, 3].map((position) => ({ position, fence: position < 3 ? 1 : 2, worker: 'a' }))
const good: Remains = {
  events: 3,
  enqueued: [1, 2, 3],
  worked: [...worked, worked[1]!],
  overlap: 0,
  fenceFaults: [],
  lateRefused: [true],
}

it('finds nothing wrong with every event enqueued once, though a job was worked again', () =>
  expect(faultsOf(good)).toEqual([]))

it.each<[string, Partial<Remains>, string[]]>([
  ['an event that is lost', { events: 4 }, ['never enqueued: 1 (4)', 'never worked: 1 (4)']],
  [
    'an event that came onto the queue again',
    { enqueued: [1, 2, 3, 2] },
    ['enqueued more than once: 1 (2)', 'enqueued after a later one: 1 (2)'],
  ],
  ['events out of order', { enqueued: [2, 1, 3] }, ['enqueued after a later one: 1 (1)']],
  [
    'an event that nobody wrote',
    { events: 2, worked: worked.slice(0, 2) },
    ['enqueued, and no event: 1 (3)'],
  ],
  ['a job that was not worked', { worked: worked.slice(1) }, ['never worked: 1 (1)']],
  [
    'an event of an older leader after one of a newer',
    { worked: worked.map((line) => ({ ...line, fence: -line.position })) },
    ['of an older fence than the one before: 2 (2, 3)'],
  ],
  ['two leaders', { overlap: 1.5 }, ['two instances led at one instant, for 1.5 ms']],
  [
    'a write of a leader that was one',
    { lateRefused: [true, false] },
    ['a transaction that arrived late was not refused'],
  ],
])('finds %s', (_, difference, faults) => expect(faultsOf({ ...good, ...difference })).toEqual(faults))
