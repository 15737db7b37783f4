// Members that disagree on who they are never lead two clusters, and say by name what is wrong.
import { until } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { leaderOf, TcpMembers } from '../../test/tcp-members.ts'

describe('members that were started with different lists of peers', () => {
  it('never lead beside each other: one that led alone is refused by those of the longer list, and each says so', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const alone = await members.start('a', { peers: members.peers('a') })
    const { fence } = await alone.leads()
    await alone.member.propose('acknowledged alone')

    const [b, c] = await Promise.all([members.start('b'), members.start('c')])
    for (const late of [b, c]) {
      await late.warns(
        /^a refuses [bc]: '[bc]' is not among the peers of 'a', which are a: start every member/,
      )
      expect(String(late.member.why())).toContain(`a refuses ${late.id}`)
      expect(late.member.status().peers.a).toMatchObject({ state: 'refused', refusal: 'unknown-member' })
      await alone.warns(new RegExp(`^a refuses ${late.id}: '${late.id}' is not among the peers of 'a'`))
      expect(String(alone.member.why())).toContain(`a refuses ${late.id}`)
    }
    // Both have heard each other and wait for 'a', which leads on its own.
    expect(alone.member.status()).toMatchObject({ held: true, term: fence })
    for (const { member } of [b, c]) {
      await until(() => String(member.why()).includes('waits for its founders: a.'))
      expect(member.leader).toBeNull()
      expect(member.status()).toMatchObject({ state: 'waiting', term: 0 })
    }

    // Its own directory refuses the longer list.
    await alone.member.close()
    await expect(members.start('a')).rejects.toMatchObject({
      code: 'OARLOCK_WRONG_DATA',
      message: expect.stringContaining('the peers a, and it was started now with the peers a, b, c'),
    })
  })

  it('three that are rolled to five while a cut lasts: no second majority, and the three go on', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c', 'd', 'e')
    const three = { peers: members.peers('a', 'b', 'c') }
    const old = await Promise.all(['a', 'b', 'c'].map((id) => members.start(id, three)))
    const { leader, fence } = await leaderOf(old)
    await leader.member.propose('by three')
    // The leader is cut off: the others are stopped, and would start with five.
    const others = old.filter((member) => member !== leader)
    await Promise.all(others.map(({ member }) => member.close()))
    for (const { id } of others) {
      await expect(members.start(id)).rejects.toMatchObject({
        code: 'OARLOCK_WRONG_DATA',
        message: expect.stringContaining(
          'the peers a, b, c, and it was started now with the peers a, b, c, d, e',
        ),
      })
    }
    // With new directories, they and the two new ones would be four of five.
    const five = await Promise.all(
      [...others.map(({ id }) => id), 'd', 'e'].map((id) =>
        members.start(id, { directory: `${id}-of-five` }),
      ),
    )
    for (const fifth of five) {
      // Each of the two dials the other. Whichever is asked first refuses.
      const refusal = new RegExp(`^(${leader.id} refuses ${fifth.id}|${fifth.id} refuses ${leader.id}): `)
      await leader.warns(refusal)
      await fifth.warns(refusal)
      expect(fifth.member.status()).toMatchObject({ state: 'waiting', term: 0 })
    }
    await Promise.all(five.map(({ member }) => member.close()))
    // All of this may fit into the lease.
    await until(() => leader.member.leadership === null)
    const back = await Promise.all(others.map(({ id }) => members.start(id, three)))
    const next = await leaderOf([leader, ...back])
    expect(next.fence).toBeGreaterThan(fence)
    await next.leader.member.propose('by three again')
    expect(next.leader.applied).toEqual(['by three', 'by three again'])
  })
})

describe('a new cluster', () => {
  it("with founding 'all' has no leader before every member was heard, and says whom it waits for", async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const two = await members.startAll('a', 'b')
    for (const { member } of two) {
      await until(() => String(member.why()).includes('waits for its founders: c.'))
      expect(member.status()).toMatchObject({ state: 'waiting', term: 0 })
    }
    const third = await members.start('c')
    const { leader } = await leaderOf([...two, third])
    await leader.member.propose('x')
  })

  it("with founding 'majority' begins without the third, which joins when it comes", async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const founding = 'majority'
    const two = await Promise.all(['a', 'b'].map((id) => members.start(id, { founding })))
    const { leader } = await leaderOf(two)
    await leader.member.propose('x')
    const third = await members.start('c', { founding })
    await third.follows()
  })
})
