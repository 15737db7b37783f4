// What a member says of itself when something is wrong: in why(), in status(), and in its log.
import { index, type Message, term } from '@oarlock/core'
import type { Link, Logger, LogStore, MemberIdentity, Refusal, Transport } from '@oarlock/runtime'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { join, LogWriteError, MemoryLogStore } from '../index.ts'

const newLogger = () => ({
  debug() {},
  info() {},
  warn: vi.fn<Logger['warn']>(),
  error: vi.fn<Logger['error']>(),
})

const turns = async () => {
  for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate)
}

describe('a member that led', () => {
  it('is neither leader nor holder when it is closed', async () => {
    await using cluster = await new Cluster<string, unknown>(1).start()
    const { member } = await cluster.leading()
    expect(member.status()).toMatchObject({ state: 'running', role: 'leader', held: true })
    const closing = member.close()
    expect(member.status().state).toBe('closing')
    await closing
    expect(member.status()).toMatchObject({
      state: 'closed',
      role: null,
      held: false,
      leader: null,
      problems: [],
    })
    expect(String(member.why())).toBe('a is closed, and takes no part any more.')
    expect(member.why().leader).toBeNull()
  })

  it('is neither leader nor holder when it had to stop, and says why', async () => {
    const store = new MemoryLogStore()
    let failure: Error | null = null
    const logStore: LogStore = {
      open: () => store.open(),
      write: (batch) => (failure === null ? store.write(batch) : Promise.reject(failure)),
      recordPeers: (record) => store.recordPeers(record),
      close: () => store.close(),
    }
    const logger = newLogger()
    await using cluster = await new Cluster<string, unknown>(1, () => ({ logStore, logger })).start()
    const { member } = await cluster.leading()
    failure = new LogWriteError('the log could not be written: ENOSPC')
    await expect(member.propose('x')).rejects.toThrow()
    const text = 'a had to stop, and takes no part any more: the log could not be written: ENOSPC.'
    expect(member.status()).toMatchObject({
      state: 'stopped',
      role: null,
      held: false,
      leader: null,
      problems: [{ kind: 'stopped', node: 'a', text }],
    })
    expect(String(member.why())).toBe(text)
    await member.close()
    expect(member.status().state).toBe('stopped')
  })
})

/** A member of three, with a clock and a transport of the test. The others are not there. */
async function alone() {
  const clock = new FakeClock()
  const logger = newLogger()
  const links = new Map<string, Link>()
  let receiver: Parameters<Transport['open']>[0] | null = null
  const transport: Transport = {
    showsIdentities: true,
    open: async (opened) => {
      receiver = opened
    },
    send() {},
    links: () => links,
    close: async () => {},
  }
  const member = await join({
    id: 'a',
    peers: { a: 'a:1', b: 'b:1', c: 'c:1' },
    electionTimeout: 500,
    logStore: new MemoryLogStore(),
    transport,
    clock,
    logger,
    shutdownSignals: [],
  })
  const identityOf = (id: string, over: Partial<MemberIdentity> = {}): MemberIdentity => ({
    ...receiver!.identity,
    id,
    incarnation: `of-${id}`,
    starts: { count: 1, recent: [`start-of-${id}`] },
    ...over,
  })
  const meet = (peer: MemberIdentity) =>
    new Promise<Refusal | null>((resolve) => receiver!.meet(peer, '10.0.0.9:7401', resolve))
  return {
    member,
    links,
    clock,
    meet,
    identityOf,
    receiver: receiver!,
    errors: () => logger.error.mock.calls.map(([, message]) => message),
    warnings: () => logger.warn.mock.calls.map(([, message]) => message),
    /** In steps, so that every timer of the member fires. */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50)
        await turns()
      }
    },
    async [Symbol.asyncDispose]() {
      const closing = member.close()
      await turns()
      clock.advance(10_000)
      await closing
    },
  }
}

