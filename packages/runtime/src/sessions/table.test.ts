import { index } from '@oarlock/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { mostAnswerBytes, mostOpenCommands, mostSessions, SessionTable } from './table.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

const answer = Uint8Array.of(1, 2, 3)
const at = (number: number, acknowledged = 1, session = 5) => ({ session, number, acknowledged })

describe('the table of sessions', () => {
  let table: SessionTable

  beforeEach(() => {
    table = new SessionTable()
    table.open(index(5), 100, 0)
  })

  const apply = (place: ReturnType<typeof at>, now = 0) => {
    const verdict = table.begin(place, now)
    if (verdict === 'apply') table.keep(place, answer)
    return verdict
  }

  it('has each number applied once, in any order, and answers again as the first time', () => {
    expect([apply(at(2)), apply(at(1))]).toEqual(['apply', 'apply'])
    expect([apply(at(2)), apply(at(1))]).toEqual([{ answer }, { answer }])
  })

  it('keeps sessions apart', () => {
    table.open(index(6), 100, 0)
    expect([apply(at(1)), apply(at(1, 1, 6))]).toEqual(['apply', 'apply'])
  })

  it('forgets the answers that are acknowledged, and refuses their numbers', () => {
    apply(at(1))
    apply(at(2))
    expect(apply(at(3, 3))).toBe('apply')
    expect(apply(at(2, 1))).toEqual({ refused: 'acknowledged' })
    expect(apply(at(3))).toEqual({ answer })
    expect([...table.entries()][0]![1].answers.size).toBe(1)
  })

  it('refuses sessions that never were, that are closed, and that have expired', () => {
    expect(apply(at(1, 1, 9))).toEqual({ refused: 'expired' })
    expect(apply(at(1), 100)).toBe('apply')
    expect(apply(at(2), 200)).toBe('apply')
    expect(apply(at(1), 301)).toEqual({ refused: 'expired' })
    // A repeated command of an expired session is not applied either, though the time cannot go back.
    expect(apply(at(1), 300)).toEqual({ refused: 'expired' })
    table.open(index(7), 100, 300)
    table.close(7)
    expect(apply(at(1, 1, 7), 300)).toEqual({ refused: 'expired' })
  })

  it('limits the open commands of a session', () => {
    expect(apply(at(mostOpenCommands))).toBe('apply')
    expect(apply(at(mostOpenCommands + 1))).toEqual({ refused: 'too-many' })
    expect(apply(at(mostOpenCommands + 1, 2))).toBe('apply')
  })

  it('limits the sessions; expired ones make room', () => {
    for (let n = table.size; n < mostSessions; n++) expect(table.open(index(100 + n), 50, 0)).toBe(true)
    expect(table.open(index(1), 50, 50)).toBe(false)
    expect(table.open(index(2), 50, 51)).toBe(true)
    expect(table.size).toBe(2)
  })

  it('limits the bytes of answers: one without room was applied, and its answer is not kept', () => {
    const large = new Uint8Array(mostAnswerBytes)
    table.begin(at(1), 0)
    table.keep(at(1), large)
    expect(apply(at(2))).toBe('apply')
    expect(apply(at(2))).toEqual({ answer: 'dropped' })
    expect(apply(at(3, 2))).toBe('apply')
    expect(apply(at(3, 2))).toEqual({ answer })
    table.restore([])
    table.open(index(5), 100, 0)
    table.begin(at(1), 0)
    table.keep(at(1), large)
    table.close(5)
    table.open(index(6), 100, 0)
    expect(apply(at(1, 1, 6))).toBe('apply')
    expect(apply(at(1, 1, 6))).toEqual({ answer })
  })

  it('is in a snapshot as it is, with leader time', () => {
    apply(at(2))
    table.begin(at(3), 70)
    table.keep(at(3), 'nothing')
    table.keep(at(4), 'invalid')
    table.keep(at(5), 'dropped')
    table.open(index(9), 2 ** 40, 80)
    const bytes = encodeTable(table, 2 ** 41 + 7)
    const other = new SessionTable()
    other.open(index(1), 1, 1)
    expect(decodeTable(bytes, other)).toBe(2 ** 41 + 7)
    expect([...other.entries()]).toEqual([...table.entries()])
    expect(encodeTable(other, 2 ** 41 + 7)).toEqual(bytes)
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeTable(bytes.subarray(0, length), new SessionTable())).toThrow(/cut short/)
  })
})
