// The names under which founders by `members` may vote if they lost their documents or never had one
// (ARCHITECTURE.md).
import { afterEach, describe, expect, it } from 'vitest'
import { Pipe } from './pipe.ts'

const members = ['a', 'b', 'c']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

const write = (id: string, value: unknown, within = 500) =>
  Promise.all([pipe.raft(id).dispatch('replicateData', value), pipe.pass(within)])
/** The identity of a node in its cluster. That of a founder ends in `~`. */
const identityOf = (id: string): string | null =>
  (pipe.disk(id)?.oarlock as { identity: { self: string } | null } | undefined)?.identity?.self ?? null
const wipe = (id: string): void => {
  pipe.crash(id)
  pipe.disks.delete(id)
}
const begun = async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
  await pipe.pass(500)
  expect(members.map(identityOf)).toEqual(['a~', 'b~', 'c~'])
}
const others = (...but: string[]): string[] => members.filter((id) => !but.includes(id))

describe('beginning', () => {
  it('needs no wait if all members are up', async () => {
    pipe = new Pipe({ members, foundingWait: 10_000 })
    await pipe.start(members)
    expect(await pipe.until(() => pipe.leaders.length === 1, 2000)).toBe(true)
  })

  it('is allowed to a majority of them after the wait, and not before', async () => {
    pipe = new Pipe({ members, foundingWait: 3000 })
    pipe.make('a')
    pipe.make('b')
    await Promise.all([pipe.begin('a', members), pipe.begin('b', members)])
    await pipe.pass(2900)
    expect(['a', 'b'].map(identityOf)).toEqual([null, null])
    await pipe.pass(1500)
    expect(pipe.leaders).toHaveLength(1)
  })

  it('is never allowed to a minority, however long it waits', async () => {
    pipe = new Pipe({ members: [...members, 'd'] })
    pipe.make('a')
    pipe.make('b')
    await Promise.all([pipe.begin('a', members), pipe.begin('b', members)])
    await pipe.pass(60_000)
    expect(['a', 'b'].map(identityOf)).toEqual([null, null])
  })

  it('goes on after all crash in the middle of it', async () => {
    for (const stopAt of [1, 2, 3]) {
      pipe = new Pipe({ members })
      await pipe.start(members)
      await pipe.until(() => members.filter((id) => identityOf(id) !== null).length >= stopAt, 3000)
      for (const id of members) pipe.crash(id)
      for (const id of members) await pipe.restart(id, members)
      expect(await pipe.until(() => pipe.leaders.length === 1, 5000), `at ${stopAt}`).toBe(true)
      expect(members.map(identityOf)).toEqual(['a~', 'b~', 'c~'])
      await pipe.destroy()
    }
  })

  it('is over for a founder that starts after the others have begun: they admit it', async () => {
    pipe = new Pipe({ members })
    pipe.make('a')
    pipe.make('b')
    await Promise.all([pipe.begin('a', members), pipe.begin('b', members)])
    expect(await pipe.until(() => pipe.leaders.length === 1, 4000)).toBe(true)
    await write('a', 'before c')
    pipe.make('c')
    await pipe.begin('c', members)
    expect(await pipe.until(() => pipe.agrees('before c'), 5000)).toBe(true)
    expect(identityOf('c')).toMatch(/^c~./)
    await pipe.pass(3000)
    pipe.crash(pipe.leader)
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
  })
})

