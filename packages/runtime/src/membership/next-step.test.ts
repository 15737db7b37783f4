// What a leader does next about the members, by the table and by what it sees.
import {
  changed,
  encodeChange,
  index,
  type MembershipChange,
  type ProgressView,
  staticVoters,
} from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { noteOf } from './context.ts'
import { foundersTable, type TableState, tableAfter } from './member-table.ts'
import type { ChangeRequest } from './membership.ts'
import type { HeardNewcomer } from './newcomers.ts'
import { type LeaderFacts, nextStep } from './next-step.ts'

const T = 100
const now = 10_000
const leave: MembershipChange = { transition: 'auto', changes: [] }

const answered = (ago: number) => ({ answeredSentAt: now - ago, priority: 1 }) as ProgressView

function tableOf(...changes: readonly MembershipChange[]): TableState {
  return changes.reduce(
    (table, change, i) => tableAfter(table, { index: index(i + 1), data: encodeChange(change) }),
    foundersTable(staticVoters(['a', 'b', 'c'])),
  )
}

const requested = (change: ChangeRequest): MembershipChange =>
  noteOf('b', { request: { key: 'k', expected: null, change } })

const joins = (over: Partial<HeardNewcomer> = {}): HeardNewcomer => ({
  incarnation: 'd1',
  address: 'd:1',
  kind: 'full',
  joins: { address: 'd:1', as: 'voter', replaces: false },
  firstHeard: now - 3 * T,
  lastHeard: now - T / 2,
  ...over,
})

/** Node a leads, and everybody answers. */
const facts = (table: TableState, over: Partial<LeaderFacts> = {}): LeaderFacts => ({
  id: 'a',
  table,
  view: {
    now,
    electionTimeout: T,
    lastIndex: index(9),
    progress: new Map(table.configuration.voters.map((id) => [id, answered(10)])),
  },
  leadsSince: 0,
  triedTransfer: false,
  hasCaughtUp: () => false,
  isReachable: () => true,
  lacksState: () => false,
  newcomers: new Map(),
  incarnationOf: (id) => `${id}1`,
  addressOf: () => null,
  admission: 'open',
  ...over,
})

/** The incarnations of the founders become part of the table with the first change. */
const bind = { a: 'a1', b: 'b1', c: 'c1' }
const joint = (kind: 'voter' | 'learner' | 'remove', id: string, context: object): MembershipChange => ({
  transition: 'implicit',
  changes: [{ kind, id }],
  context,
})

const silent = (...ids: readonly string[]) => ({
  view: {
    now,
    electionTimeout: T,
    lastIndex: index(9),
    progress: new Map(['a', 'b', 'c', 'd'].map((id) => [id, answered(ids.includes(id) ? 5 * T : 10)])),
  },
})

describe('a leader without a request', () => {
  it('does nothing', () => expect(nextStep(facts(tableOf()))).toBeNull())

  const learner = { address: null, incarnation: 'd1', kind: 'full', promote: true } as const
  const withD = tableOf(joint('learner', 'd', { join: { d: learner }, bind }), leave)

  it('promotes a newcomer that has caught up, and no other', () => {
    expect(nextStep(facts(withD))).toBeNull()
    expect(nextStep(facts(withD, { hasCaughtUp: () => true }))).toEqual(joint('voter', 'd', {}))
    const stays = tableOf(joint('learner', 'd', { join: { d: { ...learner, promote: false } }, bind }), leave)
    expect(nextStep(facts(stays, { hasCaughtUp: () => true }))).toBeNull()
  })

  it('proposes nothing while a joint configuration is in force', () => {
    const inJoint = tableOf(joint('learner', 'd', { join: { d: learner }, bind }))
    expect(nextStep(facts(inJoint, { hasCaughtUp: () => true }))).toBeNull()
  })

  it('binds an awaited newcomer to the data directory that comes', () => {
    const added = { ...learner, incarnation: null, address: 'd:2' }
    const awaited = tableOf(joint('learner', 'd', { join: { d: added } }), leave)
    expect(nextStep(facts(awaited))).toBeNull()
    const came = facts(awaited, { newcomers: new Map([['d', joins({ joins: null })]]) })
    expect(nextStep(came)).toEqual(noteOf('a', { bind: { d: 'd1' } }))
  })

  it('records the address that an awaited newcomer has told, if the operator gave none', () => {
    const awaited = tableOf(joint('learner', 'd', { join: { d: { ...learner, incarnation: null } } }), leave)
    const came = facts(awaited, { newcomers: new Map([['d', joins()]]) })
    const step = nextStep(came)
    expect(step).toEqual(noteOf('a', { bind: { d: 'd1' }, addresses: { d: 'd:1' } }))
    const after = tableAfter(awaited, { index: index(9), data: encodeChange(step as MembershipChange) })
    expect(after.members.get('d')).toMatchObject({ incarnation: 'd1', address: 'd:1' })
  })

  it('records with a change where it dials the founders that have no address in the table', () => {
    const addressOf = (id: string) => (id === 'c' ? null : `${id}:1`)
    const moved = tableOf(noteOf('a', { addresses: { b: 'b:2' } }))
    expect(moved.members.get('b')).toMatchObject({ address: 'b:2' })
    const learnerD = joint('learner', 'd', { join: { d: learner } })
    const step = nextStep(
      facts(tableAfter(moved, { index: index(2), data: encodeChange(learnerD) }), { addressOf }),
    )
    expect(step).toBeNull() // in a joint configuration
    const withD = [learnerD, leave].reduce(
      (table, change, i) => tableAfter(table, { index: index(i + 2), data: encodeChange(change) }),
      moved,
    )
    expect(nextStep(facts(withD, { addressOf, hasCaughtUp: () => true }))).toEqual(
      joint('voter', 'd', { bind, addresses: { a: 'a:1' } }),
    )
  })
})

