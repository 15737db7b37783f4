import { changed, index, type MembershipChange, type ProgressView, type RaftView } from '@oarlock/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MembershipRequests, maxVoters, nextChange } from './membership.ts'

const now = 100_000
const electionTimeout = 400
const forgetAfter = 4000

interface Member {
  readonly votes: boolean
  /** How long ago it answered, in ms; undefined: never. */
  readonly silence?: number
  readonly behind?: boolean
}

/** The view of the leader `me`. */
function viewOf(members: Readonly<Record<string, Member>>, outgoing: readonly string[] = []): RaftView {
  const ids = Object.keys(members)
  const progress = new Map<string, ProgressView>()
  for (const [id, { votes, silence, behind }] of Object.entries(members))
    progress.set(id, {
      state: 'replicate',
      match: index(behind === true ? 3 : 7),
      next: index(8),
      paused: false,
      recentActive: true,
      answeredSentAt: silence === undefined ? Number.NEGATIVE_INFINITY : now - silence,
      promise: 500,
      learner: !votes,
      inflight: 0,
      inflightFull: false,
      pendingSnapshot: index(0),
      priority: 1,
      hasLostEntries: false,
    })
  const configuration = {
    voters: ids.filter((id) => members[id]!.votes).sort(),
    outgoing,
    learners: ids.filter((id) => !members[id]!.votes).sort(),
    learnersNext: [],
    autoLeave: false,
  }
  return {
    id: 'me',
    role: 'leader',
    now,
    electionTimeout,
    commit: index(7),
    configuration,
    progress,
  } as unknown as RaftView
}

const noRequests: MembershipRequests = {
  joinRequests: new Map(),
  leaving: new Set(),
  leadingSince: 0,
  forgetAfter,
}
const me: Member = { votes: true, silence: 0 }
const voter: Member = { votes: true, silence: 50 }
const learner: Member = { votes: false, silence: 50 }
const gone = { silence: forgetAfter + 1 }

const change = (members: Readonly<Record<string, Member>>, requests: Partial<MembershipRequests> = {}) =>
  nextChange(viewOf(members), { ...noRequests, ...requests })?.changes ?? null

describe('the leader', () => {
  it('changes nothing when nothing is due', () => {
    expect(change({ me, a: voter, b: voter })).toBeNull()
    expect(change({ me, a: learner })).toBeNull()
    expect(change({ me })).toBeNull()
  })

  it('adds an instance that asked lately as a learner', () => {
    expect(
      change(
        { me },
        {
          joinRequests: new Map([
            ['b', now - 10],
            ['a', now],
            ['old', now - 500],
          ]),
        },
      ),
    ).toEqual([
      { kind: 'learner', id: 'a' },
      { kind: 'learner', id: 'b' },
    ])
    expect(change({ me, a: learner }, { joinRequests: new Map([['a', now]]) })).toBeNull()
  })

  it('promotes two learners at once, so that the number of voters stays odd', () => {
    expect(change({ me, a: learner, b: learner })).toEqual([
      { kind: 'voter', id: 'a' },
      { kind: 'voter', id: 'b' },
    ])
  })

  it('promotes only learners that are active and caught up', () => {
    expect(change({ me, a: learner, b: { ...learner, behind: true } })).toBeNull()
    expect(change({ me, a: learner, b: { ...learner, silence: 1000 } })).toBeNull()
    expect(change({ me, a: learner, b: { votes: false } }, { leadingSince: now })).toBeNull()
  })

  it('removes members that are gone, and keeps the number of voters odd', () => {
    expect(change({ me, a: voter, b: { ...voter, ...gone } })).toEqual([
      { kind: 'learner', id: 'a' },
      { kind: 'remove', id: 'b' },
    ])
    expect(change({ me, a: { ...learner, ...gone } })).toEqual([{ kind: 'remove', id: 'a' }])
  })

  it('replaces a voter that is gone by a learner', () => {
    expect(change({ me, a: voter, b: { ...voter, ...gone }, c: learner })).toEqual([
      { kind: 'voter', id: 'c' },
      { kind: 'remove', id: 'b' },
    ])
  })

  it('counts silence from the beginning of its leadership and from the last request to join', () => {
    const silent = { ...voter, ...gone }
    expect(change({ me, a: voter, b: silent }, { leadingSince: now - 1000 })).toBeNull()
    expect(change({ me, a: voter, b: silent }, { joinRequests: new Map([['b', now - 1000]]) })).toBeNull()
  })

  it('waits for a silent voter, and does not replace it', () => {
    expect(change({ me, a: voter, b: { ...voter, silence: 2000 }, c: learner })).toBeNull()
  })

  it('removes a member that leaves at once', () => {
    expect(change({ me, a: voter, b: voter }, { leaving: new Set(['b']) })).toEqual([
      { kind: 'learner', id: 'a' },
      { kind: 'remove', id: 'b' },
    ])
  })

  it('only prepares a voter as its successor when it leaves itself', () => {
    expect(change({ me, a: learner, b: learner }, { leaving: new Set(['me']) })).toEqual([
      { kind: 'voter', id: 'a' },
    ])
    expect(change({ me, a: voter, b: learner }, { leaving: new Set(['me']) })).toBeNull()
    expect(change({ me, a: voter, b: learner }, { leaving: new Set(['me', 'a']) })).toEqual([
      { kind: 'voter', id: 'b' },
    ])
    expect(change({ me, a: learner }, { leaving: new Set(['me', 'a']) })).toBeNull()
  })

  it('changes nothing that the answering voters could not commit', () => {
    const silent = { ...voter, ...gone }
    expect(change({ me, a: silent, b: silent })).toBeNull()
    expect(change({ me, a: voter, b: silent, c: silent, d: silent })).toBeNull()
  })

  it('changes nothing while a change is under way', () => {
    expect(nextChange(viewOf({ me, a: learner, b: learner }, ['me']), noRequests)).toBeNull()
  })

  it('always makes a possible change, with itself and an odd number of voters up to the maximum', () => {
    const member = fc.record({
      votes: fc.boolean(),
      silence: fc.constantFrom(10, 399, 1000, forgetAfter + 1),
      behind: fc.boolean(),
    })
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
    const some = fc.subarray(['me', ...ids, 'new1', 'new2'])
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...ids), member),
        some,
        some,
        fc.constantFrom(0, now - 100),
        (others, joining, leaving, leadingSince) => {
          const members = { me, ...others }
          const view = viewOf(members)
          const next: MembershipChange | null = nextChange(view, {
            joinRequests: new Map(joining.filter((id) => id !== 'me').map((id) => [id, now])),
            leaving: new Set(leaving),
            leadingSince,
            forgetAfter,
          })
          if (next === null) return
          const { voters } = changed(view.configuration, next)
          const isNewcomer = next.changes.every(({ kind, id }) => kind === 'learner' && !(id in members))
          if (isNewcomer) return
          expect(voters).toContain('me')
          if (leaving.includes('me')) return
          expect(voters.length % 2).toBe(1)
          expect(voters.length).toBeLessThanOrEqual(maxVoters)
          // A majority of the next voters answers.
          const answering = voters.filter(
            (id) => (members as Record<string, Member>)[id]!.silence! < electionTimeout,
          )
          expect(answering.length * 2).toBeGreaterThan(voters.length)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