describe('a founder whose document is lost', () => {
  it('does not vote under its old name, so no value that it acknowledged can be voted away', async () => {
    await begun()
    const { leader } = pipe
    const [holder, behind] = others(leader) as [string, string]
    pipe.isolate(behind)
    await write(leader, 'acknowledged')
    pipe.crash(leader)
    wipe(holder)
    pipe.heal()
    await pipe.restart(holder, members)
    // A majority of the names is up, but only the node that lacks the value still has its document.
    await pipe.pass(20_000)
    expect(pipe.leaders).toEqual([])
    expect(identityOf(holder)).toMatch(/^.~./)
    await pipe.restart(leader, members)
    expect(await pipe.until(() => pipe.leaders.length === 1 && pipe.agrees('acknowledged'), 8000)).toBe(true)
  })

  it('replaces the voter it was, and is a voter again', async () => {
    await begun()
    await write('a', 'kept')
    const lost = others(pipe.leader)[0]!
    wipe(lost)
    await pipe.restart(lost, members)
    expect(await pipe.until(() => pipe.agrees('kept'), 5000)).toBe(true)
    await pipe.pass(3000)
    pipe.crash(others(lost)[0]!)
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
    await write(lost, 'of two')
    expect(pipe.agrees('of two')).toBe(true)
  })

  it('may lose it again and again, each of them', async () => {
    await begun()
    for (const [i, lost] of ['a', 'b', 'c', 'c', 'a', 'b'].entries()) {
      await pipe.until(() => pipe.leaders.length === 1, 5000)
      await write(others(lost)[0]!, i)
      wipe(lost)
      await pipe.restart(lost, members)
      expect(await pipe.until(() => pipe.agrees(i), 10_000), `round ${i}`).toBe(true)
      await pipe.pass(3000)
    }
  })

  it('learns that the others have begun, although it crashes before they admit it', async () => {
    await begun()
    const { leader } = pipe
    const [lost, other] = others(leader) as [string, string]
    pipe.crash(leader)
    wipe(lost)
    await pipe.restart(lost, members)
    await pipe.pass(2000)
    pipe.crash(other)
    pipe.crash(lost)
    wipe(other) // now a majority is lost, also the document of the node that might know
    await pipe.restart(lost, members)
    await pipe.restart(other, members)
    await pipe.pass(20_000)
    expect(pipe.leaders).toEqual([])
    expect([lost, other].map(identityOf)).not.toContain(`${other}~`)
  })

  it('does not count answers to an earlier life', async () => {
    pipe = new Pipe({ members })
    await pipe.start(members)
    await pipe.pass(3000)
    const toC = pipe.sent.filter(
      ({ to, event, body }) => to === 'c' && event === 'voteResponse' && body.data.gossip?.attests != null,
    )
    expect(new Set(toC.map(({ from }) => from))).toEqual(new Set(['a', 'b']))
    wipe('c')
    pipe.isolate('c')
    await pipe.restart('c', members)
    for (let i = 0; i < 30; i++) {
      for (const late of toC) pipe.hand(late)
      await pipe.pass(100)
    }
    expect(identityOf('c')).toBeNull()
  })

  it('does not attest while it is joining a cluster, nor after', async () => {
    for (const isSlow of [true, false]) {
      await begun()
      const { leader } = pipe
      const [first, second] = others(leader) as [string, string]
      for (const id of members) pipe.crash(id)
      pipe.disks.delete(first)
      pipe.disks.delete(second)
      // One hears of the cluster and is joining it, or has joined it. The other then hears only that one.
      await pipe.restart(leader, members)
      let writes = 0
      let finishWrite: () => void = () => {}
      pipe.beforePersist = async (id) => {
        if (isSlow && id === first && ++writes > 1) await new Promise<void>((done) => (finishWrite = done))
      }
      await pipe.restart(first, members)
      await pipe.pass(1000)
      expect(identityOf(first)).toEqual(isSlow ? null : expect.stringMatching(/^.~./))
      pipe.crash(leader)
      await pipe.restart(second, members)
      await pipe.pass(10_000)
      expect(identityOf(second)).not.toBe(`${second}~`)
      pipe.beforePersist = async () => {}
      finishWrite()
      await pipe.destroy()
    }
  })

  it('believes a node that is not yet a member that the others have begun', async () => {
    await begun()
    const { leader } = pipe
    const [first, second] = others(leader) as [string, string]
    for (const id of members) pipe.crash(id)
    pipe.disks.delete(first)
    pipe.disks.delete(second)
    await pipe.restart(leader, members)
    await pipe.restart(first, members)
    await pipe.pass(1000)
    pipe.crash(leader)
    await pipe.restart(second, members)
    expect(await pipe.until(() => identityOf(second) !== null, 2000)).toBe(true)
    expect(identityOf(second)).toMatch(/^.~./)
  })

  it('waits if it hears no other node, and logs for which nodes', async () => {
    await begun()
    for (const id of others('c')) pipe.crash(id)
    wipe('c')
    await pipe.restart('c', members)
    await pipe.pass(20_000)
    expect([identityOf('c'), pipe.leaders]).toEqual([null, []])
    const told = pipe.node('c').logs.filter((line) => line.includes('waits'))
    expect(told).toEqual([expect.stringContaining('a majority of a, b, c')])
  })
})

it('a node with members joins no cluster that was bootstrapped without, and reports it once', async () => {
  pipe = new Pipe()
  await pipe.start(['a', 'b'])
  await pipe.pass(6000)
  await write('a', 'without members')
  pipe.make('c', { members })
  await pipe.begin('c', members)
  await pipe.pass(20_000)
  expect([identityOf('c'), pipe.raft('c').getData()]).toEqual([null, {}])
  expect(pipe.node('c').conflicts).toEqual([expect.stringContaining('was bootstrapped by `members`')])
})

describe('if more than a minority is lost', () => {
  it('no node leads beside a survivor, whose value is not overwritten', async () => {
    await begun()
    await write('a', 'kept')
    const [one, two, survivor] = [...others(pipe.leader), pipe.leader] as [string, string, string]
    wipe(one)
    wipe(two)
    await pipe.restart(one, members)
    await pipe.restart(two, members)
    await pipe.pass(20_000)
    expect(pipe.leaders).toEqual([])
    expect(pipe.disk(survivor)?.data).toBe('kept')
  })

  it('all of them begin again if all are lost', async () => {
    await begun()
    await write('a', 'gone')
    for (const id of members) wipe(id)
    for (const id of members) await pipe.restart(id, members)
    expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
    expect(pipe.agrees({})).toBe(true)
  })
})
