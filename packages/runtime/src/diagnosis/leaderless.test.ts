import { describe, expect, it } from 'vitest'
import { Leaderless, type LeaderState } from './leaderless.ts'

/** The times at which something is said, when it is looked at every 500 ms. */
function saidAt(stateAt: (at: number) => LeaderState, until: number): number[] {
  const leaderless = new Leaderless(500, 0)
  const said: number[] = []
  for (let at = 0; at <= until; at += 500) if (leaderless.look(stateAt(at), at) !== null) said.push(at)
  return said
}

describe('a member without a leader', () => {
  it('says so after ten election timeouts, then with pauses that double', () => {
    expect(saidAt(() => 'none', 100_000)).toEqual([5_000, 10_000, 20_000, 40_000, 80_000])
  })

  it('says so every ten minutes at last', () => {
    const said = saidAt(() => 'none', 10_000_000)
    expect(said.at(-1)! - said.at(-2)!).toBe(600_000)
  })

  it('says nothing of an election', () => {
    expect(saidAt((at) => (at % 5_000 === 0 ? 'known' : 'none'), 100_000)).toEqual([])
  })

  it('begins again after the next leader', () => {
    expect(saidAt((at) => (at === 7_000 ? 'known' : 'none'), 13_000)).toEqual([5_000, 12_500])
  })

  it('soon says that it waits for its founders', () => {
    expect(saidAt(() => 'waiting', 5_000)).toEqual([1_000, 2_000, 4_000])
  })
})
