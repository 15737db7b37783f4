// The table of members, as configuration entries change it.
import { encodeChange, type Index, index, type MembershipChange, staticVoters } from '@oarlock/core'
import { describe, expect, it, test } from 'vitest'
import { type ChangeContext, noteOf } from './context.ts'
import { foundersTable, type TableState, tableAfter } from './member-table.ts'
import type { ChangeRequest } from './membership.ts'
import { decodeTable, encodeTable } from './table-codec.ts'

const founders = foundersTable(staticVoters(['a', 'b', 'c']))
const at = (place: number): Index => index(place)

/** The table after these changes, at the indexes 1, 2, 3 … */
function after(changes: readonly MembershipChange[], from: TableState = founders): TableState {
  return changes.reduce(
    (table, change, i) => tableAfter(table, { index: at(i + 1), data: encodeChange(change) }),
    from,
  )
}

const leave: MembershipChange = { transition: 'auto', changes: [] }
const request = (change: ChangeRequest, expected: number | null = null, key = 'k'): MembershipChange =>
  noteOf('a', { request: { key, expected: expected === null ? null : at(expected), change } })
const change = (
  kind: 'voter' | 'learner' | 'remove',
  id: string,
  context: ChangeContext = {},
): MembershipChange => ({ transition: 'implicit', changes: [{ kind, id }], context })
const newcomer = { address: 'd:1', incarnation: 'd1', kind: 'full', promote: true } as const

describe('a newcomer', () => {
  const joined = after([change('learner', 'd', { join: { d: newcomer } }), leave])

  it('has the record that its change carries, and the index of that change', () => {
    expect(joined.members.get('d')).toEqual({ ...newcomer, since: 1 })
    expect(joined.configuration.learners).toEqual(['d'])
    expect(joined.version).toBe(2)
  })

  it('is not to be promoted any more once it is a voter', () => {
    const voter = tableAfter(joined, { index: at(3), data: encodeChange(change('voter', 'd')) })
    expect(voter.members.get('d')).toMatchObject({ promote: false, incarnation: 'd1' })
  })

  it('that was added without an incarnation gets one once', () => {
    const added = after([change('learner', 'd', { join: { d: { ...newcomer, incarnation: null } } }), leave])
    const bound = after([noteOf('a', { bind: { d: 'd1' } }), noteOf('a', { bind: { d: 'd2' } })], added)
    expect(bound.members.get('d')!.incarnation).toBe('d1')
  })
})

describe('a member that is removed', () => {
  it('stays in the table until the joint configuration is left, and is remembered then', () => {
    const joint = after([change('remove', 'c', { bind: { c: 'c1' } })])
    expect([...joint.members.keys()]).toEqual(['a', 'b', 'c'])
    const left = after([change('remove', 'c', { bind: { c: 'c1' } }), leave])
    expect([...left.members.keys()]).toEqual(['a', 'b'])
    expect(left.removed.get('c')).toEqual({ incarnation: 'c1', at: 2 })
  })

  it('is forgotten if no process had come for it: who comes later under its name is somebody else', () => {
    const unbound = { d: { ...newcomer, incarnation: null } }
    const left = after([change('learner', 'd', { join: unbound }), leave, change('remove', 'd'), leave])
    expect([left.members.has('d'), left.removed.has('d')]).toEqual([false, false])
    const bound = after([
      change('learner', 'd', { join: unbound }),
      leave,
      noteOf('a', { bind: { d: 'd1' } }),
      change('remove', 'd'),
      leave,
    ])
    expect(bound.removed.get('d')!.incarnation).toBe('d1')
    // Of a founder whose incarnation is not recorded, nobody knows whether it has taken part.
    expect(after([change('remove', 'c'), leave]).removed.get('c')!.incarnation).toBeNull()
  })

  it('is remembered when another data directory has its name', () => {
    const replaced = after([
      change('remove', 'c', { bind: { c: 'c1' } }),
      leave,
      change('learner', 'c', { join: { c: { ...newcomer, incarnation: 'c2' } } }),
      leave,
    ])
    expect(replaced.members.get('c')!.incarnation).toBe('c2')
    expect(replaced.removed.get('c')!.incarnation).toBe('c1')
  })

  it('is not remembered for ever: the table is bounded', () => {
    let table = founders
    let place = 0
    const apply = (entry: MembershipChange): void => {
      table = tableAfter(table, { index: at(++place), data: encodeChange(entry) })
    }
    for (let i = 0; i < 100; i++) {
      apply(change('learner', `x${i}`, { join: { [`x${i}`]: newcomer } }))
      apply(leave)
      apply(request({ type: 'move', id: `x${i}`, address: 'h:1' }, null, `key ${i}`))
      apply(change('remove', `x${i}`))
      apply(leave)
    }
    expect(table.removed.size).toBe(64)
    expect(table.removed.has('x99')).toBe(true)
    expect(table.outcomes).toHaveLength(64)
  })
})

