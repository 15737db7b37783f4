// The known failures of raftq 1.0, each as a test that it fails and that passes here. implementation.ts says
// how to run them on raftq itself. The README has a row with the results for each heading.
import { RaftRole } from '@oarlock/raftq'
import { afterEach, describe, expect, it } from 'vitest'
import { grantedVote, messageOf, PipeOfEither as Pipe } from './implementation.ts'

const members = ['a', 'b', 'c']
/** The values from raftq's README, since raftq has no defaults. */
const times = { heartbeat: 100, minimumElectionTime: 200, maximumElectionTime: 800 }
let pipe = new Pipe()
/** Writes that wait for `release`. */
const held: (() => void)[] = []
const release = (): void => {
  pipe.beforePersist = async () => {}
  for (const write of held.splice(0)) write()
}
afterEach(async () => {
  release()
  await pipe.destroy()
})

const started = async (wait = 3000) => {
  pipe = new Pipe({ members, ...times })
  await pipe.start(members)
  await pipe.pass(wait)
}
const others = (...but: string[]): [string, string] =>
  members.filter((id) => !but.includes(id)) as [string, string]

describe('two votes in one term after a crash', () => {
  it('a vote is kept, and a later request in that term gets none', async () => {
    pipe = new Pipe({ members, ...times })
    await pipe.start(members)
    const votes = new Map<string, Set<string>>()
    let given = 0
    // a and b hear only c. c crashes after each vote that it grants, and starts again.
    pipe.deliver = (message) => {
      const term = grantedVote(message)
      if (term !== null && message.from === 'c') {
        votes.set(`in ${term}`, (votes.get(`in ${term}`) ?? new Set()).add(message.to))
        given++
      }
      return message.from === 'c' || message.to === 'c'
    }
    let leading = 0
    for (let i = 0; i < 15; i++) {
      const before = given
      await pipe.until(() => given > before, 5000)
      pipe.crash('c')
      await pipe.restart('c', members)
      for (let ms = 0; ms < 800; ms += 10) {
        await pipe.pass(10)
        leading = Math.max(leading, pipe.leaders.length)
      }
      for (const id of pipe.leaders) {
        pipe.crash(id)
        await pipe.restart(id, members)
      }
    }
    expect(given).toBeGreaterThan(9)
    for (const [term, candidates] of votes) expect([...candidates], term).toHaveLength(1)
    expect(leading).toBe(1)
  })

  it('a vote does not leave before it is written', async () => {
    await started()
    const [voter, candidate] = others(pipe.leader)
    pipe.beforePersist = (id) =>
      id === voter ? new Promise((resolve) => held.push(resolve)) : Promise.resolve()
    pipe.crash(pipe.leader)
    const before = pipe.sent.length
    await pipe.pass(5000)
    const asked = pipe.sent
      .slice(before)
      .filter(({ from, event }) => from === candidate && event === 'voteRequest')
    expect(asked.length).toBeGreaterThan(0)
    expect(
      pipe.sent.slice(before).filter((each) => each.from === voter && grantedVote(each) !== null),
    ).toEqual([])
    expect(pipe.leaders).toEqual([])
    release()
    expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
  })
})

describe('a duplicated vote reply elects', () => {
  it('each voter counts once', async () => {
    const five = ['a', 'b', 'c', 'd', 'e']
    pipe = new Pipe({ members: five, ...times })
    await pipe.start(five)
    await pipe.pass(3000)
    const [one, two] = five.filter((id) => id !== pipe.leader) as [string, string]
    const pair = [one, two]
    const before = pipe.sent.length
    // Two of five hear one another, and receive every vote reply three times.
    pipe.deliver = (message) => {
      if (!pair.includes(message.from) || !pair.includes(message.to)) return false
      if (message.event === 'voteResponse') for (let i = 0; i < 3; i++) pipe.hand(message)
      return true
    }
    await pipe.pass(10_000)
    const yes = pipe.sent.slice(before).filter(({ body }) => 'granted' in body && body.granted)
    expect(yes.length).toBeGreaterThan(0)
    for (const id of pair) expect(pipe.leaders).not.toContain(id)
  })
})

