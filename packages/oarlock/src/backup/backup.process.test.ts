// docs/recovery.md, “Backups”: step by step, over TCP and on real disks.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { until } from '@oarlock/test-support/event'
import { expect, it } from 'vitest'
import { inPieces, ListMachine } from '../../test/list-machine.ts'
import { leaderOf, type StartedMember, TcpMembers } from '../../test/tcp-members.ts'

const newMachine = () => new ListMachine({ takes: (bytes) => inPieces(bytes, 10_000) })
const replicated = (machine: ListMachine) => ({ machine: machine as never })

it('a running cluster is backed up, and a new one is founded from it, with its values and greater fences', async () => {
  await using old = await TcpMembers.withAddresses('a', 'b', 'c')
  const machines = new Map<string, ListMachine>()
  const startOld = (id: string) => {
    machines.set(id, newMachine())
    return old.start(id, replicated(machines.get(id)!))
  }
  const all = await Promise.all(['a', 'b', 'c'].map(startOld))
  const { leader, fence } = await leaderOf(all)
  const values = Array.from({ length: 300 }, (_, at) => `${at}`.padEnd(1000, '.'))
  await Promise.all(values.map((value) => leader.member.propose(value)))
  await leader.member.kv.put('config/limit', '10')
  // On a follower, which has it all the same.
  const follower = all.find((member) => member !== leader) as StartedMember
  const file = joinPath(old.path('a'), '..', 'shop.backup')
  const info = await follower.member.backup(file)
  expect(info).toMatchObject({
    cluster: 'oarlock',
    id: follower.id,
    generation: 0,
    term: leader.member.status().term,
  })
  expect(info.members.map(({ id, kind }) => [id, kind])).toEqual(['a', 'b', 'c'].map((id) => [id, 'voter']))
  await leader.member.propose('after the backup')
  const streamed: Uint8Array[] = []
  for await (const bytes of leader.member.backupStream()) streamed.push(bytes)
  const second = `${file}.2`
  writeFileSync(second, Buffer.concat(streamed))
  expect(statSync(second).size).toBeGreaterThan(300_000)

  // Other members, with other names, while the old cluster runs.
  await using members = await TcpMembers.withAddresses('x', 'y', 'z')
  const restored = new Map<string, ListMachine>()
  const start = (id: string, options: object = {}) => {
    restored.set(id, newMachine())
    return members.start(id, { ...replicated(restored.get(id)!), restore: file, ...options })
  }
  // A founder with another backup, and one with none, are refused by name.
  const [x, y, z] = (await Promise.all([
    start('x'),
    start('y', { restore: second }),
    start('z', { restore: undefined }),
  ])) as [StartedMember, StartedMember, StartedMember]
  await x.warns(/^(x refuses y|y refuses x): .*restored apart from each other/)
  await x.warns(
    /^(x refuses z|z refuses x): 'x' is restored from a backup \([0-9a-f]{16}\), and 'z' is not: start every founder/,
  )
  await z.warns(/^(x refuses z|z refuses x|y refuses z|z refuses y): .* is restored from a backup/)
  expect(x.member.status()).toMatchObject({ state: 'waiting', held: false })
  await Promise.all([y.member.close(), z.member.close()])
  for (const id of ['y', 'z']) members.wipe(id)

  const others = await Promise.all([start('y'), start('z')])
  const founders = [x, ...others]
  const next = await leaderOf(founders)
  expect(next.fence).toBeGreaterThan(fence + 2 ** 40)
  expect(await next.leader.member.kv.get('config/limit')).toMatchObject({ value: '10', version: 1 })
  await next.leader.member.propose('in the new cluster')
  await until(() => founders.every(({ id }) => restored.get(id)!.items.length === 301))
  for (const id of ['x', 'y', 'z']) expect(restored.get(id)!.items).toEqual([...values, 'in the new cluster'])
  expect((await next.leader.member.members()).members.map(({ id }) => id)).toEqual(['x', 'y', 'z'])

  // A restart goes on with the directory, and the option is ignored.
  await x.member.close()
  const again = await start('x')
  await until(() => restored.get('x')!.items.length === 301)
  // A directory of another origin is refused.
  await again.member.close()
  await expect(start('x', { restore: second })).rejects.toMatchObject({
    code: 'OARLOCK_WRONG_DATA',
    message: expect.stringContaining('was not founded from the backup'),
  })
  await follower.member.close()
  await expect(old.start(follower.id, { ...replicated(newMachine()), restore: file })).rejects.toMatchObject({
    code: 'OARLOCK_WRONG_DATA',
  })

  // Without its machine the state would have nowhere to go.
  await expect(members.start('x', { restore: file, machine: undefined } as never)).rejects.toMatchObject({
    code: 'OARLOCK_INVALID_OPTIONS',
    message: expect.stringMatching(/^restore: .* has the state of a state machine: give join that machine$/),
  })

  // A damaged backup is refused, and nothing is made of it.
  const bytes = readFileSync(file)
  bytes[200_000]! ^= 1
  writeFileSync(file, bytes)
  members.wipe('x')
  await expect(start('x')).rejects.toMatchObject({
    code: 'OARLOCK_BACKUP',
    reason: 'damaged',
    message: expect.stringMatching(
      /shop\.backup is damaged at byte \d+: the checksum of block \d does not match/,
    ),
  })
  expect(restored.get('x')!.items).toEqual([])
  await start('x', { restore: undefined })
})

