// The outcomes of proposals while leaders change, with real members.
import { describe, expect, it } from 'vitest'
import { Cluster, seen } from '../../test/cluster.ts'

/** A state machine that keeps every command. */
class Recording {
  readonly commands: string[] = []
  readonly machine = { apply: (command: string) => this.commands.push(command) }
}
const record = () => new Recording()
/** The options of a member with this machine. */
const withMachine = ({ machine }: Recording) => ({ machine })

describe('a proposal', () => {
  it('waits until there is a leader', async () => {
    await using cluster = await new Cluster<string, number>(3, () => withMachine(record())).start()
    expect(await Promise.all(cluster.members.map((member) => member.propose('early')))).toHaveLength(3)
  })

  it('is `not-applied` if there is no leader in time', async () => {
    await using cluster = await new Cluster<string, number>(3, () => ({ proposeTimeout: 60 })).start('a')
    await expect(cluster.member('a').propose('x')).rejects.toMatchObject({
      code: 'OARLOCK_NO_LEADER',
      outcome: 'not-applied',
      leader: null,
    })
  })

  it('is not lost while there is no connection to the leader yet: it is proposed again, as nobody has it', async () => {
    let isConnected = true
    const sent: string[] = []
    const cluster: Cluster<string, number> = new Cluster<string, number>(3, (id) => {
      const transport = cluster.network.transport(id)
      const [links, send] = [transport.links!.bind(transport), transport.send.bind(transport)]
      transport.links = () =>
        isConnected
          ? links()
          : new Map(cluster.ids.map((peer) => [peer, { state: 'unreachable', since: 0, problem: null }]))
      transport.send = (envelopes) => {
        for (const { message } of envelopes) if (!isConnected && message.type === 'propose') sent.push(id)
        send(envelopes)
      }
      return { ...withMachine(record()), transport }
    })
    await using _ = await cluster.start()
    const { member: leader } = await cluster.leading()
    const [follower] = cluster.others(leader) as [typeof leader]
    await follower.propose('before')
    isConnected = false
    const early = follower.propose('early')
    await expect(follower.propose('given up', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_ABORTED',
      outcome: 'not-applied',
    })
    expect(sent).toEqual([])
    isConnected = true
    expect(await early).toBe(2)
  })

  it("is `not-applied` if another leader's entry replaces it", async () => {
    const machines = new Map(['a', 'b', 'c'].map((id) => [id, record()]))
    await using cluster = await new Cluster<string, number>(3, (id) => withMachine(machines.get(id)!)).start()
    const { member } = await cluster.leading()
    await member.propose('before')
    cluster.isolate(member)
    const lost = member.propose('lost')
    const next = await cluster.leading(cluster.others(member))
    await next.member.propose('after')
    cluster.network.heal()
    await expect(lost).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_LOST',
      outcome: 'not-applied',
      leader: next.member.id,
    })
    await member.propose('end')
    expect(machines.get(member.id)!.commands).toEqual(['before', 'after', 'end'])
  })

  it('is `unknown` if its time is up while it is in the log of a leader that is cut off', async () => {
    await using cluster = await new Cluster<string, number>(3, () => ({ proposeTimeout: 60 })).start()
    const { member } = await cluster.leading()
    cluster.isolate(member)
    await expect(member.propose('x')).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_TIMEOUT',
      outcome: 'unknown',
    })
  })

  it('is `unknown`, and not sent again, if it was forwarded to a leader that cannot be reached', async () => {
    const machines = new Map(['a', 'b', 'c'].map((id) => [id, record()]))
    const options = (id: string) => ({ ...withMachine(machines.get(id)!), proposeTimeout: 60 })
    await using cluster = await new Cluster<string, number>(3, options).start()
    const { member } = await cluster.leading()
    const [follower] = cluster.others(member)
    await seen(follower!.observe(), (leader) => leader?.id === member.id)
    cluster.network.cutOneWay(follower!.id, member.id)
    await expect(follower!.propose('x')).rejects.toMatchObject({
      code: 'OARLOCK_PROPOSAL_TIMEOUT',
      outcome: 'unknown',
    })
    cluster.network.heal()
    expect(await member.propose('y')).toBe(1)
  })

  it('is `unknown` if the member closes while a leader has it', async () => {
    await using cluster = await new Cluster<string, number>(3).start()
    const { member } = await cluster.leading()
    cluster.isolate(member)
    const proposal = member.propose('x')
    await new Promise(setImmediate) // the turn ends: it is in the leader's log
    const closing = member.close()
    await expect(proposal).rejects.toMatchObject({ code: 'OARLOCK_MEMBER_CLOSED', outcome: 'unknown' })
    await closing
    await expect(member.propose('y')).rejects.toMatchObject({
      code: 'OARLOCK_MEMBER_CLOSED',
      outcome: 'not-applied',
    })
  })

  it('is refused at once if it is not JSON, or too long', async () => {
    await using cluster = await new Cluster<unknown, unknown>(1).start()
    const { member } = await cluster.leading()
    for (const command of [undefined, 1n, 'x'.repeat(16 * 1024 * 1024)])
      await expect(member.propose(command)).rejects.toMatchObject({
        code: 'OARLOCK_INVALID_COMMAND',
        outcome: 'not-applied',
      })
  })

  it('is applied exactly once if leadership is transferred at any moment between proposing and applying', async () => {
    const machines = new Map(['a', 'b', 'c'].map((id) => [id, record()]))
    await using cluster = await new Cluster<string, number>(3, (id) => withMachine(machines.get(id)!)).start()
    await cluster.leading()
    const known = new Set<string>()
    let going = true
    const proposers = cluster.members.flatMap((member) =>
      [1, 2, 3].map(async (proposer) => {
        for (let n = 0; going; n++) {
          const command = `${member.id}${proposer}.${n}`
          await member.propose(command)
          known.add(command)
        }
      }),
    )
    for (let transfers = 0; transfers < 5; transfers++) {
      const { member } = await cluster.leading()
      await member.transferLeadership()
    }
    going = false
    await Promise.all(proposers)
    const { member } = await cluster.leading()
    await member.propose('end')
    const { commands } = machines.get(member.id)!
    expect(new Set(commands)).toEqual(known.add('end'))
    expect(commands).toHaveLength(known.size)
  })
})
