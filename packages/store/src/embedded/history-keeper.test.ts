import type { Leadership } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { decodeRequest } from '../codec/index.ts'
import { StoreState, unlimited } from '../model/store-state.ts'
import { HistoryKeeper } from './history-keeper.ts'
import type { ProposalPort } from './one-proposal.ts'

const key = Uint8Array.of(1)

/** A member of which a test says whether it leads. What it proposes is applied at once. */
function setUp(keep: number) {
  const clock = new FakeClock()
  const state = new StoreState()
  const proposed: unknown[] = []
  const port: { leadership: Leadership | null } & ProposalPort = {
    clock,
    electionTimeout: 500,
    leadership: null,
    proposeOnce: (command, { resolve }) => {
      const request = decodeRequest(command)
      proposed.push(request)
      if (request.type !== 'range') state.apply(request)
      resolve(new Uint8Array(0))
    },
  }
  const keeper = new HistoryKeeper(port, state, keep)
  const lead = (fence: number): void => {
    port.leadership = fence === 0 ? null : ({ fence } as Leadership)
    keeper.follow()
  }
  const put = (): void => void state.apply({ type: 'put', key, value: key, lease: 0 })
  return { clock, state, proposed, keeper, lead, put }
}

describe('the history of the store', () => {
  it('is cut by the leader where it was when it is kept no longer, and not sooner', async () => {
    const { clock, state, proposed, lead, put } = setUp(1600)
    lead(3)
    for (let n = 0; n < 10; n++) {
      put()
      await clock.pass(100)
    }
    expect(proposed).toEqual([])
    await clock.pass(700)
    expect(state.keys.compacted).toBe(2)
    await clock.pass(800)
    expect(state.keys.compacted).toBe(10)
    await clock.pass(3000)
    expect(state.keys.compacted).toBe(11)
    expect(proposed.length).toBe(10)
  })

  it('is not cut by a member that does not lead, and a new leader remembers it from its beginning on', async () => {
    const { clock, state, proposed, lead, put } = setUp(1600)
    put()
    put()
    await clock.pass(5000)
    lead(3)
    await clock.pass(1500)
    lead(0)
    await clock.pass(5000)
    expect(proposed).toEqual([])
    expect(clock.timers).toBe(0)
    lead(5)
    await clock.pass(1500)
    expect(proposed).toEqual([])
    await clock.pass(200)
    expect(state.keys.compacted).toBe(3)
  })

  it('is kept for ever, if that is asked for, and proposes nothing for a store that nobody uses', async () => {
    const forever = setUp(Number.POSITIVE_INFINITY)
    forever.lead(3)
    forever.put()
    expect(forever.clock.timers).toBe(0)
    const unused = setUp(1600)
    unused.lead(3)
    await unused.clock.pass(10_000)
    expect(unused.proposed).toEqual([])
    unused.keeper.close()
    expect(unused.clock.timers).toBe(0)
  })

  it('goes sooner, half of it at a time, while it fills the store', () => {
    const { state, proposed, lead, put } = setUp(1600)
    lead(3)
    state.apply({ type: 'limit', limits: { ...unlimited, bytes: 30_000 } })
    let cuts = 0
    for (let n = 0; n < 200; n++) {
      put()
      lead(3)
      expect(state.keys.bytes).toBeLessThan(24_000)
      if (proposed.length > cuts) {
        cuts = proposed.length
        expect(state.keys.revision - state.keys.compacted).toBeGreaterThan(20)
      }
    }
    expect(cuts).toBeGreaterThan(2)
    lead(0)
    const forever = setUp(Number.POSITIVE_INFINITY)
    forever.lead(3)
    forever.state.apply({ type: 'limit', limits: { ...unlimited, bytes: 1000 } })
    for (let n = 0; n < 10; n++) forever.put()
    forever.lead(3)
    expect(forever.proposed).toEqual([])
  })
})
