// Members come and go while the cluster runs.
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'
import { MemoryLogStore } from '../index.ts'

const kindsOf = (members: readonly { readonly id: string; readonly kind: string }[]) =>
  Object.fromEntries(members.map(({ id, kind }) => [id, kind]))

describe('reconfigure', () => {
  it('demotes, promotes and removes on any member, and members() shows it on all', async () => {
    await using cluster = await new Cluster<string, unknown>(3).start()
    const { member: leader } = await cluster.leading()
    const [follower, other] = cluster.others(leader)
    expect(await follower!.members()).toMatchObject({ version: 0, pending: null, leader: leader.id })
    const demoted = await follower!.reconfigure({ demote: other!.id })
    expect(kindsOf(demoted.members)).toMatchObject({ [other!.id]: 'learner', [leader.id]: 'voter' })
    await leader.propose('a learner hears it')
    const promoted = await other!.reconfigure({ promote: other!.id }, { expected: demoted.version })
    expect(kindsOf(promoted.members)).toEqual({ a: 'voter', b: 'voter', c: 'voter' })
    await leader.reconfigure({ remove: other!.id })
    expect((await follower!.members()).members.map(({ id }) => id)).not.toContain(other!.id)
    expect(Object.keys(follower!.status().peers)).toEqual([leader.id])
    await expect(leader.transferLeadership({ to: other!.id })).rejects.toMatchObject({
      message: expect.stringContaining(`'${other!.id}' is not a member`),
    })
    await expect(other!.closed).rejects.toMatchObject({ code: 'OARLOCK_REMOVED' })
    await expect(leader.propose('the two go on')).resolves.toBeUndefined()
  })

  it('removes the leader, which hands over first', async () => {
    await using cluster = await new Cluster<string, unknown>(3).start()
    const { member: leader } = await cluster.leading()
    const [follower] = cluster.others(leader)
    await follower!.reconfigure({ remove: leader.id })
    const { leader: next, members } = await follower!.members()
    expect(next).not.toBe(leader.id)
    expect(members).toHaveLength(2)
    await expect(leader.closed).rejects.toMatchObject({ code: 'OARLOCK_REMOVED' })
  })

  it('tells how far the others are, on the leader', async () => {
    await using cluster = await new Cluster<string, unknown>(3).start()
    const { member: leader } = await cluster.leading()
    await leader.propose('x')
    const { members } = await leader.members()
    for (const { id, progress } of members)
      if (id === leader.id) expect(progress).toBeNull()
      else expect(progress).toMatchObject({ active: true })
  })

  it('refuses what makes no sense, and says why', async () => {
    await using cluster = await new Cluster<string, unknown>(3).start()
    const { member: leader } = await cluster.leading()
    const [, other] = cluster.others(leader)
    const refused = (reason: string) => ({ code: 'OARLOCK_RECONFIGURE', reason, outcome: 'not-applied' })
    await expect(leader.reconfigure({ remove: 'x' })).rejects.toMatchObject(refused('unknown-member'))
    await expect(leader.reconfigure({ add: 'a' })).rejects.toMatchObject(refused('already-member'))
    await expect(leader.reconfigure({ replace: other!.id })).rejects.toMatchObject(refused('no-newcomer'))
    const { version } = await leader.reconfigure({ move: other!.id, address: 'c:2' })
    await expect(leader.reconfigure({ remove: other!.id }, { expected: version - 1 })).rejects.toMatchObject(
      refused('membership-changed'),
    )
    await other!.close()
    const [follower] = cluster.others(leader)
    await expect(
      leader.reconfigure({ remove: follower!.id }, { signal: AbortSignal.timeout(5000) }),
    ).rejects.toMatchObject(refused('majority-lost'))
  })

  it('has options that are checked', async () => {
    await using cluster = await new Cluster<string, unknown>(1).start()
    const { member } = await cluster.leading()
    const wrong: [change: unknown, options: unknown, message: RegExp][] = [
      [{}, {}, /^reconfigure: the change must be one of \{ add \}, /],
      [{ add: '' }, {}, /^reconfigure: add must be a member's id/],
      [{ add: 'd', as: 'king' }, {}, /^reconfigure: as must be 'voter' or 'learner' or 'witness'/],
      [{ move: 'a' }, {}, /^reconfigure: address must be a 'host:port'/],
      [{ remove: 'a', force: true }, {}, /^reconfigure: unknown option 'force'/],
      [{ remove: 'a' }, { expected: -1 }, /^reconfigure: expected must be a whole number/],
      [{ remove: 'a' }, new AbortController().signal, /^reconfigure: the signal stands/],
    ]
    for (const [change, options, message] of wrong)
      await expect(member.reconfigure(change as never, options as never)).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_OPTIONS',
        message: expect.stringMatching(message),
      })
  })

  it('ends with its signal, and with the member', async () => {
    await using cluster = await new Cluster<string, unknown>(3).start()
    const { member: leader } = await cluster.leading()
    const waits = new AbortController()
    // Nobody comes as d, so it never catches up.
    const added = leader.reconfigure({ add: 'd', address: 'd:1' }, { signal: waits.signal })
    const reason = new Error('enough')
    setImmediate(() => waits.abort(reason))
    await expect(added).rejects.toMatchObject({ reason: 'aborted', cause: reason })
    const closing = expect(leader.reconfigure({ promote: 'd' })).rejects.toMatchObject({
      code: expect.stringMatching(/OARLOCK_(MEMBER_CLOSED|RECONFIGURE)/),
    })
    await leader.close()
    await closing
    await expect(leader.reconfigure({ remove: 'b' })).rejects.toMatchObject({ outcome: 'not-applied' })
    await expect(leader.members()).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED' })
  })
})