describe('a process that was started to join', () => {
  const asks = (table: TableState, id: string, newcomer: HeardNewcomer, over: Partial<LeaderFacts> = {}) =>
    nextStep(facts(table, { newcomers: new Map([[id, newcomer]]), ...over }))

  it('is taken in by a request of the leader', () => {
    expect(asks(tableOf(), 'd', joins())).toEqual(
      noteOf('a', {
        request: {
          key: 'd d1 9',
          expected: null,
          change: { type: 'add', id: 'd', address: 'd:1', as: 'voter', incarnation: 'd1' },
        },
      }),
    )
  })

  it('replaces its old self if it was told to, and that one is silent', () => {
    const replaces = joins({ incarnation: 'c2', joins: { address: null, as: 'voter', replaces: true } })
    expect(asks(tableOf(), 'c', joins({ incarnation: 'c2' }), silent('c'))).toBeNull()
    expect(asks(tableOf(), 'c', replaces)).toBeNull()
    expect(asks(tableOf(), 'c', replaces, silent('c'))).toMatchObject({
      context: { request: { change: { type: 'replace', id: 'c', incarnation: 'c2' } } },
    })
  })

  describe('to replace its old self', () => {
    const table = tableOf()
    const replaces = (firstHeard: number, lastHeard: number): HeardNewcomer =>
      joins({ joins: { address: null, as: 'voter', replaces: true }, firstHeard, lastHeard })

    it('waits until that one has had the time to answer', () => {
      const before = replaces(now - 3 * T, now - T / 2)
      expect(asks(table, 'c', replaces(now - T / 2, now - T / 2), silent('c'))).toBeNull()
      expect(asks(table, 'c', before, { ...silent('c'), leadsSince: now - T })).toBeNull()
      expect(asks(table, 'c', before, { ...silent('c'), leadsSince: now - 2 * T })).not.toBeNull()
    })

    it('must have come after that one answered, and to this leader', () => {
      const lately = (at: number) => ({
        view: { ...facts(table).view, progress: new Map([['c', { ...answered(now - at) }]]) },
      })
      const once = replaces(now - 9 * T, now - 8 * T)
      expect(asks(table, 'c', once, lately(now - 7 * T))).toBeNull()
      expect(asks(table, 'c', once, lately(now - 10 * T))).not.toBeNull()
      expect(asks(table, 'c', once, { ...lately(now - 10 * T), leadsSince: now - 5 * T })).toBeNull()
    })
  })

  it('waits for an operator if the cluster is told so', () => {
    const replaces = joins({ incarnation: 'c2', joins: { address: null, as: 'voter', replaces: true } })
    expect(asks(tableOf(), 'd', joins(), { admission: 'operator' })).toBeNull()
    expect(asks(tableOf(), 'c', replaces, { ...silent('c'), admission: 'operator' })).toBeNull()
    const asked = tableOf(requested({ type: 'add', id: 'd', address: null, as: 'voter', incarnation: null }))
    expect(asks(asked, 'd', joins(), { admission: 'operator' })).toMatchObject({
      context: { join: { d: { address: 'd:1' } }, completes: 'k' },
    })
  })

  it('does not come back by itself once it was removed', () => {
    const removed = tableOf(joint('remove', 'c', { bind }), leave)
    expect(asks(removed, 'c', joins({ incarnation: 'c1' }))).toBeNull()
    expect(asks(removed, 'c', joins({ incarnation: 'c2' }))).not.toBeNull()
  })

  it('that was not started to join waits for an operator', () => {
    expect(asks(tableOf(), 'd', joins({ joins: null }))).toBeNull()
  })
})

