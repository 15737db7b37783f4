// A process joins a running cluster by the address of any member.
import { until } from '@oarlock/test-support/event'
import { describe, expect, it } from 'vitest'
import { tlsOf } from '../../test/certificates.ts'
import { leaderOf, type StartedMember, TcpMembers } from '../../test/tcp-members.ts'

const isVoter = async (through: StartedMember, id: string): Promise<boolean> => {
  const { members } = await through.member.members()
  return members.some((member) => member.id === id && member.kind === 'voter')
}
const isAVoter = async (through: StartedMember, id: string): Promise<void> => {
  while (!(await isVoter(through, id))) await through.member.propose('while it catches up')
}

describe('a process that joins by seeds', () => {
  it('becomes a voter, and the cluster goes on without its founders', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c', 'd', 'e')
    const { a, b, c, d, e } = members.peers() as Record<string, string>
    const three = { peers: members.peers('a', 'b', 'c') }
    const founders = await Promise.all(['a', 'b', 'c'].map((id) => members.start(id, three)))
    const { leader } = await leaderOf(founders)
    await leader.member.propose('before')
    const [one, two] = founders.filter((member) => member !== leader)

    const fourth = await members.startBySeeds('d', {
      seeds: [two!.id === 'a' ? a! : two!.id === 'b' ? b! : c!],
    })
    await isAVoter(leader, 'd')
    const fifth = await members.startBySeeds('e', { seeds: [d!, e!] })
    await isAVoter(fourth, 'e')
    const { members: five } = await fifth.member.members()
    expect(Object.fromEntries(five.map(({ id, address }) => [id, address]))).toEqual({ a, b, c, d, e })

    await leader.member.reconfigure({ remove: one!.id })
    await leader.member.close()
    const next = await leaderOf([two!, fourth, fifth])
    await next.leader.member.propose('without two founders')
    await fourth.member.close()
    const again = await members.startBySeeds('d', { seeds: ['127.0.0.1:1'] })
    await again.follows()
    await again.member.propose('last')
    await until(() => fifth.applied.at(-1) === 'last')
    expect(again.applied).toEqual(fifth.applied)
    expect(again.applied[0]).toBe('before')
    expect(again.applied.filter((command) => !command.startsWith('while'))).toEqual([
      'before',
      'without two founders',
      'last',
    ])
  })

  it('takes the place of its old self, if it has lost its disk', async () => {
    await using members = await TcpMembers.withAddresses('a', 'b', 'c')
    const founders = await members.startAll('a', 'b', 'c')
    const { leader } = await leaderOf(founders)
    await leader.member.propose('before')
    const lost = founders.find((member) => member !== leader)!
    await lost.member.close()
    members.wipe(lost.id)
    const seeds = Object.values(members.peers())
    const back = await members.startBySeeds(lost.id, { seeds, rejoin: 'replace' })
    await until(() => back.member.status().state === 'running')
    await isAVoter(leader, lost.id)
    await leader.member.propose('after')
    await until(() => back.applied.at(-1) === 'after')
    expect(back.applied[0]).toBe('before')
  })

  it('waits for an operator where only operators add members, and is removed by one', async () => {
    await using members = await TcpMembers.withAddresses('a')
    const founder = await members.start('a', { admission: 'operator' })
    await founder.leads()
    const seeds = [members.peers().a!.replace('127.0.0.1', 'localhost')]
    const options = { seeds, listen: '[::1]:0', as: 'learner' } as const
    const waiting = await members.startBySeeds('d', options)
    await founder.warns(/^a refuses d: 'd' is no member yet/)
    expect(waiting.member.status()).toMatchObject({ state: 'waiting', term: 0, peers: { a: {} } })
    expect(String(waiting.member.why())).toMatch(
      /^d waits until the leader takes it in\. It knows the members a\./,
    )
    // Nothing has been agreed on, so it is the same after a restart.
    await waiting.member.close()
    const again = await members.startBySeeds('d', options)
    await again.warns(/^a refuses d: 'd' is no member yet/)

    const { members: two } = await founder.member.reconfigure({ add: 'd', as: 'voter' })
    expect(two).toMatchObject([{ id: 'a' }, { id: 'd', kind: 'voter', address: again.member.address }])
    expect(again.member.status()).toMatchObject({ state: 'running', problems: [], seeds: {} })
    await founder.member.reconfigure({ remove: 'd' })
    await expect(again.member.closed).rejects.toMatchObject({ code: 'OARLOCK_REMOVED' })
    const removed = await members.startBySeeds('d', options)
    await expect(removed.member.closed).rejects.toMatchObject({ code: 'OARLOCK_REMOVED' })
  })

  it('proves itself by TLS and the secret, as every member does; an election cluster takes in none that replicates', async () => {
    await using members = await TcpMembers.withAddresses('a')
    const { a } = members.peers() as Record<string, string>
    const secret = 'correct horse battery staple'
    const secured = (id: string) => ({ tls: tlsOf(id, { names: 'id' }), secret })
    const founder = await members.start('a', { ...secured('a'), purpose: 'election' })
    await founder.leads()
    const seeds = [a!]
    const open = await members.startBySeeds('c', { seeds })
    await until(() => open.member.status().seeds[a!]?.state === 'refused')
    expect(open.member.status().seeds[a!]).toMatchObject({ refusal: 'wrong-tls' })
    const posing = await members.startBySeeds('d', { seeds, ...secured('b') })
    await posing.warns(/^The seed .* refuses d: the certificate of 'd' does not name it/)
    const replicating = await members.startBySeeds('b', { seeds, directory: 'wrong', ...secured('b') })
    await replicating.warns(/^The seed .* refuses b: .*purpose/)
    await replicating.member.close()
    const joined = await members.startBySeeds('b', {
      seeds,
      ...secured('b'),
      purpose: 'election',
    })
    await joined.follows()
    while (!(await isVoter(founder, 'b'))) await joined.follows()
    expect(joined.member.status()).toMatchObject({ state: 'running', seeds: {} })
  })

  it('says what its seeds answer, and takes no part before it is a member', async () => {
    await using members = await TcpMembers.withAddresses('a', 'd', 'e', 'nobody')
    const { a, d, e, nobody } = members.peers() as Record<string, string>
    const founder = await members.start('a', { peers: members.peers('a') })
    await founder.leads()
    const lost = await members.startBySeeds('d', { seeds: [a!, d!, nobody!], cluster: 'other' })
    expect(await lost.warns(/seed/)).toBe(
      `The seed ${a} refuses d: 'd' belongs to cluster 'other', and 'a' to 'oarlock'.`,
    )
    expect(lost.member.status()).toMatchObject({
      state: 'waiting',
      term: 0,
      seeds: { [a!]: { state: 'refused', refusal: 'wrong-cluster' } },
    })
    await until(() => lost.member.status().seeds[nobody!]?.problem !== null)
    const text = String(lost.member.why())
    expect(text).toContain(`d joins a cluster: it asks ${a}, ${d} and ${nobody} who the members are.`)
    expect(text).toContain(`The seed ${d} has given no answer`)
    expect(text).toMatch(new RegExp(`The seed ${nobody} has given no answer for .*: nothing listens there`))

    const newcomer = await members.startBySeeds('e', { seeds: [d!], cluster: 'other' })
    await until(() =>
      String(newcomer.member.why()).includes(`'d' is there, and it has not been taken in itself yet`),
    )
    await newcomer.member.close()
    const stranger = await members.startBySeeds('e', { seeds: [a!], secret: 'correct horse battery staple' })
    await stranger.warns(/^The seed .* refuses e: .* give the same secret/)
    expect(stranger.member.status().seeds[a!]).toMatchObject({ refusal: 'wrong-secret' })
    expect(lost.warnings.filter((line) => line.includes(`seed ${a} refuses`))).toHaveLength(1)
    expect(e).toBe(stranger.member.address)
  })
})