describe('a member that lost its disk', () => {
  const wiped = async (rejoin: 'replace' | undefined) => {
    const lost = new Set<string>()
    const applied = new Map<string, string[]>()
    const cluster = await new Cluster<string, unknown>(3, (id) => {
      const commands: string[] = []
      applied.set(id, commands)
      return {
        machine: { apply: (command: string) => void commands.push(command) },
        ...(lost.has(id)
          ? { logStore: new MemoryLogStore(), ...(rejoin === undefined ? {} : { rejoin }) }
          : {}),
      }
    }).start()
    const { member: leader } = await cluster.leading()
    const [, other] = cluster.others(leader)
    const { id } = other!
    await leader.propose('before')
    await other!.close()
    lost.add(id)
    await cluster.start(id)
    return { cluster, leader, id, applied: () => applied.get(id)! }
  }
  const isVoter = async (leader: Awaited<ReturnType<typeof wiped>>['leader'], id: string) => {
    const { members } = await leader.members()
    return members.some((member) => member.id === id && member.kind === 'voter' && !member.promoting)
  }

  it('takes the place of its old self when it was started to, and has everything again', async () => {
    const { cluster, leader, id, applied } = await wiped('replace')
    await using _ = cluster
    while ((await leader.members()).version === 0 || !(await isVoter(leader, id)))
      await leader.propose('while it catches up')
    await leader.propose('after')
    await expect.poll(() => [applied()[0], applied().at(-1)]).toEqual(['before', 'after'])
  })

  it('waits for an operator otherwise, and is taken in by replace', async () => {
    const { cluster, leader, id, applied } = await wiped(undefined)
    await using _ = cluster
    expect(cluster.member(id).status().state).toBe('waiting')
    const { members } = await leader.reconfigure({ replace: id })
    expect(members.find((member) => member.id === id)).toMatchObject({ kind: 'voter', promoting: false })
    await leader.propose('after')
    await expect.poll(() => applied().at(-1)).toBe('after')
    expect(applied()[0]).toBe('before')
  })
})
