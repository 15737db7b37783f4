// docs/recovery.md, “A majority is lost”: step by step, over TCP and on real disks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Disposables } from '@oarlock/test-support/disposables'
import { until } from '@oarlock/test-support/event'
import { NodeProcess } from '@oarlock/test-support/node-process'
import { expect, it } from 'vitest'
import { freeAddress } from '../../test/raw-peer.ts'
import { leaderOf, type StartedMember, TcpMembers } from '../../test/tcp-members.ts'
import { recover } from './recover.ts'

const votersOf = async ({ member }: StartedMember) =>
  (await member.members()).members.filter(({ kind }) => kind === 'voter')

it('one of three is left: recovered, it goes on with all that it has, new members join it, and an old one is refused by both sides', async () => {
  await using members = await TcpMembers.withAddresses('a', 'b', 'c')
  const all = await members.startAll('a', 'b', 'c')
  const { leader, fence } = await leaderOf(all)
  await leader.member.propose('before')
  const lock = await leader.member.lock('l').acquire()
  const [survivor, forgotten, gone] = all as [StartedMember, StartedMember, StartedMember]
  await until(() => all.every(({ applied }) => applied.length === 1))
  await Promise.all(all.map(({ member }) => member.close()))
  members.move(forgotten.id, 'forgotten')
  members.wipe(gone.id)

  const data = members.path(survivor.id)
  const report = await recover({ data })
  expect(report).toMatchObject({
    recovered: false,
    id: 'a',
    others: [{ id: 'b' }, { id: 'c' }],
    generation: 0,
  })
  expect(await recover({ data, confirm: report.confirm })).toMatchObject({ recovered: true, generation: 1 })

  // Started as before, it leads alone.
  const alone = await members.start(survivor.id)
  const next = await leaderOf([alone])
  expect(next.fence).toBeGreaterThan(fence + 2 ** 40)
  expect(alone.applied).toEqual(['before'])
  await alone.member.propose('alone')
  // Its holder was told to close, so that it is free.
  const again = await alone.member.lock('l').acquire()
  expect(again.fence).toBeGreaterThan(2 ** 40)
  const { kv } = alone.member
  const changes = kv.watch({ prefix: '' }, { from: lock.fence + 1 })
  await expect(changes.next()).rejects.toMatchObject({ reason: 'compacted' })
  expect((await alone.member.members()).members.map(({ id }) => id)).toEqual(['a'])

  // The old one is refused, says so, and changes nothing.
  const old = await members.start(forgotten.id, { directory: 'forgotten' })
  const refusal =
    /'b' belongs to generation 0 of the cluster, and 'a' to generation 1 .* start 'b' with an empty data directory/
  const itsRefusal =
    /'a' belongs to generation 1 .* of the cluster, and 'b' to generation 0\. .* start 'b' with an empty data/
  expect(await alone.warns(/^a refuses b: |^b refuses a: /)).toMatch(
    new RegExp(`${refusal.source}|${itsRefusal.source}`),
  )
  expect(await old.warns(/^a refuses b: |^b refuses a: /)).toMatch(
    new RegExp(`${refusal.source}|${itsRefusal.source}`),
  )
  await until(() => /(a refuses b|b refuses a).*generation/.test(String(old.member.why())))
  await until(() => old.member.status().peers[alone.id]?.state === 'refused')
  await old.member.close()

  // New ones join with empty directories, one by itself, one by the operator's command.
  const third = await members.start(gone.id, { rejoin: 'replace' })
  const second = await members.start(forgotten.id)
  await alone.member.reconfigure({ add: forgotten.id })
  while ((await votersOf(alone)).length < 3);
  await until(() => second.applied.length === 2 && third.applied.length === 2)
  await alone.member.close()
  const last = await leaderOf([second, third])
  expect(last.fence).toBeGreaterThan(next.fence)
  await last.leader.member.propose('together')
  expect(last.leader.applied).toEqual(['before', 'alone', 'together'])
  // They belong to the new generation by now.
  await second.member.close()
  const restarted = await members.start(second.id)
  expect(await recover({ data: members.path(survivor.id) })).toMatchObject({ generation: 1 })
  await leaderOf([restarted, third])
})

it('a cluster that only elects goes on with greater fences', async () => {
  await using members = await TcpMembers.withAddresses('a', 'b', 'c')
  const options = { purpose: 'election', machine: undefined } as never
  const start = (id: string, more: object = {}) => members.start(id, { ...(options as object), ...more })
  const all = await Promise.all(['a', 'b', 'c'].map((id) => start(id)))
  const { fence } = await leaderOf(all)
  await Promise.all(all.map(({ member }) => member.close()))
  for (const id of ['a', 'c']) members.wipe(id)
  const data = members.path('b')
  const { confirm, purpose, lastIndex } = await recover({ data })
  expect({ purpose, lastIndex }).toEqual({ purpose: 'election', lastIndex: 0 })
  await recover({ data, confirm })
  const survivor = await start('b')
  const next = await leaderOf([survivor])
  expect(next.fence).toBeGreaterThan(fence + 2 ** 40)
  const others = await Promise.all(['a', 'c'].map((id) => start(id, { rejoin: 'replace' })))
  while ((await votersOf(survivor)).length < 3);
  await survivor.member.close()
  expect((await leaderOf(others)).fence).toBeGreaterThan(next.fence)
})

interface Leads {
  readonly acknowledged: readonly (readonly [string, string])[]
  readonly fence: number
}

it('of three processes that were killed, the last one goes on with what was acknowledged, and a killed one that comes back is refused', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'oarlock-recover-'))
  await using stack = new Disposables()
  stack.defer(() => rmSync(root, { recursive: true }))
  const ids = ['a', 'b', 'c']
  const peers = Object.fromEntries(
    await Promise.all(ids.map(async (id) => [id, await freeAddress()] as const)),
  )
  const script = fileURLToPath(new URL('../../test/kv-process.ts', import.meta.url))
  const start = (id: string, entries: readonly (readonly string[])[] = []) => {
    const options = { id, peers, data: path.join(root, id), electionTimeout: 400 }
    return stack.use(new NodeProcess(script, JSON.stringify(options), JSON.stringify(entries)))
  }
  const leads = async (started: NodeProcess): Promise<Leads> =>
    JSON.parse(await started.line((line) => line.includes('"acknowledged"'), 'it leads'))
  const kill = async (started: NodeProcess) => {
    started.child.kill('SIGKILL')
    await started.ended
  }
  const written = [
    ['boat', 'eight'],
    ['oars', 'sixteen'],
  ]
  const old = ids.map((id) => start(id, written))
  const { fence, survivor } = await Promise.race(
    old.map(async (started, at) => ({ ...(await leads(started)), survivor: ids[at]! })),
  )
  await Promise.all(old.map(kill))
  const [gone, forgotten] = ids.filter((id) => id !== survivor) as [string, string]
  rmSync(path.join(root, gone), { recursive: true })

  const data = path.join(root, survivor)
  const { confirm, commit, lastIndex } = await recover({ data })
  expect(lastIndex).toBeGreaterThanOrEqual(commit)
  await recover({ data, confirm })
  const alone = start(survivor, [['in the new generation', 'yes']])
  const next = await leads(alone)
  expect(next.fence).toBeGreaterThan(fence + 2 ** 40)
  expect(next.acknowledged).toEqual([...written, ['in the new generation', 'yes']])
  const back = start(forgotten)
  const refuses = (line: string) => line.includes('belongs to generation')
  await Promise.all([back.line(refuses, 'it is refused'), alone.line(refuses, 'it refuses')])
})
