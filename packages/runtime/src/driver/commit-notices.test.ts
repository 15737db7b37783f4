import type { Entry, Envelope, Index, Message, Term } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { CommitNotices } from './commit-notices.ts'

const prev = { term: 1 as Term, index: 1 as Index }
const entry: Entry = { term: 1 as Term, index: 2 as Index, type: 'normal', data: new Uint8Array(1) }
const append = (to: string, commit: number, ...entries: Entry[]): Envelope => ({
  from: 'a',
  to,
  message: { type: 'append', term: 1 as Term, prev, entries, commit: commit as Index },
})
const heartbeat: Message = {
  type: 'heartbeat',
  term: 1 as Term,
  commit: 1 as Index,
  sentAt: 0,
  round: 1,
  successorPriority: 1,
  heldByAll: 0 as Index,
}

describe('a commit notice', () => {
  it('waits one whole turn, then is sent', () => {
    const notices = new CommitNotices()
    const notice = append('b', 5)
    expect(notices.holdBack([notice])).toEqual([])
    expect(notices.endTurn()).toEqual([])
    expect(notices.any).toBe(true)
    expect(notices.endTurn()).toEqual([notice])
    expect(notices.any).toBe(false)
  })

  it('is overtaken by an append with entries to the same member, and by a newer notice', () => {
    const notices = new CommitNotices()
    notices.holdBack([append('b', 5), append('c', 5)])
    notices.endTurn()
    const next = append('b', 5, entry)
    expect(notices.holdBack([next])).toEqual([next])
    const newer = append('c', 6)
    notices.holdBack([newer])
    expect(notices.endTurn()).toEqual([])
    expect(notices.endTurn()).toEqual([newer])
  })

  it('holds up nothing else', () => {
    const notices = new CommitNotices()
    const others: Envelope[] = [{ from: 'a', to: 'b', message: heartbeat }, append('c', 5, entry)]
    expect(notices.holdBack([append('b', 5), ...others])).toEqual(others)
  })
})