describe('a request', () => {
  it('is accepted, and completed by the change that carries its key', () => {
    const remove: ChangeRequest = { type: 'remove', id: 'c' }
    const asked = after([request(remove)])
    expect(asked.request).toMatchObject({ key: 'k', at: 1, change: remove })
    expect(asked.version).toBe(0)
    const done = after([request(remove), change('remove', 'c', { completes: 'k' })])
    expect(done.request).toBeNull()
    expect(done.outcomes).toEqual([{ key: 'k', refusal: null, detail: '' }])
  })

  it('changes an address, or marks a learner for promotion, at once', () => {
    const moved = after([request({ type: 'move', id: 'b', address: 'new:1' })])
    expect(moved).toMatchObject({ version: 1, request: null })
    expect(moved.members.get('b')!.address).toBe('new:1')
    const learner = after([change('learner', 'd', { join: { d: { ...newcomer, promote: false } } }), leave])
    expect(after([request({ type: 'promote', id: 'd' })], learner).members.get('d')!.promote).toBe(true)
  })

  it('that comes again is not carried out again', () => {
    const move = request({ type: 'move', id: 'b', address: 'one:1' })
    const again = after([move, request({ type: 'move', id: 'b', address: 'two:1' }, null, 'l'), move])
    expect(again.members.get('b')!.address).toBe('two:1')
    const remove = request({ type: 'remove', id: 'c' })
    expect(after([remove, remove]).outcomes).toEqual([])
  })

  it.each<[string, ChangeRequest, string]>([
    [
      'adds a member',
      { type: 'add', id: 'b', address: null, as: 'voter', incarnation: null },
      'already-member',
    ],
    ['removes nobody', { type: 'remove', id: 'x' }, 'unknown-member'],
    ['moves nobody', { type: 'move', id: 'x', address: 'h:1' }, 'unknown-member'],
    ['promotes a voter', { type: 'promote', id: 'b' }, 'wrong-role'],
    ['replaces nobody', { type: 'replace', id: 'x', address: null, incarnation: null }, 'unknown-member'],
  ])('that %s is refused', (_what, asked, refusal) => {
    const table = after([request(asked)])
    expect(table.request).toBeNull()
    expect(table.outcomes).toMatchObject([{ key: 'k', refusal }])
  })

  it('for the last voter, or for a learner that is none, is refused', () => {
    const one = foundersTable(staticVoters(['a']))
    for (const type of ['remove', 'demote'] as const)
      expect(after([request({ type, id: 'a' })], one).outcomes).toMatchObject([{ refusal: 'last-voter' }])
    const learner = after([change('learner', 'd', { join: { d: newcomer } }), leave])
    const demoted = after([request({ type: 'demote', id: 'd' })], learner)
    expect(demoted.outcomes).toMatchObject([{ refusal: 'wrong-role' }])
  })

  it('is refused while another one is under way', () => {
    const table = after([
      request({ type: 'remove', id: 'c' }),
      request({ type: 'remove', id: 'b' }, null, 'l'),
    ])
    expect(table.request!.key).toBe('k')
    expect(table.outcomes).toMatchObject([{ key: 'l', refusal: 'change-pending' }])
  })

  it('for another version is refused (compare and set)', () => {
    const moved = after([request({ type: 'move', id: 'b', address: 'h:1' })])
    const stale = after([request({ type: 'remove', id: 'c' }, 0, 'l')], moved)
    expect(stale.request).toBeNull()
    expect(stale.outcomes.at(-1)).toMatchObject({ key: 'l', refusal: 'membership-changed' })
    expect(after([request({ type: 'remove', id: 'c' }, 1, 'l')], moved).request!.key).toBe('l')
  })

  it('that is under way when the cluster is recovered is over, and another one may come', () => {
    const pending = after([request({ type: 'remove', id: 'c' })])
    const alone: MembershipChange = {
      transition: 'explicit',
      changes: [
        { kind: 'remove', id: 'b' },
        { kind: 'remove', id: 'c' },
      ],
      context: { recovered: true, bind: { b: 'b1' } } satisfies ChangeContext,
    }
    const recovered = after([alone, leave], pending)
    expect(recovered).toMatchObject({ request: null, outcomes: [], configuration: { voters: ['a'] } })
    expect([...recovered.removed]).toEqual([
      ['b', { incarnation: 'b1', at: 2 }],
      ['c', { incarnation: null, at: 2 }],
    ])
  })

  it('that the leader refuses is over', () => {
    const refuse = noteOf('a', { refuse: { key: 'k', refusal: 'majority-lost', detail: 'b is down' } })
    const table = after([request({ type: 'remove', id: 'c' }), refuse])
    expect(table.request).toBeNull()
    expect(table.outcomes).toEqual([{ key: 'k', refusal: 'majority-lost', detail: 'b is down' }])
  })
})

test('a change that the runtime did not make names its members too', () => {
  const raw = after([{ transition: 'auto', changes: [{ kind: 'voter', id: 'd' }] }])
  expect(raw.members.get('d')).toEqual({
    address: null,
    incarnation: null,
    kind: 'full',
    since: 0,
    promote: false,
  })
})

test('two updates at once go through a joint configuration, as in the core', () => {
  const both: MembershipChange = {
    transition: 'auto',
    changes: [
      { kind: 'update', id: 'a' },
      { kind: 'update', id: 'b' },
    ],
  }
  expect(after([both]).configuration.outgoing).toEqual(['a', 'b', 'c'])
})

describe('the bytes of a table', () => {
  it('are decoded as they were encoded', () => {
    const table = after([
      change('learner', 'd', { join: { d: newcomer } }),
      leave,
      change('remove', 'c', { bind: { c: 'c1' } }),
      leave,
      request({ type: 'replace', id: 'b', address: null, incarnation: 'b2' }),
    ])
    expect(decodeTable(encodeTable(table))).toEqual(table)
  })

  it.each([
    ['no JSON', '{'],
    ['another format', '{"format":2}'],
    ['a part of it', '{"format":1,"version":3}'],
  ])('are refused if they are %s', (_what, text) => {
    expect(() => decodeTable(new TextEncoder().encode(text))).toThrow(
      expect.objectContaining({ code: 'OARLOCK_DECODE' }),
    )
  })
})
