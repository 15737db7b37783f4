import { type Event, index, type NodeId, type Payload, type Role, type Term, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import { newFirstRequest, newOrigin, sessionCommand, timeOf } from './command.ts'
import { Proposals } from './proposals.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(24)).toString()

/** Stands for the core: records the requests submitted to it. */
class Core {
  role: Role = 'leader'
  leader: NodeId | null = 'leader'
  term: Term = term(1)
  readonly submitted: { request: number; entries: readonly Payload[] }[] = []

  step(event: Event): void {
    if (event.type === 'propose') this.submitted.push({ request: event.request!, entries: event.entries })
  }

  get last(): { request: number; entries: readonly Payload[] } {
    return this.submitted.at(-1)!
  }

  get commands(): string[][] {
    return this.submitted.map(({ entries }) => entries.map(({ data }) => text(data)))
  }
}

describe('proposals', () => {
  let clock: FakeClock
  let core: Core
  let proposals: Proposals<string>
  let leaderTime: number

  beforeEach(() => {
    clock = new FakeClock()
    core = new Core()
    leaderTime = 0
    proposals = proposalsOf(core)
  })

  const proposalsOf = (target: Core) =>
    new Proposals<string>({
      core: target,
      clock,
      origin: newOrigin(),
      firstRequest: newFirstRequest(),
      timeout: 1000,
      sweepInterval: 100,
      retryInterval: 200,
      maxRequestBytes: 10,
      leaderTime: () => leaderTime,
      maxForwardedBytes: 20,
      wake() {},
    })
  const addTo = (target: Proposals<string>, command: string, signal?: AbortSignal) =>
    new Promise<string>((resolve, reject) => target.add(Buffer.from(command), signal, { resolve, reject }))
  const add = (command: string, signal?: AbortSignal) => addTo(proposals, command, signal)
  const submit = () => proposals.submit()
  const place = (request: number, atTerm: number, atIndex: number) =>
    proposals.outcome({ request, at: { term: term(atTerm), index: index(atIndex) }, reason: null })
  const apply = (payload: Payload, atTerm: number, atIndex: number, result = '') => {
    proposals.applying({ ...payload, term: term(atTerm), index: index(atIndex) })
    if (payload.data.length > 0) proposals.applied(payload.data, result)
  }
  const noOp: Payload = { type: 'normal', data: new Uint8Array(0) }

  it('submits a whole turn as one request, and completes each proposal by its own entry', async () => {
    const [a, b] = [add('a'), add('b')]
    submit()
    expect(core.commands).toEqual([['a', 'b']])
    const { request, entries } = core.last
    place(request, 1, 7)
    apply(entries[0]!, 1, 7, 'result of a')
    apply(entries[1]!, 1, 8, 'result of b')
    expect(await Promise.all([a, b])).toEqual(['result of a', 'result of b'])
  })

  it('keeps requests below their limit of bytes, without splitting a command', () => {
    for (const command of ['1234', '5678', '9012', 'longer than the limit', 'x']) void add(command)
    submit()
    expect(core.commands).toEqual([['1234', '5678'], ['9012'], ['longer than the limit'], ['x']])
  })

  it("gives the result even when the leader's answer was lost", async () => {
    const a = add('a')
    submit()
    apply(core.last.entries[0]!, 1, 7, 'result')
    expect(await a).toBe('result')
  })

  it("ignores the entries of other members' proposals", async () => {
    const other = proposalsOf(new Core())
    const a = addTo(other, 'a')
    void add('b')
    submit()
    other.submit()
    apply(core.last.entries[0]!, 1, 7, 'of another member')
    other.applied(core.last.entries[0]!.data, 'of another member')
    other.failAll('closed')
    await expect(a).rejects.toMatchObject({ outcome: 'unknown' })
  })

  it('waits while no leader is known, and is certainly not applied if it times out then', async () => {
    core.leader = null
    const a = add('a')
    submit()
    clock.advance(999)
    expect(core.submitted).toEqual([])
    clock.advance(100)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER', outcome: 'not-applied' })
  })

  it('is unknown when its time is up after it was submitted', async () => {
    const [a, b] = [add('a'), add('b')]
    submit()
    place(core.last.request, 1, 7)
    apply(core.last.entries[0]!, 1, 7, 'in time')
    clock.advance(1000)
    expect(await a).toBe('in time')
    await expect(b).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_TIMEOUT',
      outcome: 'unknown',
      leader: 'leader',
    })
  })

  it('is never submitted again once its time is up', async () => {
    const a = add('a')
    submit()
    clock.advance(1000)
    await expect(a).rejects.toMatchObject({ outcome: 'unknown' })
    proposals.outcome({ request: core.last.request, at: null, reason: 'not-leader' })
    proposals.retryRefused()
    submit()
    expect(core.submitted).toHaveLength(1)
  })

  it('is lost when an entry of a later term is applied in its place, and only then', async () => {
    const [a, b] = [add('a'), add('b')]
    submit()
    const { request, entries } = core.last
    place(request, 1, 7)
    apply(noOp, 1, 6)
    apply(entries[0]!, 1, 7, 'before the new leader')
    apply(noOp, 2, 8)
    expect(await a).toBe('before the new leader')
    await expect(b).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_LOST', outcome: 'not-applied' })
  })

  it('is unknown if a snapshot may contain it, whether its place was known before or not', async () => {
    const before = add('placed before the snapshot')
    submit()
    place(core.last.request, 1, 7)
    const after = add('placed after the snapshot')
    submit()
    proposals.installed({ index: index(9), term: term(1) })
    place(core.last.request, 1, 8)
    apply(noOp, 2, 10)
    clock.advance(1000)
    for (const proposal of [before, after])
      await expect(proposal).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_TIMEOUT', outcome: 'unknown' })
  })

  it('is lost behind a snapshot, when an entry of a later term is applied in its place', async () => {
    const a = add('a')
    submit()
    proposals.installed({ index: index(9), term: term(1) })
    place(core.last.request, 1, 10)
    apply(noOp, 2, 10)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_LOST', outcome: 'not-applied' })
  })

  it('is lost as well when it learns its place too late', async () => {
    const a = add('a')
    submit()
    apply(noOp, 2, 8)
    place(core.last.request, 1, 7)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_LOST' })
  })

  it('without a place is not taken for lost, whatever is applied', async () => {
    const a = add('a')
    submit()
    apply(noOp, 2, 8)
    apply(core.last.entries[0]!, 2, 9, 'appended by the new leader')
    expect(await a).toBe('appended by the new leader')
  })

  it('goes to the new leader at once when the old one refuses it', () => {
    void add('a')
    submit()
    core.leader = 'another'
    core.term = term(2)
    proposals.outcome({ request: core.last.request, at: null, reason: 'not-leader' })
    submit()
    expect(core.commands).toEqual([['a'], ['a']])
    expect(core.submitted[0]!.request).not.toBe(core.last.request)
  })

  it('is tried again under the same leader after a while when it was refused', () => {
    void add('a')
    submit()
    proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
    submit()
    expect(core.submitted).toHaveLength(1)
    clock.advance(100)
    submit()
    expect(core.submitted).toHaveLength(2)
  })

  it('keeps its deadline over all attempts, and is not applied if it ends between two', async () => {
    const a = add('a')
    for (let tries = 1; tries <= 9; tries++) {
      submit()
      expect(core.submitted).toHaveLength(tries)
      proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
      clock.advance(100)
    }
    submit()
    proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
    clock.advance(100)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER', outcome: 'not-applied' })
  })

  it('fails at once when the leader has too much uncommitted', async () => {
    const a = add('a')
    submit()
    proposals.outcome({ request: core.last.request, at: null, reason: 'too-many-uncommitted' })
    await expect(a).rejects.toMatchObject({
      code: 'OARLOCK_TOO_MANY_UNCOMMITTED',
      outcome: 'not-applied',
    })
  })

  it('believes the first answer when there are two', async () => {
    const a = add('a')
    submit()
    const { request, entries } = core.last
    place(request, 1, 7)
    proposals.outcome({ request, at: null, reason: 'not-leader' })
    proposals.retryRefused()
    submit()
    expect(core.submitted).toHaveLength(1)
    apply(entries[0]!, 1, 7, 'once')
    apply(entries[0]!, 1, 8, 'twice')
    expect(await a).toBe('once')
  })

  it("ends with the caller's signal: not applied before it is submitted, unknown after", async () => {
    const [before, after] = [new AbortController(), new AbortController()]
    const handed = add('a', after.signal)
    submit()
    const waiting = add('b', before.signal)
    const reason = new Error('enough')
    before.abort(reason)
    after.abort(reason)
    submit()
    expect(core.commands).toEqual([['a']])
    const code = 'OARLOCK_PROPOSAL_ABORTED'
    await expect(waiting).rejects.toMatchObject({ code, outcome: 'not-applied', cause: reason })
    await expect(handed).rejects.toMatchObject({ code, outcome: 'unknown', cause: reason })
    await expect(add('c', before.signal)).rejects.toMatchObject({ code, outcome: 'not-applied' })
  })

  it('fails the pending proposals when the member closes, each with its outcome', async () => {
    const [placed, unplaced] = [add('a'), add('b')]
    submit()
    const refused = add('c')
    submit()
    proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
    const waiting = add('d')
    proposals.failAll('closed')
    const code = 'OARLOCK_MEMBER_CLOSED'
    for (const proposal of [placed, unplaced])
      await expect(proposal).rejects.toMatchObject({ code, outcome: 'unknown' })
    for (const proposal of [refused, waiting])
      await expect(proposal).rejects.toMatchObject({ code, outcome: 'not-applied' })
    expect(clock.timers).toBe(0)
  })

  it('says when none is submitted any more', async () => {
    const told: string[] = []
    const a = add('a')
    submit()
    proposals.whenNoneSubmitted(() => told.push('none'))
    expect(told).toEqual([])
    apply(core.last.entries[0]!, 1, 7, 'done')
    expect(told).toEqual(['none'])
    await a
  })

  it('leaves no timer when all have ended', async () => {
    const a = add('a')
    submit()
    apply(core.last.entries[0]!, 1, 7)
    await a
    clock.advance(100)
    expect(clock.timers).toBe(0)
  })

  describe('to another member that leads', () => {
    beforeEach(() => {
      core.role = 'follower'
    })

    it('are on their way only so many bytes at once; the others wait, and follow when these have arrived', () => {
      for (const command of ['1 of eight', '2 of eight', '3 of eight']) add(command)
      submit()
      expect(core.commands).toEqual([['1 of eight'], ['2 of eight']])
      place(core.submitted[0]!.request, 1, 1)
      submit()
      expect(core.commands.at(-1)).toEqual(['3 of eight'])
    })

    it('go one at a time if each is longer than that', () => {
      for (const command of ['1'.repeat(30), '2'.repeat(30)]) add(command)
      submit()
      expect(core.submitted).toHaveLength(1)
      apply(core.last.entries[0]!, 1, 1)
      submit()
      expect(core.submitted).toHaveLength(2)
    })

    it.each<[string, () => void]>([
      [
        'there is another leader',
        () => {
          core.leader = 'another'
        },
      ],
      [
        'there is another term',
        () => {
          core.term = term(2)
        },
      ],
      ['the connection to it was lost', () => proposals.unreachable('leader')],
    ])('do not wait for those on their way when %s', (_, happens) => {
      for (const command of ['1 of eight', '2 of eight', '3 of eight']) add(command)
      submit()
      const [first] = core.submitted
      happens()
      submit()
      expect(core.submitted).toHaveLength(3)
      // The answer to a request of before changes nothing.
      place(first!.request, 1, 1)
      for (const command of ['4 of eight', '5 of eight']) add(command)
      submit()
      expect(core.submitted).toHaveLength(4)
    })

    it('that waited for too long are certainly not applied, and the error says why', async () => {
      const outcomes = ['1 of eight', '2 of eight', '3 of eight'].map((command) =>
        add(command).catch((error) => error),
      )
      submit()
      clock.advance(1100)
      expect(await Promise.all(outcomes)).toMatchObject([
        { code: 'OARLOCK_PROPOSAL_TIMEOUT', outcome: 'unknown' },
        { code: 'OARLOCK_PROPOSAL_TIMEOUT', outcome: 'unknown' },
        {
          code: 'OARLOCK_NO_LEADER',
          outcome: 'not-applied',
          message: expect.stringContaining("did not reach the leader 'leader' in time"),
        },
      ])
    })
  })

  it('carry the time of the leader, as it is when they are submitted', () => {
    leaderTime = 70
    add('a')
    submit()
    expect(core.last.entries.map(({ data }) => timeOf(data))).toEqual([70])
  })

  it('are refused at once when the member has closed', async () => {
    proposals.failAll('the member is closed')
    await expect(add('a')).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', outcome: 'not-applied' })
  })

  describe('of a session, beside one that is not', () => {
    let outcomes: string[]

    const addBoth = () => {
      add('plain').then(
        (result) => outcomes.push(`plain: ${result}`),
        ({ code, outcome }) => outcomes.push(`plain: ${code} ${outcome}`),
      )
      const resolve = (result: string) => outcomes.push(`safe: ${result}`)
      const reject = ({ code, outcome }: { code: string; outcome: string }) =>
        outcomes.push(`safe: ${code} ${outcome}`)
      proposals.add(Buffer.from('safe'), undefined, { resolve, reject }, sessionCommand)
      submit()
    }
    const settled = () => new Promise((resolve) => setImmediate(resolve))

    beforeEach(() => {
      outcomes = []
      core.role = 'follower'
    })

    it('are submitted again under the next leader, and the first answer counts', async () => {
      addBoth()
      const first = core.last
      core.leader = 'b'
      core.term = term(2)
      proposals.leaderChanged()
      submit()
      expect(core.commands).toEqual([['plain', 'safe'], ['safe']])
      // The first one is in the log as well. Its proposer waits for the other.
      apply(first.entries[0]!, 2, 7, 'applied')
      apply(first.entries[1]!, 2, 8, 'applied')
      apply(core.last.entries[0]!, 2, 9, 'repeated')
      await settled()
      expect(outcomes.toSorted()).toEqual(['plain: applied', 'safe: repeated'])
    })

    it('are submitted again after a while without an answer, more rarely each time', () => {
      addBoth()
      clock.advance(100)
      submit()
      expect(core.submitted).toHaveLength(1)
      for (let n = 0; n < 8; n++) {
        clock.advance(100)
        submit()
      }
      // After 200, and 400 more.
      expect(core.commands).toEqual([['plain', 'safe'], ['safe'], ['safe']])
    })

    it('are submitted again when another entry replaced theirs', async () => {
      addBoth()
      place(core.last.request, 1, 7)
      apply(noOp, 2, 7)
      submit()
      expect(core.commands).toEqual([['plain', 'safe'], ['safe']])
      await settled()
      expect(outcomes).toEqual(['plain: OARLOCK_PROPOSAL_LOST not-applied'])
    })

    it('are submitted again when a snapshot may stand for their entries', () => {
      addBoth()
      place(core.last.request, 1, 7)
      proposals.installed({ index: index(6), term: term(1) })
      submit()
      expect(core.submitted).toHaveLength(1)
      proposals.installed({ index: index(8), term: term(1) })
      submit()
      expect(core.commands).toEqual([['plain', 'safe'], ['safe']])
    })

    it('have an unknown outcome once one submission has, even if they wait or are refused then', async () => {
      addBoth()
      core.leader = null
      clock.advance(200)
      core.leader = 'leader'
      submit()
      const { request } = core.last
      proposals.outcome({ request, at: null, reason: 'too-many-uncommitted' })
      clock.advance(900)
      await settled()
      const timeout = 'OARLOCK_PROPOSAL_TIMEOUT unknown'
      expect(outcomes.toSorted()).toEqual([`plain: ${timeout}`, `safe: ${timeout}`])
    })
  })
})
