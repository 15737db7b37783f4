import { describe, expect, it } from 'vitest'
import { type Lease, LeaseLeadership } from './lease-leadership.ts'

describe('a leadership', () => {
  const setUp = () => {
    const state = { now: 0, deadline: 100, seenToEnd: 0 }
    const lease: Lease = {
      now: () => state.now,
      deadline: () => state.deadline,
      ended: () => {
        state.seenToEnd++
      },
      leader: () => null,
    }
    return { state, leadership: new LeaseLeadership(7, lease) }
  }

  it('is held until the deadline, which may move on', () => {
    const { state, leadership } = setUp()
    state.now = 99
    expect(leadership.held).toBe(true)
    state.deadline = 200
    state.now = 199
    expect(leadership.held).toBe(true)
    expect(leadership.deadline).toBe(200)
    expect(() => leadership.assertHeld()).not.toThrow()
  })

  it('is over when the deadline is reached, and stays so though it moves on later', () => {
    const { state, leadership } = setUp()
    state.now = 100
    expect(leadership.held).toBe(false)
    expect(state.seenToEnd).toBe(1)
    state.deadline = 1000
    expect(leadership.held).toBe(false)
    expect(leadership.deadline).toBe(100)
    expect(() => leadership.assertHeld()).toThrow(/fence 7 is over/)
  })

  it('is over when it is ended, whatever the clock says, and tells its signal why', () => {
    const { leadership } = setUp()
    leadership.end()
    expect(leadership.held).toBe(false)
    expect(leadership.signal.reason).toMatchObject({ code: 'OARLOCK_LEADERSHIP_LOST' })
  })

  it('is still held when its tasks are told to end', () => {
    const { leadership } = setUp()
    const reason = new Error('closing')
    leadership.warn(reason)
    expect(leadership.signal.reason).toBe(reason)
    expect(leadership.held).toBe(true)
    leadership.end()
    expect(leadership.signal.reason).toBe(reason)
  })
})
