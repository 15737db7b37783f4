// A member is its name and its data directory. One that comes back without its directory, or with an older copy
// of it, or a second time, is refused: it may have forgotten a vote, or a write that it acknowledged.
import { until } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { leaderOf, type StartedMember, TcpMembers } from '../../test/tcp-members.ts'

const other = (members: readonly StartedMember[], ...than: StartedMember[]): StartedMember =>
  members.find((member) => !than.includes(member))!

/** It is refused by `by`, says so, and takes no part, but it runs. */
async function expectRefused(refused: StartedMember, by: StartedMember, detail: RegExp): Promise<void> {
  expect(await refused.warns(new RegExp(`^${by.id} refuses ${refused.id}: `))).toMatch(detail)
  expect(await by.warns(new RegExp(`^${by.id} refuses ${refused.id}: `))).toMatch(detail)
  await until(() => String(refused.member.why()).includes(`${by.id} refuses ${refused.id}`))
  expect(String(by.member.why())).toContain(`${by.id} refuses ${refused.id}`)
  expect(refused.member.leader).toBeNull()
  expect(refused.member.status()).toMatchObject({ held: false, peers: { [by.id]: { state: 'refused' } } })
}

describe('a member that lost its disk', () => {
  it('is refused. With it and the member that lacks a write there is no majority, so the write is not lost and no fence is given twice', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const all = await members.startAll('a', 'b', 'c')
    const { leader, fence } = await leaderOf(all)
    // A write on two of three: the third is down.
    const third = other(all, leader)
    const wiped = other(all, leader, third)
    await third.member.close()
    await leader.member.propose('acknowledged')
    const { term } = leader.member.status()
    await Promise.all([leader.member.close(), wiped.member.close()])

    members.wipe(wiped.id)
    const [thirdAgain, without] = await members.startAll(third.id, wiped.id)
    const detail =
      /has another data directory .* Either it lost its disk, or two processes have this id\. .* see “A member that lost its disk” in docs\/errors\.md/
    await expectRefused(without!, thirdAgain!, detail)
    expect(without!.member.status()).toMatchObject({ state: 'waiting', term: 0, lastIndex: 0 })

    // The old leader is back. It and the third go on.
    const back = await members.start(leader.id)
    const next = await leaderOf([back, thirdAgain!])
    expect(next.fence).toBeGreaterThan(Math.max(fence, term - 1))
    await next.leader.member.propose('afterwards')
    expect(next.leader.applied).toEqual(['acknowledged', 'afterwards'])
    await expectRefused(without!, back, detail)
    expect(without!.member.status()).toMatchObject({ state: 'waiting', term: 0, lastIndex: 0 })
    // It does not die, now or at its next start.
    await without!.member.close()
    const again = await members.start(wiped.id)
    await expectRefused(again, back, detail)
    await back.member.propose('without it')
  })

  it('and got an older copy of it, is refused', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const all = await members.startAll('a', 'b', 'c')
    const { leader } = await leaderOf(all)
    const [one, two] = all.filter((member) => member !== leader) as [StartedMember, StartedMember]
    await one.member.close()
    members.copy(one.id, 'copy')
    const later = await members.start(one.id)
    await leader.member.propose('acknowledged')
    await later.follows()
    await until(() => later.applied.length === 1)
    await later.member.close()
    members.wipe(one.id)
    members.move('copy', one.id)
    const restored = await members.start(one.id)
    const detail =
      /does not know of its own start 2, which .* has seen.*restored from an older copy, or two processes/
    await expectRefused(restored, leader, detail)
    await expectRefused(restored, two, detail)
    expect(restored.applied).toEqual([])
    await leader.member.propose('afterwards')
  })
})

describe('a second process under one id', () => {
  it('on a directory of its own is refused, and the message names both', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const all = await members.startAll('a', 'b', 'c')
    const { leader } = await leaderOf(all)
    const first = other(all, leader)
    const twin = await members.start(first.id, { directory: 'twin', listen: '127.0.0.1:0' })
    await expectRefused(
      twin,
      leader,
      new RegExp(
        `'${first.id}' at 127\\.0\\.0\\.1:\\d+ has another data directory .* knows, which was at 127\\.0\\.0\\.1:\\d+`,
      ),
    )
    await leader.member.propose('x')
    await until(() => first.applied.length === 1)
    expect(first.member.status().peers[leader.id]).toMatchObject({ state: 'connected' })
  })

  it('on a copy of the directory is refused while the first one runs, and the message names both', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const all = await members.startAll('a', 'b', 'c')
    const { leader } = await leaderOf(all)
    const first = other(all, leader)
    members.copy(first.id, 'twin')
    await leader.member.propose('x')
    await until(() => first.applied.length === 1)
    const twin = await members.start(first.id, { directory: 'twin', listen: '127.0.0.1:0' })
    await expectRefused(
      twin,
      leader,
      new RegExp(
        `two processes run as '${first.id}', .* one at 127\\.0\\.0\\.1:\\d+, and one at 127\\.0\\.0\\.1:\\d+`,
      ),
    )
    await leader.member.propose('y')
    await until(() => first.applied.length === 2)
    expect(first.member.status().peers[leader.id]).toMatchObject({ state: 'connected' })
  })
})

describe('a member that lost its disk, over TCP', () => {
  it('is taken in by an operator while commands are proposed, and nothing is lost', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const all = await members.startAll('a', 'b', 'c')
    const { leader } = await leaderOf(all)
    const wiped = other(all, leader)
    const third = other(all, leader, wiped)
    await leader.member.propose('0')
    await wiped.member.close()
    members.wipe(wiped.id)
    const back = await members.start(wiped.id)
    await back.warns(new RegExp(`${leader.id} refuses ${wiped.id}`))
    let writes = 0
    let replaced = false
    const writing = (async () => {
      while (!replaced) await leader.member.propose(`${++writes}`)
    })()
    const { members: now } = await third.member.reconfigure({ replace: wiped.id })
    replaced = true
    await writing
    expect(now.find(({ id }) => id === wiped.id)).toMatchObject({ kind: 'voter', promoting: false })
    // The third is not needed any more.
    await third.member.close()
    await leader.member.propose('last')
    const expected = [...Array.from({ length: writes + 1 }, (_, at) => `${at}`), 'last']
    expect(leader.applied).toEqual(expected)
    await until(() => back.applied.at(-1) === 'last')
    expect(back.applied).toEqual(expected)
    // It is the member from now on, also after a restart.
    await back.member.close()
    const restarted = await members.start(wiped.id)
    await leaderOf([leader, restarted])
    await leader.member.propose('after a restart')
  })
})
