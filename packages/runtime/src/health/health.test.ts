import { describe, expect, it } from 'vitest'
import { type HealthFacts, liveness, readiness } from './health.ts'

const facts = (over: Partial<HealthFacts> = {}): HealthFacts => ({
  id: 'a',
  state: 'running',
  failure: undefined,
  electionTimeout: 500,
  writePendingFor: null,
  leader: 'b',
  isRestoring: false,
  lacksState: false,
  hasCaughtUp: true,
  ...over,
})

it('a member that follows, is caught up and writes to its disk is live and ready', () => {
  const well = facts({ writePendingFor: 100 })
  expect(liveness(well)).toEqual({ ok: true, reasons: [] })
  expect(readiness(well)).toEqual({ ok: true, reasons: [] })
})

describe('not ready, but live, is a member', () => {
  it.each([
    [
      'that waits',
      { state: 'waiting', leader: null },
      'waiting',
      'a waits for other members, and takes no part yet.',
    ],
    ['that closes', { state: 'closing' }, 'closing', 'a is closing.'],
    ['that is closed', { state: 'closed', leader: null }, 'closed', 'a is closed.'],
    ['without a leader', { leader: null, hasCaughtUp: false }, 'no-leader', 'a knows no leader.'],
    [
      'that restores',
      { isRestoring: true, leader: null },
      'restoring',
      'a is restoring its state from a snapshot.',
    ],
    [
      'that has no state',
      { isRestoring: true, lacksState: true },
      'restoring',
      'a waits for a snapshot from its peers.',
    ],
    [
      'that is behind',
      { hasCaughtUp: false },
      'catching-up',
      'a has not applied yet what was committed when it came to know the leader b.',
    ],
  ] as const)('%s', (_, over, kind, text) => {
    expect(readiness(facts(over))).toEqual({ ok: false, reasons: [{ kind, text }] })
    expect(liveness(facts(over))).toEqual({ ok: true, reasons: [] })
  })
})

describe('neither live nor ready is a member', () => {
  it('that had to stop, and it says why', () => {
    const stopped = facts({ state: 'stopped', failure: new Error('no space left'), leader: null })
    const answer = { ok: false, reasons: [{ kind: 'stopped', text: 'a had to stop: no space left.' }] }
    expect(liveness(stopped)).toEqual(answer)
    expect(readiness(stopped)).toEqual(answer)
  })

  it.each([
    ['30 s', 500, 30_000, '30.0 s'],
    ['ten election timeouts, if they are longer', 5_000, 50_000, '50.0 s'],
  ])('whose write has been pending for %s', (_, electionTimeout, limit, duration) => {
    const pending = (writePendingFor: number) => facts({ electionTimeout, writePendingFor })
    expect(liveness(pending(limit - 1)).ok).toBe(true)
    const text = `A write of a to its disk has been pending for ${duration}.`
    const answer = { ok: false, reasons: [{ kind: 'write-pending', text }] }
    expect(liveness(pending(limit))).toEqual(answer)
    expect(readiness(pending(limit))).toEqual(answer)
  })
})
