import { describe, expect, it } from 'vitest'
import { LeadershipReader, LeadershipWriter, newSharedLeadership } from './shared-leadership.ts'

function shared() {
  const memory = newSharedLeadership()
  return { writer: new LeadershipWriter(memory), reader: new LeadershipReader(memory) }
}

describe('a leadership in shared memory', () => {
  it('is over before it has begun', () => {
    const { reader } = shared()
    expect([reader.fence, reader.heldUntil(0)]).toEqual([0, Number.NEGATIVE_INFINITY])
  })

  it('never looks longer than it is, and hardly shorter', () => {
    const { writer, reader } = shared()
    const deadline = performance.now() + 500
    writer.write(7, deadline)
    const until = reader.heldUntil(7)
    expect(reader.fence).toBe(7)
    expect(until).toBeLessThanOrEqual(deadline)
    expect(until).toBeGreaterThan(deadline - 20)
  })

  it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('may end at %d', (deadline) => {
    const { writer, reader } = shared()
    writer.write(7, deadline)
    expect(reader.heldUntil(7)).toBe(deadline)
  })

  it('is over once the worker ends it, or another one has begun', () => {
    const { writer, reader } = shared()
    writer.write(7, Number.POSITIVE_INFINITY)
    writer.end()
    expect(reader.heldUntil(7)).toBe(Number.NEGATIVE_INFINITY)
    writer.write(2 ** 53 - 1, Number.POSITIVE_INFINITY)
    expect(reader.heldUntil(7)).toBe(Number.NEGATIVE_INFINITY)
    expect(reader.heldUntil(2 ** 53 - 1)).toBe(Number.POSITIVE_INFINITY)
  })
})