it('the store alone is backed up and restored, without a state machine', async () => {
  await using old = await TcpMembers.withAddresses('a')
  const noMachine = { machine: undefined } as never
  const one = await old.start('a', noMachine)
  await leaderOf([one])
  const { revision } = await one.member.kv.put('key', 'value')
  const file = joinPath(old.path('a'), '..', 'store.backup')
  expect(await one.member.backup(file)).toMatchObject({ machineFormat: 0 })
  await using members = await TcpMembers.withAddresses('x')
  const restored = await members.start('x', { restore: file, machine: undefined } as never)
  await leaderOf([restored])
  expect(await restored.member.kv.get('key')).toMatchObject({ value: 'value', modRevision: revision })
})

it('a witness is restored with the others, and a member that joins later gets the state from them', async () => {
  await using old = await TcpMembers.withAddresses('a')
  const one = await old.start('a', replicated(newMachine()))
  await leaderOf([one])
  await one.member.propose('before')
  const file = joinPath(old.path('a'), '..', 'shop.backup')
  await one.member.backup(file)

  await using members = await TcpMembers.withAddresses('a', 'b', 'w')
  const machines = new Map([
    ['a', newMachine()],
    ['b', newMachine()],
  ])
  const full = (id: string) => ({ ...replicated(machines.get(id)!), restore: file })
  const [a, b, w] = await Promise.all([
    members.start('a', full('a')),
    members.start('b', full('b')),
    members.start('w', { kind: 'witness', machine: undefined, restore: file } as never),
  ])
  const { leader } = await leaderOf([a!, b!])
  await leader.member.propose('after')
  await until(() => [...machines.values()].every(({ items }) => items.length === 2))
  // Its vote and its copy count.
  const lost = leader === a ? b! : a!
  await lost.member.close()
  await leader.member.propose('with the witness')
  expect(w!.member.status().snapshot).not.toBeNull()

  // The one that is down has lost its disk, and comes back without the backup.
  members.wipe(lost.id)
  machines.set(lost.id, newMachine())
  await members.start(lost.id, { ...replicated(machines.get(lost.id)!), rejoin: 'replace' })
  await until(() => machines.get(lost.id)!.items.length === 3)
  expect(machines.get(lost.id)!.items).toEqual(['before', 'after', 'with the witness'])
})
