import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { until } from '@oarlock/test-support/event'
import { describe, expect, it, vi } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import {
  DiskLogStore,
  type Logger,
  type MemberMetrics,
  MemoryNetwork,
  ProposalAbortedError,
  ReadAbortedError,
} from '../index.ts'

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

const newCluster = (size: number): Cluster<string, number> =>
  new Cluster<string, number>(size, () => ({ machine: new ListMachine() }))

describe('the metrics of a member', () => {
  it('are plain data, also of a closed member', async () => {
    await using cluster = await newCluster(1).start()
    const { member } = await cluster.leading()
    const plain = (metrics: MemberMetrics) => expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics)
    plain(member.metrics())
    await member.close()
    expect(member.metrics()).toMatchObject({ state: 'closed', role: null, held: false, leader: null })
    plain(member.metrics())
  })

  it('say how far the log is, on the leader of each member', async () => {
    await using cluster = await newCluster(3).start()
    const { member, leadership } = await cluster.leading()
    for (let n = 0; n < 20; n++) await member.propose(`command ${n}`)
    const lags = () => Object.values(member.metrics().peers).map(({ lag }) => lag)
    await until(() => lags().every((lag) => lag === 0))
    const { log, peers, ...metrics } = member.metrics()
    expect(metrics).toMatchObject({ role: 'leader', held: true, term: leadership.fence, members: 3 })
    expect(log).toMatchObject({ firstIndex: 1, lastIndex: 21, durableIndex: 21, commit: 21, applied: 21 })
    expect(Object.keys(peers).sort()).toEqual(cluster.others(member).map(({ id }) => id))
    for (const peer of Object.values(peers)) expect(peer).toMatchObject({ match: 21, inFlightBytes: 0 })
    const follower = cluster.others(member)[0]!.metrics()
    expect(follower).toMatchObject({ role: 'follower', held: false, leader: member.id })
    expect(follower.peers[member.id]).toMatchObject({ match: null, lag: null })
  })

  it('count the elections by their reason, and the leaderships', async () => {
    await using cluster = await newCluster(3).start()
    const { member } = await cluster.leading()
    const all = () => cluster.members.map((one) => one.metrics())
    const begun = (reason: 'timeout' | 'transfer') =>
      all().reduce((sum, { elections }) => sum + elections[reason], 0)
    const { won, lost } = member.metrics().leaderships
    expect(won - sumOf(lost)).toBe(1)
    expect(begun('timeout')).toBeGreaterThanOrEqual(1)
    expect(begun('transfer')).toBe(0)
    const to = await member.transferLeadership()
    expect(cluster.member(to).metrics().elections.transfer).toBe(1)
    await until(() => sumOf(member.metrics().leaderships.lost) > sumOf(lost))
    expect(member.metrics().leaderships.lost).toHaveProperty('later-term')
  })

  it('count each round of pre-votes of a member that can win no election', async () => {
    await using cluster = await newCluster(3).start()
    const { member } = await cluster.leading()
    const before = member.metrics().elections
    cluster.isolate(member)
    await until(() => member.metrics().elections['pre-vote'] >= before['pre-vote'] + 3)
    const { elections, leaderships } = member.metrics()
    expect(elections.timeout).toBe(before.timeout)
    expect(leaderships.lost).toHaveProperty('lease-ran-out')
  })

  it('count proposals and reads, their time, and their failures by code', async () => {
    const machine = () => ({ apply: (command: string) => command.length, query: () => 0 })
    await using cluster = await new Cluster<string, number, null, number>(3, () => ({
      machine: machine(),
    })).start()
    const { member } = await cluster.leading()
    for (let n = 0; n < 5; n++) await member.propose(`command ${n}`)
    await expect(member.propose('x', { signal: AbortSignal.abort() })).rejects.toThrow(ProposalAbortedError)
    await expect(member.propose(undefined as unknown as string)).rejects.toThrow()
    for (const consistency of ['linearizable', 'lease', 'local', { atLeast: 1 }] as const)
      await member.read(null, { consistency })
    await expect(member.read(null, { signal: AbortSignal.abort() })).rejects.toThrow(ReadAbortedError)
    const session = await member.session()
    await session.propose('in a session')
    const { proposals, reads, sessions, log } = member.metrics()
    expect(proposals.failed).toEqual({ OARLOCK_PROPOSAL_ABORTED: 1, OARLOCK_INVALID_COMMAND: 1 })
    expect(proposals.duration.count).toBe(7)
    expect(proposals.duration.sum).toBeGreaterThan(0)
    expect(reads.failed).toEqual({ OARLOCK_READ_ABORTED: 1 })
    expect(reads.begun).toEqual({ linearizable: 2, lease: 1, local: 1, atLeast: 1 })
    expect(reads.duration.count).toBe(4)
    expect(sessions).toBe(1)
    expect(log.entriesInWrite.sum).toBe(log.lastIndex)
    expect(log.write.count).toBeGreaterThanOrEqual(log.entriesInWrite.count)
  })

  it('show how many commands share a write, and those that have no outcome yet', async () => {
    await using cluster = await newCluster(1).start()
    const { member } = await cluster.leading()
    const before = member.metrics().log.entriesInWrite
    const all = Promise.all(Array.from({ length: 50 }, (_, n) => member.propose(`command ${n}`)))
    expect(member.metrics().proposals.pending).toBe(50)
    expect(member.status().pending).toEqual({ proposals: 50, reads: 0 })
    await all
    const { entriesInWrite } = member.metrics().log
    expect(entriesInWrite.sum - before.sum).toBe(50)
    expect(entriesInWrite.count - before.count).toBe(1)
    expect(member.metrics().proposals.pending).toBe(0)
  })

  it('measure the round trip to each peer while the member leads', async () => {
    await using cluster = await newCluster(3).start()
    const { member } = await cluster.leading()
    const trips = () => Object.values(member.metrics().peers).map(({ roundTrip }) => roundTrip?.count ?? 0)
    await until(() => trips().every((count) => count >= 2))
    const [follower] = cluster.others(member)
    expect(Object.values(follower!.metrics().peers).map(({ roundTrip }) => roundTrip)).toEqual([null, null])
  })

  it('show snapshots, and how old the newest one is', async () => {
    await using cluster = await newCluster(1).start()
    const { member } = await cluster.leading()
    expect(member.metrics().snapshots).toMatchObject({ index: 0, age: null, taken: 0 })
    await member.propose('a command')
    const { index, bytes } = await member.snapshot()
    expect(member.metrics().snapshots).toMatchObject({ index, bytes, taken: 1, failed: 0, damaged: 0 })
    expect(member.metrics().snapshots.age).toBeLessThan(10_000)
    expect(member.status()).toMatchObject({ snapshot: { index, bytes }, restoring: false })
  })

  it('have the bytes and the fsyncs of a log on disk', async () => {
    const directory = mkdtempSync(joinPath(tmpdir(), 'oarlock-metrics-'))
    try {
      const logStore = new DiskLogStore({ directory, cluster: 'oarlock', id: 'a' })
      await using cluster = await new Cluster<string, number>(1, () => ({ logStore })).start()
      const { member } = await cluster.leading()
      const before = member.metrics().log
      await member.propose('x'.repeat(5000))
      const after = member.metrics().log
      expect(after.diskBytes! - before.diskBytes!).toBeGreaterThan(5000)
      expect(after.memoryBytes).toBeGreaterThan(5000)
      expect(after.fsync!.count).toBe(before.fsync!.count + 1)
      await member.close()
      expect(member.metrics().log.diskBytes).toBe(after.diskBytes)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('know what a transport drops, and nothing of one that does not say', async () => {
    await using silent = await newCluster(1).start()
    const { member: quiet } = await silent.leading()
    expect(quiet.metrics().drops).toBeNull()
    const drops = { connections: { 'handshake-timeout': 2 }, messages: { 'queue-full': 3 } }
    const stats = () => {
      throw new Error('not today')
    }
    await using cluster = await new Cluster<string, number>(1, (id) => ({
      transport: Object.assign(new MemoryNetwork().transport(id), { drops: () => drops, stats }),
    })).start()
    expect(cluster.member('a').metrics()).toMatchObject({ drops, peers: {} })
  })

  it('tell how long the event loop was blocked, and so does the log', async () => {
    const warn = vi.fn<Logger['warn']>()
    const logger = { debug() {}, info() {}, warn, error() {} }
    await using cluster = await new Cluster<string, number>(1, () => ({ logger })).start()
    const { member } = await cluster.leading()
    const before = member.metrics().loop.stalls
    const end = performance.now() + 400
    while (performance.now() < end);
    await until(() => member.metrics().loop.stalls > before)
    expect(member.metrics().loop.longest).toBeGreaterThan(200)
    expect(member.status().loopDelay).toBeGreaterThan(200)
    expect(warn.mock.calls.map(([, message]) => message)).toContainEqual(
      expect.stringMatching(/^a did nothing for \d+ ms: its event loop was blocked.*isolate: true/),
    )
  })
})
