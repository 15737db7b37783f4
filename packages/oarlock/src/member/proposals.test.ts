import { type Event, index, type NodeId, type Payload, type Term, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { beforeEach, describe, expect, it } from 'vitest'
import { Proposals } from './proposals.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(18)).toString()

/** Stands for the core: keeps what it was handed, and says what the test tells it to. */
class Core {
  leader: NodeId | null = 'leader'
  term: Term = term(1)
  readonly handed: { request: number; entries: readonly Payload[] }[] = []

  step(event: Event): void {
    if (event.type === 'propose') this.handed.push({ request: event.request!, entries: event.entries })
  }

  get last(): { request: number; entries: readonly Payload[] } {
    return this.handed.at(-1)!
  }

  get commands(): string[][] {
    return this.handed.map(({ entries }) => entries.map(({ data }) => text(data)))
  }
}

describe('proposals', () => {
  let clock: FakeClock
  let core: Core
  let proposals: Proposals<string>

  beforeEach(() => {
    clock = new FakeClock()
    core = new Core()
    proposals = new Proposals<string>({
      core,
      clock,
      timeout: 1000,
      sweepInterval: 100,
      maxRequestBytes: 10,
      wake() {},
    })
  })

  const add = (command: string, signal?: AbortSignal) => proposals.add(Buffer.from(command), signal)
  const handOver = () => proposals.handOver(clock.now())
  const place = (request: number, atTerm: number, atIndex: number) =>
    proposals.outcome({ request, at: { term: term(atTerm), index: index(atIndex) }, reason: null })
  const apply = (payload: Payload, atTerm: number, atIndex: number, result = '') => {
    proposals.applying({ ...payload, term: term(atTerm), index: index(atIndex) })
    if (payload.data.length > 0) proposals.applied(payload.data, result)
  }
  const noOp: Payload = { type: 'normal', data: new Uint8Array(0) }

  it('hands over a whole turn as one request, and settles each by its own entry', async () => {
    const [a, b] = [add('a'), add('b')]
    handOver()
    expect(core.commands).toEqual([['a', 'b']])
    const { request, entries } = core.last
    place(request, 1, 7)
    apply(entries[0]!, 1, 7, 'result of a')
    apply(entries[1]!, 1, 8, 'result of b')
    expect(await Promise.all([a, b])).toEqual(['result of a', 'result of b'])
  })

  it('keeps requests below their limit of bytes, without splitting a command', () => {
    for (const command of ['1234', '5678', '9012', 'longer than the limit', 'x']) void add(command)
    handOver()
    expect(core.commands).toEqual([['1234', '5678'], ['9012'], ['longer than the limit'], ['x']])
  })

  it("gives the result even when the leader's answer was lost", async () => {
    const a = add('a')
    handOver()
    apply(core.last.entries[0]!, 1, 7, 'result')
    expect(await a).toBe('result')
  })

  it("takes nobody else's entry for its own", async () => {
    const other = new Proposals<string>({
      core: new Core(),
      clock,
      timeout: 1000,
      sweepInterval: 100,
      maxRequestBytes: 10,
      wake() {},
    })
    const a = other.add(Buffer.from('a'), undefined)
    void add('b')
    handOver()
    other.handOver(clock.now())
    apply(core.last.entries[0]!, 1, 7, 'of another member')
    other.applied(core.last.entries[0]!.data, 'of another member')
    other.failAll('closed')
    await expect(a).rejects.toMatchObject({ outcome: 'unknown' })
  })

  it('waits while no leader is known, and is then not applied for certain', async () => {
    core.leader = null
    const a = add('a')
    handOver()
    clock.advance(999)
    expect(core.handed).toEqual([])
    clock.advance(100)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER', outcome: 'not-applied' })
  })

  it('is unknown when its time is up in the hands of a leader', async () => {
    const [a, b] = [add('a'), add('b')]
    handOver()
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

  it('is never handed over again once its time is up', async () => {
    const a = add('a')
    handOver()
    clock.advance(1000)
    await expect(a).rejects.toMatchObject({ outcome: 'unknown' })
    proposals.outcome({ request: core.last.request, at: null, reason: 'not-leader' })
    proposals.retryRefused()
    handOver()
    expect(core.handed).toHaveLength(1)
  })

  it('is lost when an entry of a later term is applied in its place, and only then', async () => {
    const [a, b] = [add('a'), add('b')]
    handOver()
    const { request, entries } = core.last
    place(request, 1, 7)
    apply(noOp, 1, 6)
    apply(entries[0]!, 1, 7, 'before the new leader')
    apply(noOp, 2, 8)
    expect(await a).toBe('before the new leader')
    await expect(b).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_LOST', outcome: 'not-applied' })
  })

  it('is lost as well when it learns its place too late', async () => {
    const a = add('a')
    handOver()
    apply(noOp, 2, 8)
    place(core.last.request, 1, 7)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_PROPOSAL_LOST' })
  })

  it('without a place is not taken for lost, whatever is applied', async () => {
    const a = add('a')
    handOver()
    apply(noOp, 2, 8)
    apply(core.last.entries[0]!, 2, 9, 'appended by the new leader')
    expect(await a).toBe('appended by the new leader')
  })

  it('goes to the new leader at once when the old one refuses it', () => {
    void add('a')
    handOver()
    core.leader = 'another'
    core.term = term(2)
    proposals.outcome({ request: core.last.request, at: null, reason: 'not-leader' })
    handOver()
    expect(core.commands).toEqual([['a'], ['a']])
    expect(core.handed[0]!.request).not.toBe(core.last.request)
  })

  it('is tried again under the same leader after a while when it was refused', () => {
    void add('a')
    handOver()
    proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
    handOver()
    expect(core.handed).toHaveLength(1)
    clock.advance(100)
    handOver()
    expect(core.handed).toHaveLength(2)
  })

  it('keeps its deadline over every try, and ends as not applied between two', async () => {
    const a = add('a')
    for (let tries = 1; tries <= 9; tries++) {
      handOver()
      expect(core.handed).toHaveLength(tries)
      proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
      clock.advance(100)
    }
    handOver()
    proposals.outcome({ request: core.last.request, at: null, reason: 'transferring' })
    clock.advance(100)
    await expect(a).rejects.toMatchObject({ code: 'OARLOCK_NO_LEADER', outcome: 'not-applied' })
  })

  it('fails at once when the leader has too much uncommitted', async () => {
    const a = add('a')
    handOver()
    proposals.outcome({ request: core.last.request, at: null, reason: 'too-many-uncommitted' })
    await expect(a).rejects.toMatchObject({
      code: 'OARLOCK_TOO_MANY_UNCOMMITTED',
      outcome: 'not-applied',
    })
  })

  it('believes the first answer when there are two', async () => {
    const a = add('a')
    handOver()
    const { request, entries } = core.last
    place(request, 1, 7)
    proposals.outcome({ request, at: null, reason: 'not-leader' })
    proposals.retryRefused()
    handOver()
    expect(core.handed).toHaveLength(1)
    apply(entries[0]!, 1, 7, 'once')
    apply(entries[0]!, 1, 8, 'twice')
    expect(await a).toBe('once')
  })

  it("ends with the caller's signal: not applied before it is handed over, unknown after", async () => {
    const [before, after] = [new AbortController(), new AbortController()]
    const handed = add('a', after.signal)
    handOver()
    const waiting = add('b', before.signal)
    const reason = new Error('enough')
    before.abort(reason)
    after.abort(reason)
    handOver()
    expect(core.commands).toEqual([['a']])
    const code = 'OARLOCK_PROPOSAL_ABORTED'
    await expect(waiting).rejects.toMatchObject({ code, outcome: 'not-applied', cause: reason })
    await expect(handed).rejects.toMatchObject({ code, outcome: 'unknown', cause: reason })
    await expect(add('c', before.signal)).rejects.toMatchObject({ code, outcome: 'not-applied' })
  })

  it('fails what is left when the member closes, with what is certain of each', async () => {
    const [placed, unplaced] = [add('a'), add('b')]
    handOver()
    const refused = add('c')
    handOver()
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

  it('says when no leader has any of them in its hands', async () => {
    const told: string[] = []
    const a = add('a')
    handOver()
    proposals.whenNoneHanded(() => told.push('none'))
    expect(told).toEqual([])
    apply(core.last.entries[0]!, 1, 7, 'done')
    expect(told).toEqual(['none'])
    await a
  })

  it('leaves no timer behind when all are settled', async () => {
    const a = add('a')
    handOver()
    apply(core.last.entries[0]!, 1, 7)
    await a
    clock.advance(100)
    expect(clock.timers).toBe(0)
  })
})
