import type { StateMachine } from '@oarlock/runtime'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../test/cluster.ts'

interface Applied {
  readonly command: string
  readonly leaderTime: number
}

/** Collects what it applies. The result is the number of commands, or what the command asks for. */
function collecting(applied: Applied[]): StateMachine<string, unknown> {
  return {
    apply(command, { leaderTime }) {
      applied.push({ command, leaderTime })
      if (command === 'undefined') return undefined
      return command === 'map' ? new Map() : { count: applied.length }
    },
  }
}

const collectors = () => {
  const logs = new Map<string, Applied[]>()
  const options = (id: string) => {
    const log: Applied[] = []
    logs.set(id, log)
    return { machine: collecting(log), proposeTimeout: 10_000 }
  }
  return { logs, options }
}

describe('a session', () => {
  it('gives each command its result, on any member, and is closed at the end of its scope', async () => {
    const { options } = collectors()
    await using cluster = await new Cluster<string, unknown>(3, options).start()
    const { member } = await cluster.leading()
    let left: { propose(command: string): Promise<unknown> }
    for (const [at, each] of cluster.members.entries()) {
      await using session = await each.session()
      left = session
      const results = await Promise.all([session.propose('a'), session.propose('b')])
      expect(results).toEqual([{ count: 2 * at + 1 }, { count: 2 * at + 2 }])
      expect(await session.propose('undefined').then(() => member.propose('undefined'))).toBeUndefined()
      await each.propose('c').catch(() => {})
      break
    }
    await expect(left!.propose('x')).rejects.toMatchObject({
      code: 'OARLOCK_SESSION_EXPIRED',
      outcome: 'not-applied',
    })
  })

  it('applies a command once when the leader is cut off with it, and submits it again', async () => {
    const { logs, options } = collectors()
    await using cluster = await new Cluster<string, unknown>(3, options).start()
    const { member: leader } = await cluster.leading()
    const [follower, third] = cluster.others(leader)
    await using session = await follower!.session()
    await session.propose('before')
    // The leader can neither commit nor answer.
    cluster.isolate(leader)
    const safe = session.propose('in the session')
    const own = follower!.propose("in the member's own", { retry: 'safe' })
    await cluster.leading([follower!, third!])
    expect(await safe).toMatchObject({ count: expect.any(Number) })
    expect(await own).toMatchObject({ count: expect.any(Number) })
    cluster.network.heal()
    for (const member of cluster.members) await member.propose('after')
    for (const [, log] of logs) {
      const commands = log.map(({ command }) => command).filter((command) => command !== 'after')
      expect(commands.toSorted()).toEqual(['before', "in the member's own", 'in the session'])
    }
  })

  it('refuses its commands once it has expired by leader time, and does not apply them', async () => {
    const { logs, options } = collectors()
    await using cluster = await new Cluster<string, unknown>(1, options).start()
    const { member } = await cluster.leading()
    const session = await member.session({ timeout: 5 })
    expect(await session.propose('a')).toEqual({ count: 1 })
    const log = logs.get('a')!
    const used = log.at(-1)!.leaderTime
    while (log.at(-1)!.leaderTime <= used + 5) await member.propose('time passes')
    const count = log.length
    await expect(session.propose('late')).rejects.toMatchObject({
      code: 'OARLOCK_SESSION_EXPIRED',
      outcome: 'not-applied',
    })
    expect(log).toHaveLength(count)
  })

  it('says that a command was applied if its result cannot be encoded', async () => {
    const { logs, options } = collectors()
    await using cluster = await new Cluster<string, unknown>(1, options).start()
    const { member } = await cluster.leading()
    await expect(member.propose('map', { retry: 'safe' })).rejects.toMatchObject({
      code: 'OARLOCK_RESULT_LOST',
      outcome: 'unknown',
      message: expect.stringMatching(/applied once.*the result is of class Map/),
    })
    expect(logs.get('a')).toHaveLength(1)
    expect(await member.propose('map')).toEqual(new Map())
  })

  it('has results in the codec that is given', async () => {
    const resultCodec = {
      encode: (sum: bigint) => Buffer.from(`${sum}`),
      decode: (bytes: Uint8Array) => BigInt(`${bytes}`),
    }
    await using cluster = await new Cluster<string, bigint>(1, () => ({
      machine: { apply: (command) => BigInt(command) },
      resultCodec,
    })).start()
    const { member } = await cluster.leading()
    expect(await member.propose('12', { retry: 'safe' })).toBe(12n)
  })

  it('is not there in a cluster that elects only, on a witness, and once the member is closed', async () => {
    await using elects = await new Cluster(1, () => ({ purpose: 'election' })).start()
    await expect(elects.members[0]!.session()).rejects.toMatchObject({ code: 'OARLOCK_ELECTION_ONLY' })
    await using witness = await new Cluster(1, () => ({ kind: 'witness' })).start()
    const refused = { code: 'OARLOCK_NO_SESSION', outcome: 'not-applied' }
    await expect(witness.members[0]!.session()).rejects.toMatchObject(refused)
    await expect(witness.members[0]!.propose('x', { retry: 'safe' })).rejects.toMatchObject(refused)
    await using cluster = await new Cluster<string, unknown>(1).start()
    const { member } = await cluster.leading()
    const session = await member.session()
    await member.close()
    const closed = { code: 'OARLOCK_MEMBER_CLOSED', outcome: 'not-applied' }
    await expect(member.session()).rejects.toMatchObject(closed)
    await expect(session.propose('x')).rejects.toMatchObject(closed)
    await expect(member.propose('x', { retry: 'safe' })).rejects.toMatchObject(closed)
    await session.close()
  })

  it('refuses options that cannot work', async () => {
    await using cluster = await new Cluster<string, unknown>(1).start()
    const { member } = await cluster.leading()
    const { signal } = new AbortController()
    const wrong: [call: () => Promise<unknown>, message: RegExp][] = [
      [() => member.session(signal as object), /^session: the signal stands where the options belong/],
      [() => member.session({ timeout: 0 }), /^session: timeout must be a number of milliseconds above 0/],
      [
        () => member.propose('x', { retry: 'always' } as object),
        /^propose: retry must be 'safe', got 'always'$/,
      ],
    ]
    for (const [call, message] of wrong) await expect(call()).rejects.toThrow(message)
    const aborted = { code: 'OARLOCK_PROPOSAL_ABORTED', outcome: 'not-applied' }
    const gone = AbortSignal.abort()
    await expect(member.propose('x', { retry: 'safe', signal: gone })).rejects.toMatchObject(aborted)
    await expect(member.session({ signal: gone })).rejects.toMatchObject(aborted)
  })
})

describe('leader time', () => {
  it('never goes back, is the same on all members, and goes on under the next leader', async () => {
    const { logs, options } = collectors()
    await using cluster = await new Cluster<string, unknown>(3, options).start()
    const { member } = await cluster.leading()
    const [follower] = cluster.others(member)
    const log = logs.get(member.id)!
    // Until a command shows that time has passed under the first leader, also in commands of others.
    await member.propose('begin')
    while (log.at(-1)!.leaderTime === 0) await follower!.propose('more')
    const before = log.at(-1)!.leaderTime
    await member.transferLeadership({ to: follower!.id })
    while (log.at(-1)!.leaderTime <= before) await follower!.propose('more')
    for (const each of cluster.members) await each.propose('end')
    const times = [...logs.values()].map((applied) => applied.map(({ leaderTime }) => leaderTime))
    const shortest = Math.min(...times.map(({ length }) => length))
    for (const each of times) expect(each.slice(0, shortest)).toEqual(times[0]!.slice(0, shortest))
    expect(times[0]).toEqual(times[0]!.toSorted((a, b) => a - b))
  })
})
