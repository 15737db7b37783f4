import { expect, it } from 'vitest'
import { problemsIn, type TrialRecord } from './audit.ts'

const worked = [1, 2, 3].map((position) => ({ position, fence: position < 3 ? 1 : 2, worker: 'a' }))
const good: TrialRecord = {
  events: 3,
  enqueued: [1, 2, 3],
  worked: [...worked, worked[1]!],
  overlap: 0,
  fenceProblems: [],
  lateRefused: [true],
}

it('accepts events that were enqueued once, even if a job was processed again', () =>
  expect(problemsIn(good)).toEqual([]))

it.each<[string, Partial<TrialRecord>, string[]]>([
  ['a lost event', { events: 4 }, ['never enqueued: 1 (4)', 'never processed: 1 (4)']],
  [
    'an event that was enqueued twice',
    { enqueued: [1, 2, 3, 2] },
    ['enqueued more than once: 1 (2)', 'enqueued after a later one: 1 (2)'],
  ],
  ['events out of order', { enqueued: [2, 1, 3] }, ['enqueued after a later one: 1 (1)']],
  [
    'an event that was never written',
    { events: 2, worked: worked.slice(0, 2) },
    ['enqueued but never written: 1 (3)'],
  ],
  ['a job that was not processed', { worked: worked.slice(1) }, ['never processed: 1 (1)']],
  [
    'an event of an older leader after one of a newer leader',
    { worked: worked.map((line) => ({ ...line, fence: -line.position })) },
    ['with an older fence than the event before: 2 (2, 3)'],
  ],
  ['two leaders', { overlap: 1.5 }, ['two instances led at once for 1.5 ms']],
  [
    'a late write that Redis accepted',
    { lateRefused: [true, false] },
    ['Redis accepted a late transaction of a former leader'],
  ],
])('finds %s', (_, difference, problems) => expect(problemsIn({ ...good, ...difference })).toEqual(problems))
