import { describe, expect, it } from 'vitest'
import { record, wholeOf } from '../runs/index.ts'
import { Agenda, actions } from './agenda.ts'

describe('an agenda', () => {
  it('numbers each kind from 1', () => {
    const agenda = new Agenda()
    for (const action of actions) expect([agenda.next(action), agenda.next(action)]).toEqual([1, 2])
    expect(agenda.counts).toEqual({ fault: 2, change: 2, write: 2, read: 2 })
  })

  it('lets the kept actions happen, and counts the others', () => {
    const agenda = new Agenda({ fault: new Set([2, 4]), read: new Set() })
    expect([1, 2, 3, 4, 5].map(() => agenda.next('fault'))).toEqual([null, 2, null, 4, null])
    expect(agenda.next('read')).toBeNull()
    expect(agenda.next('write')).toBe(1)
    expect(agenda.counts).toMatchObject({ fault: 5, read: 1, write: 1 })
  })
})

describe('a run with actions left out', () => {
  it('has the kept faults at the same times and members', () => {
    let whole = wholeOf(1)
    while (record(whole).recording.faults.length < 2) whole = wholeOf(whole.seed + 1)
    const { recording } = record(whole)
    const { recording: less } = record({ ...whole, kept: { fault: new Set([1]) } })
    expect(less.faults).toEqual(recording.faults.slice(0, 1))
  })

  it('has no writes and reads during the faults if none are kept', () => {
    const kept = { write: new Set<number>(), read: new Set<number>(), change: new Set<number>() }
    for (const seed of [1, 2, 3, 4, 5]) {
      const { recording, result } = record({ ...wholeOf(seed), kept })
      const early = recording.marks.filter(
        ({ kind, text, at }) =>
          kind === 'asked' && /^(?:write|read|members)/.test(text) && at < result.scenario.faultsUntil,
      )
      expect(early).toEqual([])
    }
  })
})
