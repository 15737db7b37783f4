// What raftq 1.0 does wrong, each as a test that it fails and that passes here.
import { RaftRole } from '@oarlock/raftq'
import { afterEach, expect, it } from 'vitest'
import { Pipe, type Sent } from './pipe.ts'

const members = ['a', 'b', 'c']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

interface Carried {
  readonly type: string
  readonly term: number
  readonly granted?: boolean
}
const carried = ({ body }: Sent, type: string): Carried | undefined =>
  (body.data.messages as unknown as Carried[]).find((message) => message.type === type)

it('two votes in one term after a crash: a vote is persisted before it is answered, and kept', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  const votes = new Map<string, Set<string>>()
  pipe.deliver = (message) => {
    const vote = carried(message, 'voteResponse')
    if (vote?.granted) {
      // What was answered is on the disk of who answers.
      expect(pipe.disk(message.from)).toMatchObject({ term: vote.term, votedFor: message.to })
      const key = `${message.from} in ${vote.term}`
      votes.set(key, (votes.get(key) ?? new Set()).add(message.to))
    }
    return true
  }
  // Whoever votes is crashed at once, again and again, and asked by others in the same term.
  for (let i = 0; i < 15; i++) {
    await pipe.until(() => votes.size > i, 3000)
    const voter = members.find((id) => id !== pipe.leaders[0])!
    for (const id of pipe.leaders) pipe.crash(id)
    pipe.crash(voter)
    await pipe.pass(10)
    for (const id of members) if (!pipe.node(id).up) await pipe.restart(id, members)
  }
  expect(votes.size).toBeGreaterThan(10)
  for (const [voter, candidates] of votes) expect([...candidates], voter).toHaveLength(1)
})

it('two votes in one term after a crash: no vote leaves while its write is under way', async () => {
  pipe = new Pipe({ members })
  let write: () => void = () => {}
  await pipe.start(members)
  pipe.beforePersist = (id) => (id === 'c' ? new Promise((resolve) => (write = resolve)) : Promise.resolve())
  pipe.isolate('a') // so that b needs the vote of c
  await pipe.pass(5000)
  const ofC = () => pipe.sent.filter((message) => message.from === 'c' && message.event === 'voteResponse')
  expect(ofC().filter((message) => carried(message, 'voteResponse')?.granted)).toEqual([])
  expect(pipe.leaders).toEqual([])
  pipe.beforePersist = async () => {}
  write()
  expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
})

it('a duplicated vote reply elects: votes count once a voter', async () => {
  const five = ['a', 'b', 'c', 'd', 'e']
  pipe = new Pipe({ members: five })
  await pipe.start(five)
  // a hears b alone, and every answer of b three times.
  pipe.deliver = (message) => {
    if (message.from !== 'a' && message.to !== 'a') return false
    if (message.from !== 'b' && message.to !== 'b') return false
    if (message.event === 'voteResponse') for (let i = 0; i < 3; i++) pipe.hand(message)
    return true
  }
  await pipe.pass(10_000)
  expect(pipe.sent.some((message) => carried(message, 'preVoteResponse')?.granted)).toBe(true)
  expect(pipe.leaders).toEqual([])
})

it('isolated nodes all lead: with members they elect nobody', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  pipe.deliver = () => false
  await pipe.pass(20_000)
  expect(pipe.leaders).toEqual([])
  expect(members.flatMap((id) => pipe.node(id).roles).includes(RaftRole.LEADER)).toBe(false)
  pipe.heal()
  expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
})

it('isolated nodes all lead: who is cut off from its cluster does not, members or not', async () => {
  pipe = new Pipe()
  await pipe.start(members)
  await pipe.pass(5000)
  const { leader } = pipe
  pipe.deliver = () => false
  await pipe.pass(10_000)
  expect(pipe.leaders).toEqual([])
  expect(pipe.raft(leader).getRole()).not.toBe(RaftRole.LEADER)
})

it('a value held by the majority is erased: who lacks it cannot be elected', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  const first = pipe.leader
  const [holder, behind] = members.filter((id) => id !== first) as [string, string]
  pipe.isolate(behind)
  await Promise.all([pipe.raft(first).dispatch('replicateData', 'committed'), pipe.pass(100)])
  pipe.crash(first)
  pipe.heal()
  // The one that lacks it is the only one that stands, for long.
  pipe.deliver = ({ event, from }) => !(event === 'voteRequest' && from === holder)
  await pipe.pass(5000)
  expect(pipe.leaders).not.toContain(behind)
  pipe.heal()
  expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
  await pipe.pass(200)
  expect(pipe.leader).toBe(holder)
  expect(pipe.agrees('committed')).toBe(true)
})

it('the election timer stops for good: after every loss of a leader there is a next one', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  for (let i = 0; i < 10; i++) {
    expect(await pipe.until(() => pipe.leaders.length === 1, 5000), `round ${i}`).toBe(true)
    const { leader } = pipe
    // It hears of a later term and follows, then nobody speaks any more.
    pipe.isolate(leader)
    await pipe.until(() => pipe.leaders.length === 1 && pipe.leader !== leader, 5000)
    pipe.heal()
    await pipe.pass(300)
    pipe.deliver = () => false
    await pipe.pass(1000)
    pipe.heal()
  }
})

it('writes on followers vanish: they are forwarded, and resolve when committed', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  const follower = members.find((id) => id !== pipe.leader)!
  await Promise.all([pipe.raft(follower).dispatch('replicateData', 'from a follower'), pipe.pass(300)])
  expect(pipe.raft(follower).getData()).toBe('from a follower')
  await pipe.pass(300)
  expect(pipe.agrees('from a follower')).toBe(true)
})

it('writes on followers vanish: not even where the pipe loses them, or the leader dies with them', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  const first = pipe.leader
  const follower = members.find((id) => id !== first)!
  pipe.deliver = (message) => carried(message, 'propose') === undefined
  const written = pipe.raft(follower).dispatch('replicateData', 'stubborn')
  await pipe.pass(200)
  pipe.crash(first)
  pipe.heal()
  await Promise.all([written, pipe.pass(6000)])
  expect(pipe.agrees('stubborn')).toBe(true)
})

it('timers are NaN without options: there are defaults', async () => {
  pipe = new Pipe()
  const waits: number[] = []
  const { setTimer } = pipe.platform
  const platform = {
    ...pipe.platform,
    setTimer: (run: () => void, ms: number) => {
      waits.push(ms)
      return setTimer(run, ms)
    },
  }
  pipe.make('a', { platform })
  await pipe.begin('a')
  await pipe.pass(3000)
  expect(pipe.leader).toBe('a')
  expect(waits.length).toBeGreaterThan(3)
  expect(waits.filter((ms) => !(ms >= 0 && ms <= 1000))).toEqual([])
})
