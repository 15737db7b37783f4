import type { Message } from '@oarlock/core'
import { describe, expect, test } from 'vitest'
import { LogCopy } from '../hardware/index.ts'
import type { SimNode } from '../member/index.ts'
import type { CommittedLog } from '../model/index.ts'
import { Violation } from '../world/index.ts'
import { AcknowledgedIsHeld } from './acknowledged-is-held.ts'

type Entries = Parameters<LogCopy['append']>[0]

/** A log with entries of these terms, from index 1 on, compacted up to `start`. */
function logOf(terms: readonly number[], start = 0): LogCopy {
  const log = new LogCopy()
  log.append(
    terms.map((term, at) => ({
      index: at + 1,
      term,
      type: 'normal',
      data: new Uint8Array(),
    })) as unknown as Entries,
  )
  if (start > 0) log.startAt({ index: start, term: terms[start - 1]! } as unknown as Entries[number])
  return log
}

/** What the checker says when n1 acknowledges up to `index` in term 3; null: nothing. */
function objection(member: LogCopy, leader: LogCopy, index: number, leads = true, term = 3): string | null {
  const raft = { role: leads ? 'leader' : 'follower', term: 3 }
  const nodes = [
    { id: 'n1', up: true, log: member, raft: { role: 'follower', term } },
    { id: 'n2', up: true, log: leader, raft },
  ] as unknown as SimNode[]
  const entries = [1, 1, 1].map((term, at) => ({ index: at + 1, term }))
  const checker = new AcknowledgedIsHeld(nodes, { entries } as unknown as CommittedLog)
  const message = { type: 'appendResponse', term: 3, index, rejected: false } as unknown as Message
  try {
    checker.leaving(nodes[0]!, { from: 'n1', to: 'n2', message })
    return null
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return `${error.checker}: ${error.message}`
  }
}

describe('an acknowledgement', () => {
  test('may reach as far as the logs agree', () => {
    expect(objection(logOf([1, 1, 1, 2]), logOf([1, 1, 1, 3]), 3)).toBeNull()
  })

  test('must not exceed that, even within the log of the member', () => {
    expect(objection(logOf([1, 1, 1, 2]), logOf([1, 1, 1, 3]), 4)).toBe(
      'ACK: n1 acknowledges 4 to n2 and has 4@2 there, but the leader has 4@3',
    )
  })

  test('must not exceed the log of either', () => {
    expect(objection(logOf([1, 1, 1]), logOf([1, 1, 1, 3]), 4)).toMatch(
      /has nothing there, but the leader has 4@3/,
    )
    expect(objection(logOf([1, 1, 1, 2]), logOf([1, 1, 1]), 4)).toMatch(
      /has 4@2 there, but the leader has nothing/,
    )
  })

  test('of an entry that the leader has compacted is compared with the committed log', () => {
    expect(objection(logOf([1, 1, 1]), logOf([1, 1, 1, 3], 4), 3)).toBeNull()
    expect(objection(logOf([1, 2, 2]), logOf([1, 1, 1, 3], 4), 3)).toMatch(
      /has 3@2 there, but the leader has 3@1/,
    )
  })

  test('of an entry that the member has compacted needs no comparison', () => {
    expect(objection(logOf([1, 1, 1, 3], 4), logOf([1, 1, 1, 3]), 2)).toBeNull()
  })

  test('of an earlier term than the one that the member is in commits nothing', () => {
    expect(objection(logOf([1, 1, 1, 4]), logOf([1, 1, 1, 3]), 4, true, 4)).toBeNull()
  })

  test('is not counted by a node that does not lead its term', () => {
    expect(objection(logOf([1, 1, 1, 2]), logOf([1, 1, 1, 3]), 4, false)).toBeNull()
  })
})