describe('a request', () => {
  it('to add a member takes it in as a learner, with what is known of the founders', () => {
    const add: ChangeRequest = { type: 'add', id: 'd', address: 'd:1', as: 'witness', incarnation: null }
    expect(nextStep(facts(tableOf(requested(add))))).toEqual(
      joint('learner', 'd', {
        join: { d: { address: 'd:1', incarnation: null, kind: 'witness', promote: true } },
        completes: 'k',
        bind,
      }),
    )
  })

  it.each(['remove', 'demote'] as const)('to %s a voter is refused if too few are left up', (type) => {
    const table = tableOf(requested({ type, id: 'c' }))
    const kind = type === 'remove' ? 'remove' : 'learner'
    expect(nextStep(facts(table))).toEqual(joint(kind, 'c', { completes: 'k', bind }))
    expect(nextStep(facts(table, silent('b')))).toMatchObject({
      changes: [{ kind: 'update' }],
      context: { refuse: { key: 'k', refusal: 'majority-lost' } },
    })
    expect(nextStep(facts(table, { isReachable: (id) => id !== 'b' }))).toMatchObject({
      context: { refuse: { refusal: 'majority-lost' } },
    })
    // A new leader may not have heard everybody yet.
    expect(nextStep(facts(table, { ...silent('b'), leadsSince: now - T / 2 }))).toBeNull()
  })

  it('to remove the leader hands leadership over first, once', () => {
    const table = tableOf(requested({ type: 'remove', id: 'a' }))
    expect(nextStep(facts(table))).toBe('transfer')
    expect(nextStep(facts(table, { triedTransfer: true }))).toEqual(
      joint('remove', 'a', { completes: 'k', bind }),
    )
  })

  describe('to remove the last voter that has the state', () => {
    const table = tableOf(requested({ type: 'remove', id: 'a' }))
    const ofNoPriority = {
      view: {
        ...facts(table).view,
        progress: new Map(['b', 'c'].map((id) => [id, { ...answered(10), priority: 0 }])),
      },
    }

    it('is refused: the others wait for a snapshot', () => {
      expect(nextStep(facts(table, { lacksState: (id) => id !== 'a' }))).toMatchObject({
        context: {
          refuse: {
            refusal: 'majority-lost',
            detail: expect.stringContaining('would have the state (b, c)'),
          },
        },
      })
      expect(nextStep(facts(table, { lacksState: (id) => id === 'b' }))).toBe('transfer')
    })

    it('waits until a new leader knows', () => {
      expect(nextStep(facts(table, { ...ofNoPriority, leadsSince: now - 2 * T }))).toBeNull()
      expect(nextStep(facts(table, { ...ofNoPriority, leadsSince: now - 4 * T }))).toBe('transfer')
    })

    it('counts no witness', () => {
      const add = {
        join: { d: { address: null, incarnation: 'd1', kind: 'witness', promote: true } },
      } as const
      const witness = joint('learner', 'd', add)
      const voter: MembershipChange = { transition: 'implicit', changes: [{ kind: 'voter', id: 'd' }] }
      const gone = ['b', 'c'].flatMap((id) => [joint('remove', id, {}), leave])
      const left = tableOf(witness, leave, voter, leave, ...gone, requested({ type: 'remove', id: 'a' }))
      expect(left.configuration.voters).toEqual(['a', 'd'])
      expect(nextStep(facts(left))).toMatchObject({ context: { refuse: { refusal: 'majority-lost' } } })
    })
  })

  describe('to replace a member', () => {
    const replace = requested({ type: 'replace', id: 'c', address: null, incarnation: null })
    const newcomers = new Map([['c', joins({ incarnation: 'c2', address: null, joins: null })]])

    it('removes the old one, and then takes in the new one, to become what the old one was', () => {
      const first = nextStep(facts(tableOf(replace), { newcomers })) as MembershipChange
      expect(first).toEqual(joint('remove', 'c', { bind }))
      expect(nextStep(facts(tableOf(replace, first, leave), { newcomers }))).toEqual(
        joint('learner', 'c', {
          join: { c: { address: null, incarnation: 'c2', kind: 'full', promote: true } },
          completes: 'k',
        }),
      )
    })

    it('is refused while no process has come', () => {
      expect(nextStep(facts(tableOf(replace)))).toMatchObject({
        context: { refuse: { refusal: 'no-newcomer' } },
      })
    })

    it('never takes the old one in again', () => {
      const table = tableOf(replace, joint('remove', 'c', { bind }), leave)
      const old = new Map([['c', joins({ incarnation: 'c1', joins: null })]])
      expect(nextStep(facts(table, { newcomers: old }))).toMatchObject({
        context: { join: { c: { incarnation: null } } },
      })
    })
  })
})

it('every change of the configuration that a leader proposes is joint', () => {
  const { outgoing } = changed(staticVoters(['a', 'b', 'c']), joint('remove', 'c', {}))
  expect(outgoing).toEqual(['a', 'b', 'c'])
})
