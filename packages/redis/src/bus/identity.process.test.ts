// Members over Redis know who they are, as members over TCP do: those that disagree refuse each other, and
// both say so.
import { until } from '@oarlock/test-support/event'
import { describeWithRedis, RedisServer } from '@oarlock/test-support/redis-server'
import { join, type Member, MemoryLogStore } from 'oarlock'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { RecordingLog } from '../../test/recording-log.ts'
import { redisTransport } from './redis-transport.ts'

interface Started {
  readonly member: Member<unknown, unknown>
  readonly log: RecordingLog
}

const bothProcesses = /two members have the id 'a', one at process \d+ on \S+ and one at process \d+ on \S+:/

describeWithRedis('members over Redis', () => {
  let server: RedisServer
  let prefixes = 0
  let prefix = ''
  const members: Member<unknown, unknown>[] = []
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(() => {
    prefix = `identity-${++prefixes}`
  })
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.close()))
  })

  const start = async (
    id: string,
    peers: string,
    { store = new MemoryLogStore(), url = server.url } = {},
  ): Promise<Started> => {
    const log = new RecordingLog()
    const member = await join({
      id,
      peers: Object.fromEntries([...peers].map((peer) => [peer, ''])),
      transport: redisTransport({ redis: url, prefix, id, logger: log }),
      logStore: store,
      logger: log,
      electionTimeout: 300,
      shutdownSignals: [],
    })
    members.push(member)
    return { member, log }
  }
  const why = ({ member }: Started): string => String(member.why())
  const kinds = ({ member }: Started): readonly string[] => member.status().problems.map(({ kind }) => kind)

  test('found a cluster together, and know each other', async () => {
    const all = await Promise.all(['a', 'b', 'c'].map((id) => start(id, 'abc')))
    await Promise.any(all.map(({ member }) => member.lead(async () => {})))
    await until(() => all.every(({ member }) => member.leader !== null))
    for (const { member } of all)
      await until(() => Object.values(member.status().peers).every(({ state }) => state === 'connected'))
  })

  test('that were started with different peers refuse each other, and both say so by name', async () => {
    const [a, b] = await Promise.all([start('a', 'ab'), start('b', 'abc')])
    for (const one of [a, b]) {
      await until(() => kinds(one).includes('refused'))
      expect(why(one)).toMatch(/'[ab]' was started with the peers .*, and '[ab]' with/)
      await one.log.warned(/was started with the peers/)
      expect(one.member.leader).toBeNull()
    }
  })

  test('refuse one that has lost its disk, and it says so, too', async () => {
    const all = await Promise.all(['a', 'b', 'c'].map((id) => start(id, 'abc')))
    await until(() => all.every(({ member }) => member.leader !== null))
    const [a, , c] = all as [Started, Started, Started]
    await c.member.close()
    const wiped = await start('c', 'abc')
    await until(() => kinds(a).includes('refused') && kinds(wiped).includes('refused'))
    for (const one of [a, wiped])
      expect(why(one)).toMatch(/'c' at process \d+ on .* has another data directory/)
    expect(wiped.member.leader).toBeNull()
  })

  test('take a restarted member back', async () => {
    const store = new MemoryLogStore()
    const [a, b] = await Promise.all([start('a', 'ab'), start('b', 'ab', { store })])
    await until(() => a.member.leader !== null && b.member.leader !== null)
    await b.member.close()
    await until(() => a.member.status().peers.b?.state === 'unreachable')
    const again = await start('b', 'ab', { store })
    await until(() => again.member.leader !== null && a.member.leader !== null)
    expect(kinds(a)).toEqual([])
  })

  test('say on both sides that a second process has the same id', async () => {
    const first = await start('a', 'ab')
    await expect(start('a', 'ab')).rejects.toMatchObject({
      code: 'OARLOCK_LISTEN',
      message: expect.stringMatching(
        /^two processes have the id 'a' on this Redis: process \d+ on \S+, which is this one, and process \d+ on/,
      ),
    })
    await until(() => kinds(first).includes('duplicate-id'))
    expect(why(first)).toMatch(bothProcesses)
    await first.log.warned(bothProcesses)
  })

  test('say so also when both had started before Redis was there', async () => {
    await using own = await RedisServer.stopped()
    const { url } = own
    const both = await Promise.all([start('a', 'ab', { url }), start('a', 'ab', { url })])
    const b = await start('b', 'ab', { url })
    expect(why(both[0])).toMatch(/b has been unreachable .*no connection to Redis/)
    await own.start()
    await until(() => both.every((one) => kinds(one).includes('duplicate-id')))
    for (const one of both) {
      expect(why(one)).toMatch(bothProcesses)
      await one.log.warned(bothProcesses)
    }
    // One of them takes part, and the other one is silent.
    await until(() => both.some(({ member }) => member.leader !== null) && b.member.leader !== null)
    expect(both.filter(({ member }) => member.leader === null)).toHaveLength(1)
    await Promise.all(members.splice(0).map((member) => member.close()))
  })
})