describe('isolated nodes all lead', () => {
  it('with members, an isolated node does not lead', async () => {
    pipe = new Pipe({ members, ...times })
    for (const id of members) pipe.make(id)
    pipe.deliver = () => false
    await Promise.all(members.map((id) => pipe.begin(id)))
    await pipe.pass(20_000)
    expect(members.flatMap((id) => pipe.node(id).roles)).not.toContain(RaftRole.LEADER)
    expect(pipe.leaders).toEqual([])
    for (const id of members)
      for (const other of others(id)) pipe.raft(id).dispatch('ackNode', { id: other, time: 1 })
    pipe.heal()
    expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
  })

  it('a node that is told that all others left has no majority', async () => {
    await started()
    const { leader } = pipe
    pipe.deliver = () => false
    for (const id of members)
      for (const other of others(id)) pipe.raft(id).dispatch('ackNode', { id: other, time: 0 })
    await pipe.pass(10_000)
    expect(pipe.leaders.filter((id) => id !== leader)).toEqual([])
    expect(pipe.leaders).toEqual([])
  })
})

describe('a value held by the majority is erased', () => {
  it('a node that lacks it cannot be elected', async () => {
    await started()
    const first = pipe.leader
    const [holder, behind] = others(first)
    pipe.isolate(behind)
    await Promise.all([pipe.raft(first).dispatch('replicateData', 'committed'), pipe.pass(300)])
    expect(pipe.raft(holder).getData()).toBe('committed')
    pipe.crash(first)
    // For a long time, only the node that lacks it stands for election.
    pipe.deliver = ({ event, from }) => !(event === 'voteRequest' && from === holder)
    await pipe.pass(5000)
    expect(pipe.leaders).not.toContain(behind)
    pipe.heal()
    expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
    await pipe.pass(200)
    expect(pipe.leader).toBe(holder)
    expect(pipe.agrees('committed')).toBe(true)
  })
})

describe('the election timer stops for good', () => {
  it('a node that has heard a leader once stands for election when the leader is silent', async () => {
    await started()
    const { leader } = pipe
    const heard = new Set<string>()
    // The two others restart, each hears the leader once, and then the leader crashes.
    pipe.deliver = ({ from, to, event }) => {
      if (from !== leader || event !== 'syncData') return true
      const isFirst = !heard.has(to)
      heard.add(to)
      return isFirst
    }
    for (const id of others(leader)) {
      pipe.crash(id)
      await pipe.restart(id, members)
    }
    expect(await pipe.until(() => heard.size === 2, 1000)).toBe(true)
    pipe.crash(leader)
    expect(await pipe.until(() => pipe.leaders.length === 1, 10_000)).toBe(true)
  })

  // raftq passes this one as well: here no node learns of a later term from the last heartbeat of a leader.
  it('every lost leader is followed by another', async () => {
    await started(0)
    for (let i = 0; i < 10; i++) {
      expect(await pipe.until(() => pipe.leaders.length === 1, 5000), `round ${i}`).toBe(true)
      const { leader } = pipe
      // The old leader hears of a later term and follows. Then all messages are lost.
      pipe.isolate(leader)
      await pipe.until(() => pipe.leaders.length === 1 && pipe.leader !== leader, 5000)
      pipe.heal()
      await pipe.pass(300)
      pipe.deliver = () => false
      await pipe.pass(1000)
      pipe.heal()
    }
  })
})

describe('writes on followers vanish', () => {
  it('they are forwarded, and resolve when committed', async () => {
    await started()
    const [follower] = others(pipe.leader)
    await Promise.all([pipe.raft(follower).dispatch('replicateData', 'from a follower'), pipe.pass(300)])
    expect(pipe.raft(follower).getData()).toBe('from a follower')
    await pipe.pass(300)
    expect(pipe.agrees('from a follower')).toBe(true)
  })

  it('they are committed even if the pipe loses them or their leader crashes', async () => {
    await started()
    const first = pipe.leader
    const [follower] = others(first)
    pipe.deliver = (message) => messageOf(message, 'propose') === undefined
    const written = pipe.raft(follower).dispatch('replicateData', 'stubborn')
    await pipe.pass(200)
    pipe.crash(first)
    pipe.heal()
    await Promise.all([written, pipe.pass(6000)])
    expect(pipe.agrees('stubborn')).toBe(true)
  })
})

describe('timers are NaN without options', () => {
  it('there are defaults', async () => {
    pipe = new Pipe()
    pipe.make('a')
    await pipe.begin('a')
    await pipe.pass(3000)
    expect(pipe.leader).toBe('a')
    expect(pipe.waits.length).toBeGreaterThan(3)
    expect(pipe.waits.filter((ms) => !(ms >= 0 && ms <= 1000))).toEqual([])
  })
})
