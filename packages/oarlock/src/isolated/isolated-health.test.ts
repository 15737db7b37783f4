import type { Health } from '@oarlock/runtime'
import { expect, it } from 'vitest'
import { type IsolatedHealthFacts, isolatedLiveness, isolatedReadiness } from './isolated-health.ts'

const well: Health = { ok: true, reasons: [] }
const facts = (over: Partial<IsolatedHealthFacts> = {}): IsolatedHealthFacts => ({
  id: 'a',
  state: 'running',
  failure: undefined,
  electionTimeout: 500,
  silence: 99,
  said: well,
  ...over,
})
const kinds = ({ ok, reasons }: Health) => {
  expect(ok).toBe(reasons.length === 0)
  return reasons.map(({ kind }) => kind)
}

it('an isolated member is what its thread says', () => {
  const said: Health = { ok: false, reasons: [{ kind: 'no-leader', text: 'a knows no leader.' }] }
  expect(isolatedReadiness(facts())).toEqual(well)
  expect(isolatedReadiness(facts({ said }))).toEqual(said)
  expect(isolatedLiveness(facts({ said }))).toEqual(said)
})

it('it is not ready when its thread has not run for an election timeout, and not live after 30 s', () => {
  expect(kinds(isolatedReadiness(facts({ silence: 499 })))).toEqual([])
  expect(isolatedReadiness(facts({ silence: 500 })).reasons).toEqual([
    { kind: 'thread-silent', text: 'The thread of a has not run for 500 ms.' },
  ])
  expect(kinds(isolatedLiveness(facts({ silence: 29_999 })))).toEqual([])
  expect(kinds(isolatedLiveness(facts({ silence: 30_000 })))).toEqual(['thread-silent'])
})

it('it is not ready when it closes, before its thread says so, and stays live', () => {
  expect(kinds(isolatedReadiness(facts({ state: 'closing' })))).toEqual(['closing'])
  expect(kinds(isolatedLiveness(facts({ state: 'closing' })))).toEqual([])
  const gone = facts({ state: 'closed', silence: 60_000 })
  expect(kinds(isolatedReadiness(gone))).toEqual(['closed'])
  expect(kinds(isolatedLiveness(gone))).toEqual([])
})

it('it is not live when it had to stop', () => {
  const stopped = facts({ state: 'stopped', failure: new Error('its thread has ended'), silence: 60_000 })
  const text = 'a had to stop: its thread has ended.'
  for (const answer of [isolatedLiveness(stopped), isolatedReadiness(stopped)])
    expect(answer).toEqual({ ok: false, reasons: [{ kind: 'stopped', text }] })
})
