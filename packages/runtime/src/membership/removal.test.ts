import { encodeChange, index, staticVoters } from '@oarlock/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Clock } from '../ports/index.ts'
import { foundersTable, tableAfter } from './member-table.ts'
import { Removal } from './removal.ts'

const founders = foundersTable(staticVoters(['a', 'b', 'c']))
const joint = tableAfter(founders, {
  index: index(7),
  data: encodeChange({ transition: 'implicit', changes: [{ kind: 'remove', id: 'c' }] }),
})
const removed = tableAfter(joint, {
  index: index(8),
  data: encodeChange({ transition: 'auto', changes: [] }),
})

const T = 100

describe('a member that was removed', () => {
  const over = vi.fn()
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  let removal: Removal
  let time = 0
  beforeEach(() => {
    over.mockReset()
    timers.clear()
    time = 0
    const clock: Clock = {
      now: () => time,
      at: (at, callback) => {
        const timer = { at, callback }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    }
    removal = new Removal({ id: 'c', electionTimeout: T, over, clock }, founders)
  })
  const pass = (timeouts: number): void => {
    time += timeouts * T
    for (const timer of [...timers]) if (timer.at <= time) timer.callback()
  }

  it('may still be needed: it stops when a majority of the other voters refuses it', () => {
    removal.tableChanged(joint)
    expect(removal.at).toBeNull()
    removal.tableChanged(removed)
    expect(removal.at).toBe(8)
    removal.refusedBy('a')
    pass(3)
    expect(over).not.toHaveBeenCalled()
    removal.refusedBy('b')
    pass(2)
    expect(over).toHaveBeenCalledOnce()
    pass(20)
    expect(over).toHaveBeenCalledOnce()
  })

  it('stops after a longer while if only some refuse it, as the others may be gone', () => {
    removal.refusedBy('a')
    pass(9)
    expect(over).not.toHaveBeenCalled()
    pass(1)
    expect(over).toHaveBeenCalledOnce()
  })

  it('does not stop while a leader sends to it: it was added again, and who refuses it is behind', () => {
    removal.tableChanged(removed)
    removal.refusedBy('a')
    removal.refusedBy('b')
    for (let i = 0; i < 20; i++) {
      expect(removal.isDoubtful).toBe(true)
      pass(1)
      removal.heardLeader()
    }
    expect(over).not.toHaveBeenCalled()
    pass(10)
    expect(over).toHaveBeenCalledOnce()
  })

  it('stops after a while if nobody refuses it', () => {
    removal.tableChanged(removed)
    removal.acceptedBy('a')
    pass(9)
    expect(over).not.toHaveBeenCalled()
    pass(1)
    expect(over).toHaveBeenCalledOnce()
  })

  it('goes on while somebody accepts it: those that refuse it may be behind', () => {
    removal.refusedBy('a')
    removal.refusedBy('b')
    pass(1)
    removal.acceptedBy('b')
    pass(29)
    expect(over).not.toHaveBeenCalled()
    removal.heardLeader()
    pass(1)
    expect(over).not.toHaveBeenCalled()
    removal.refusedBy('a')
    removal.refusedBy('b')
    pass(2)
    expect(over).toHaveBeenCalledOnce()
  })

  it('goes on if it is added again', () => {
    removal.tableChanged(removed)
    removal.tableChanged(founders)
    expect(removal.at).toBeNull()
    pass(20)
    expect(over).not.toHaveBeenCalled()
  })
})