describe('a member that waits for its founders', () => {
  it('names them in why(), in status(), and in the log', async () => {
    await using a = await alone()
    const { member, links, clock } = a
    expect(member.status()).toMatchObject({ state: 'waiting', role: 'follower', leader: null })
    const awaited = 'a waits for its founders: b and c.'
    expect(String(member.why())).toContain(awaited)
    links.set('b', { state: 'unreachable', since: clock.now(), problem: 'the name b is not resolved' })
    await a.pass(1_000)
    expect(a.warnings()).toEqual([
      `${awaited} A new cluster begins when each of its members has been heard once. b has been unreachable for 1.0 s: the name b is not resolved.`,
    ])
    expect(member.status()).toMatchObject({
      problems: [{ kind: 'waits-for-others' }, { kind: 'unreachable', node: 'b' }],
      peers: {
        b: { state: 'unreachable', for: 1_000, problem: 'the name b is not resolved', refusal: null },
        c: { state: 'unknown', for: null, problem: null, refusal: null },
      },
    })
  })

  it('waits for those that it has not heard, and for no others', async () => {
    await using a = await alone()
    expect(await a.meet(a.identityOf('b'))).toBeNull()
    a.receiver.accepted('b')
    expect(String(a.member.why())).toContain('a waits for its founders: c.')
    expect(await a.meet(a.identityOf('c'))).toBeNull()
    a.receiver.accepted('c')
    await turns()
    expect(a.member.status().state).toBe('running')
    expect(a.warnings()).toEqual([])
  })

  it('says in the log that there has been no leader for ten election timeouts, and why', async () => {
    await using a = await alone()
    for (const id of ['b', 'c']) {
      await a.meet(a.identityOf(id))
      a.receiver.accepted(id)
    }
    await turns()
    a.links.set('b', { state: 'unreachable', since: a.clock.now(), problem: 'connection refused' })
    const kinds = () => a.member.status().problems.map(({ kind }) => kind)
    await a.pass(4_900)
    expect(a.warnings()).toEqual([])
    expect(kinds()).toEqual(['unreachable'])
    await a.pass(100)
    expect(kinds()).toEqual(['no-leader', 'unreachable'])
    expect(a.warnings()).toEqual([
      expect.stringMatching(
        /^a has known no leader for 5\.0 s\. b has been unreachable for 5\.0 s: connection refused\. a asked b and c for a vote/,
      ),
    ])
  })
})

describe('two members that disagree', () => {
  it('say so once, by name, in why() and in status()', async () => {
    await using a = await alone()
    const other = a.identityOf('b', { founders: ['a', 'b'] })
    const refusal = await a.meet(other)
    await a.meet(other)
    a.receiver.refused('b', refusal!)
    a.links.set('b', { state: 'refused', since: a.clock.now(), by: 'b', refusal: refusal! })
    const detail =
      "'b' was started with the peers a, b, and 'a' with a, b, c: start every member with the same peers."
    expect(a.warnings()).toEqual([`a refuses b: ${detail}`])
    expect(String(a.member.why()).split('\n')[1]).toBe(`a and b refuse each other: ${detail}`)
    expect(a.member.status()).toMatchObject({
      problems: [{ kind: 'waits-for-others' }, { kind: 'refused', node: 'b' }],
      peers: { b: { state: 'refused', refusal: 'other-founders' } },
    })
  })

  it('on the election timeout say so once, if one is more than twice the other', async () => {
    await using a = await alone()
    await a.meet(a.identityOf('b', { electionTimeout: 1000 }))
    expect(a.warnings()).toEqual([])
    await a.meet(a.identityOf('b', { electionTimeout: 3000 }))
    await a.meet(a.identityOf('b', { electionTimeout: 3000 }))
    expect(a.warnings()).toEqual([
      expect.stringMatching(/^The election timeouts of a \(500 ms\) and b \(3\.0 s\) differ by more than/),
    ])
    expect(a.member.status().problems).toContainEqual(
      expect.objectContaining({ kind: 'timeouts-differ', node: 'b' }),
    )
    await a.meet(a.identityOf('b'))
    expect(a.member.status().problems.map(({ kind }) => kind)).toEqual(['waits-for-others'])
  })
})

it('a member whose disk has lost entries stops loudly, and says what to do', async () => {
  await using a = await alone()
  for (const id of ['b', 'c']) {
    await a.meet(a.identityOf(id))
    a.receiver.accepted(id)
  }
  await turns()
  const beyond: Message = {
    type: 'heartbeat',
    term: term(7),
    commit: index(41),
    sentAt: 0,
    round: 1,
    successorPriority: 0,
    heldByAll: index(0),
  }
  a.receiver.receive('b', [beyond])
  await expect(a.member.closed).rejects.toMatchObject({
    name: 'LostEntriesError',
    code: 'OARLOCK_LOST_ENTRIES',
    outcome: 'unknown',
    message: expect.stringMatching(/^the disk of 'a' has lost entries .* see “A member that lost its disk”/),
  })
  expect(String(a.member.why())).toMatch(/^a had to stop, .* the disk of 'a' has lost entries/)
  expect(a.errors()).toEqual(['the member had to stop'])
})

it('a status survives JSON', async () => {
  await using a = await alone()
  a.links.set('b', { state: 'connected', since: 0 })
  const status = a.member.status()
  expect(JSON.parse(JSON.stringify(status))).toEqual(status)
})

it('a member whose transport shows no identities says what goes unnoticed', async () => {
  const logger = newLogger()
  await using member = await join({
    id: 'a',
    peers: { a: 'a:1', b: 'b:1' },
    logStore: new MemoryLogStore(),
    transport: { open: async () => {}, send() {}, close: async () => {} },
    logger,
    shutdownSignals: [],
  })
  expect(logger.warn).toHaveBeenCalledWith(
    { event: 'identities-not-shown', id: 'a' },
    expect.stringContaining('does not show members'),
  )
  expect(member.status().state).toBe('running')
})
