// What happens to members, on channels of node:diagnostics_channel.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { until } from '@oarlock/test-support/event'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { ListMachine } from '../../test/list-machine.ts'
import {
  LeadershipLostError,
  LogWriteError,
  type MemberChannel,
  MemberClosedError,
  type MemberEvents,
  MemoryLogStore,
  memberChannels,
} from '../index.ts'
import { eventSink } from '../node/index.ts'

/** Of this test alone. */
const cluster = 'watched'
let messages: { [Name in MemberChannel]: MemberEvents[Name][] }

const listen = (message: unknown, name: string | symbol): void => {
  if ((message as { cluster: string }).cluster === cluster)
    messages[name as MemberChannel].push(message as never)
}
beforeEach(() => {
  messages = Object.fromEntries(memberChannels.map((name) => [name, []])) as unknown as typeof messages
  for (const name of memberChannels) subscribe(name, listen)
})
afterEach(() => {
  for (const name of memberChannels) unsubscribe(name, listen)
})

const newCluster = (size: number) =>
  new Cluster<string, number>(size, () => ({ machine: new ListMachine(), cluster }))

it('members tell of elections, leaders, leaderships, snapshots and changes of the membership', async () => {
  await using members = await newCluster(3).start()
  const { member, leadership } = await members.leading()
  const { id } = member
  const { fence } = leadership
  const told = messages
  expect(told['oarlock:member:started'].map((started) => started.id)).toEqual(['a', 'b', 'c'])
  expect(told['oarlock:member:started'][0]).toEqual({ id: 'a', cluster, address: null })
  expect(told['oarlock:member:election']).toContainEqual({ id, cluster, reason: 'timeout', term: fence })
  expect(told['oarlock:member:leadership']).toContainEqual({ id, cluster, held: true, fence, reason: null })
  for (const one of members.ids) {
    const known = () => told['oarlock:member:leader'].find((now) => now.id === one && now.leader === id)
    await until(() => known() !== undefined)
    expect(known()).toEqual({ id: one, cluster, leader: id, fence })
  }

  const { index, bytes } = await member.snapshot()
  expect(told['oarlock:member:snapshot']).toEqual([{ id, cluster, what: 'taken', index, bytes, error: null }])

  const [demoted] = members.others(member)
  const { version } = await member.reconfigure({ demote: demoted!.id })
  const lastChange = () => told['oarlock:member:membership'].findLast((message) => message.id === id)
  await until(() => lastChange()?.version === version)
  expect(lastChange()).toEqual({
    id,
    cluster,
    version,
    members: { a: 'voter', b: 'voter', c: 'voter', [demoted!.id]: 'learner' },
  })

  const to = await member.transferLeadership()
  expect(told['oarlock:member:election']).toContainEqual(
    expect.objectContaining({ id: to, reason: 'transfer' }),
  )
  const over = () => told['oarlock:member:leadership'].find((one) => one.fence === fence && !one.held)
  await until(() => over() !== undefined)
  expect(over()).toEqual({ id, cluster, held: false, fence, reason: expect.any(LeadershipLostError) })
})

it('a member tells of a stall, and that it was closed', async () => {
  await using members = await newCluster(1).start()
  const { member } = await members.leading()
  const end = performance.now() + 300
  while (performance.now() < end);
  await until(() => messages['oarlock:member:stall'].length > 0)
  const [stall] = messages['oarlock:member:stall']
  expect(stall).toEqual({ id: 'a', cluster, delay: expect.any(Number), electionTimeout: 250 })
  expect(stall!.delay).toBeGreaterThan(125)
  await member.close()
  await until(() => messages['oarlock:member:stopped'].length > 0)
  expect(messages['oarlock:member:stopped']).toEqual([{ id: 'a', cluster, error: null }])
  expect(messages['oarlock:member:leadership'].at(-1)).toMatchObject({
    held: false,
    reason: expect.any(MemberClosedError),
  })
})

it('a member tells why it had to stop, and of the snapshot that it restores', async () => {
  const store = new MemoryLogStore()
  const cause = new LogWriteError('no space left')
  let isFull = false
  const write: MemoryLogStore['write'] = (batch) => (isFull ? Promise.reject(cause) : store.write(batch))
  const logStore = new Proxy(store, {
    get: (target, name) => {
      const value = name === 'write' ? write : Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const options = () => ({ machine: new ListMachine(), cluster, logStore })
  await using members = await new Cluster<string, number>(1, options).start()
  const { member } = await members.leading()
  await member.propose('x')
  const { index } = await member.snapshot()
  isFull = true
  await expect(member.propose('y')).rejects.toThrow()
  await until(() => messages['oarlock:member:stopped'].length > 0)
  expect(messages['oarlock:member:stopped']).toEqual([{ id: 'a', cluster, error: cause }])
  isFull = false
  await members.start()
  await until(() => messages['oarlock:member:snapshot'].length > 1)
  expect(messages['oarlock:member:snapshot'][1]).toMatchObject({ what: 'restored', index, error: null })
})

it('a message is made only if somebody listens, and delivered after the turn', async () => {
  const message = { id: 'a', cluster, error: null }
  eventSink.publish('oarlock:member:stopped', () => message)
  expect(messages['oarlock:member:stopped']).toEqual([])
  await null
  expect(messages['oarlock:member:stopped']).toEqual([message])
  unsubscribe('oarlock:member:stopped', listen)
  eventSink.publish('oarlock:member:stopped', () => expect.unreachable())
})
