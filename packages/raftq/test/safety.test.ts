// The rules that must hold under any timing, each with the messages that could break it.
import { RaftRole } from '@oarlock/raftq'
import { afterEach, expect, it } from 'vitest'
import { Pipe, runReady, type Sent } from './pipe.ts'

const members = ['a', 'b', 'c']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

type Carried = { type: string; term: number; granted?: boolean; entries?: unknown[]; at?: unknown }
const messagesOf = ({ body }: Sent): Carried[] => body.data.messages as unknown as Carried[]
const carries = (message: Sent, type: string): boolean =>
  messagesOf(message).some((each) => each.type === type)
const write = (id: string, value: unknown, timeout = 500) =>
  Promise.all([pipe.raft(id).dispatch('replicateData', value), pipe.pass(timeout)])
const started = async (options: object = { members }, wait = 3000) => {
  pipe = new Pipe(options)
  await pipe.start(members)
  await pipe.pass(wait)
}

it('a vote survives a restart, and no other candidate gets one in that term', async () => {
  await started()
  const request = pipe.sent.find((message) => carries(message, 'vote'))!
  const { term } = messagesOf(request)[0]!
  const voter = request.to
  const other = members.find((id) => id !== voter && id !== request.from)!
  pipe.crash(voter)
  pipe.deliver = () => false
  await pipe.restart(voter)
  expect(pipe.disk(voter)).toMatchObject({ term, votedFor: request.from })
  await pipe.pass(201) // the wait of a restarted node before it votes
  const before = pipe.sent.length
  const data = {
    ...request.body.data,
    from: `${other}~`,
    node: { id: other },
    messages: [{ type: 'vote', term, last: { term, index: 99 }, transfer: false }],
  }
  pipe.hand({ ...request, from: other, body: { ...request.body, data } as Sent['body'] })
  await pipe.pass(20)
  const answers = pipe.sent.slice(before).filter(({ from, to }) => from === voter && to === other)
  expect(answers.flatMap(messagesOf).filter(({ type }) => type === 'voteResponse')).toMatchObject([
    { term, granted: false },
  ])
})

it('a node sends only messages of the cluster in its document', async () => {
  pipe = new Pipe()
  const wrong: string[] = []
  pipe.deliver = (message) => {
    const { cluster, from, messages } = message.body.data
    const identity = (pipe.disk(message.from)?.oarlock as { identity: unknown } | undefined)?.identity
    if (
      messages.length > 0 &&
      !(JSON.stringify(identity) ?? '').includes(JSON.stringify({ id: cluster }).slice(1, -1))
    )
      wrong.push(`${from} as of ${cluster}`)
    return true
  }
  // A slow disk leaves time to send too early.
  pipe.beforePersist = () => new Promise((resolve) => pipe.platform.setTimer(resolve, 30))
  const starting = pipe.start(members)
  await pipe.pass(8000)
  await starting
  expect(pipe.leaders).toHaveLength(1)
  expect(pipe.sent.some(({ body }) => body.data.messages.length > 0)).toBe(true)
  expect(wrong).toEqual([])
  pipe.beforePersist = async () => {}
})

it('nodes with different members do not count each other', async () => {
  pipe = new Pipe()
  pipe.make('a', { members: ['a', 'b', 'c'] })
  pipe.make('b', { members: ['a', 'b', 'd'] })
  await Promise.all(['a', 'b'].map((id) => pipe.begin(id, ['a', 'b'])))
  await pipe.pass(5000)
  expect(pipe.leaders).toEqual([])
  expect(pipe.node('a').conflicts).toEqual([expect.stringContaining('differ')])
})

it('a leader whose lease has ended reports it at once, although no timer has fired', async () => {
  await started()
  const raft = pipe.raft(pipe.leader)
  pipe.now += 250
  expect(raft.getRole()).not.toBe(RaftRole.LEADER)
})

it('no node reports that it leads before it holds everything that was committed', async () => {
  pipe = new Pipe({ members })
  pipe.deliver = (message) => !carries(message, 'append')
  await pipe.start(members)
  await pipe.pass(3000)
  expect(pipe.sent.some((message) => carries(message, 'heartbeat'))).toBe(true)
  expect(pipe.leaders).toEqual([])
})

it('writes take effect after a restart of their proposer', async () => {
  await started()
  await write('b', 'one')
  pipe.crash('b')
  await pipe.restart('b')
  await pipe.pass(2000)
  await write('b', 'two')
  expect(pipe.agrees('two')).toBe(true)
})

it('a forwarded write that is lost is submitted again to the same leader', async () => {
  await started()
  const { leader } = pipe
  const follower = members.find((id) => id !== leader)!
  pipe.deliver = (message) => !carries(message, 'propose')
  const written = pipe.raft(follower).dispatch('replicateData', 'again')
  await pipe.pass(500)
  pipe.heal()
  await Promise.all([written, pipe.pass(3000)])
  expect(pipe.leader).toBe(leader)
})

it('a snapshot carries the value, and is sent again if it is lost', async () => {
  await started()
  const away = members.find((id) => id !== pipe.leader)!
  pipe.isolate(away)
  await pipe.pass(2000) // the log is kept for a member that was heard lately
  for (let i = 1; i <= 60; i++) await write(pipe.leader, { i }, 5)
  let lost = 0
  pipe.deliver = (message) => {
    if (message.to !== away) return true
    if (carries(message, 'snapshot') && lost++ < 2) return false
    return !messagesOf(message).some(({ type, entries }) => type === 'append' && entries!.length > 0)
  }
  expect(await pipe.until(() => (pipe.raft(away).getData() as { i?: number }).i! > 0, 10_000)).toBe(true)
  expect(lost).toBeGreaterThan(2)
})

it('a write during a leadership transfer waits for the next leader', async () => {
  await started()
  const first = pipe.leader
  const transferred = pipe.raft(first).dispatch('serviceCrashed', { reason: 'a bug' })
  const written = pipe.raft(first).dispatch('replicateData', 'meanwhile')
  await Promise.all([transferred, written, pipe.pass(3000)])
  expect(pipe.agrees('meanwhile')).toBe(true)
  expect(pipe.leader).not.toBe(first)
})

it('a leader that left, as others report, transfers leadership and is removed', async () => {
  await started({}, 6000)
  const first = pipe.leader
  for (const id of members) if (id !== first) pipe.raft(id).dispatch('ackNode', { id: first, time: 0 })
  expect(await pipe.until(() => pipe.leaders.length === 1 && pipe.leader !== first, 3000)).toBe(true)
  await pipe.pass(1000)
  pipe.crash(first)
  const [one, other] = members.filter((id) => id !== first) as [string, string]
  await write(one, 'of two')
  expect(pipe.raft(other).getData()).toBe('of two')
})

it('a leaving node is told once it is no longer a member, and need not wait longer', async () => {
  await started({}, 6000)
  const follower = members.find((id) => id !== pipe.leader)!
  const { raft } = pipe.node(follower)
  raft.getNode().time = 0
  let left = false
  raft.dispatch('serviceCrashed', { reason: 'SIGINT' }).then(() => {
    left = true
  })
  expect(await pipe.until(() => left, 400)).toBe(true)
})

it('a leaving node waits until it is no longer a member', async () => {
  await started({}, 6000)
  const follower = members.find((id) => id !== pipe.leader)!
  const { raft } = pipe.node(follower)
  // Its removal cannot be committed yet.
  pipe.deliver = ({ event }) => event !== 'dataResponse'
  raft.getNode().time = 0
  let left = false
  raft.dispatch('serviceCrashed', { reason: 'SIGINT' }).then(() => {
    left = true
  })
  await pipe.pass(120)
  expect(left).toBe(false)
  pipe.heal()
  expect(await pipe.until(() => left, 500)).toBe(true)
  expect(pipe.leaders).toHaveLength(1)
})

it('a node that missed the end of its cluster hears of it and joins the other one', async () => {
  pipe = new Pipe()
  pipe.split('x')
  for (const id of [...members, 'x']) pipe.make(id)
  await Promise.all([...members.map((id) => pipe.begin(id, members)), pipe.begin('x')])
  await pipe.pass(6000)
  await write('x', 'acknowledged')
  pipe.isolate('c')
  pipe.raft('x').dispatch('ackNode', { id: 'a', time: 1 })
  const value = (id: string) => pipe.raft(id).getData()
  expect(await pipe.until(() => value('a') === 'acknowledged' && value('b') === 'acknowledged', 8000)).toBe(
    true,
  )
  expect(value('c')).toEqual({})
  pipe.heal()
  expect(await pipe.until(() => value('c') === 'acknowledged', 8000)).toBe(true)
  expect(pipe.leaders).toHaveLength(1)
})

it('a node that asked a cluster which then died looks for another one, or bootstraps one', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(3000)
  pipe.make('b')
  pipe.deliver = ({ to, event }) => !(to === 'b' && event === 'syncData')
  await pipe.begin('b', ['a'])
  await pipe.pass(100)
  expect(pipe.node('b').logs.at(-1)).toMatch(/joins/)
  pipe.crash('a')
  expect(await pipe.until(() => pipe.leaders.includes('b'), 10_000)).toBe(true)
})

it('a snapshot with a damaged state is refused, and the node goes on', async () => {
  await started()
  const away = members.find((id) => id !== pipe.leader)!
  pipe.isolate(away)
  await pipe.pass(2000)
  for (let i = 1; i <= 60; i++) await write(pipe.leader, { i }, 5)
  let damaged = 0
  pipe.deliver = (message) => {
    if (message.to !== away || !carries(message, 'snapshot') || damaged > 2) return true
    damaged++
    const data = { ...message.body.data, state: { value: 1 } }
    pipe.hand({ ...message, body: { ...message.body, data } as Sent['body'] })
    return false
  }
  expect(await pipe.until(() => pipe.agrees({ i: 60 }), 10_000)).toBe(true)
  expect(damaged).toBe(3)
  expect(pipe.node(away).logs.filter((line) => line.includes('was refused'))).toHaveLength(1)
})

it('a forwarded write that was refused is unknown, because the pipe may deliver it twice', async () => {
  await started()
  const first = pipe.leader
  const [writer, next] = members.filter((id) => id !== first) as [string, string]
  let copy: Sent | null = null
  // From now on the writer hears nothing of the log. It only hears that a former leader refused its write.
  pipe.deliver = (message) => {
    if (carries(message, 'propose') && message.from === writer) copy ??= message
    return message.to !== writer || messagesOf(message).some(({ at }) => at === null)
  }
  let failed: unknown
  pipe
    .raft(writer)
    .dispatch('replicateData', 'applied')
    .catch((error: unknown) => {
      failed = error
    })
  await pipe.pass(100)
  expect(pipe.raft(next).getData()).toBe('applied')
  pipe.raft(first).dispatch('serviceCrashed', { reason: 'a bug' })
  expect(await pipe.until(() => pipe.leaders[0] === next, 2000)).toBe(true)
  pipe.hand(copy!)
  await pipe.pass(20)
  const refused = pipe.sent.filter((message) => message.to === writer && carries(message, 'proposeResponse'))
  expect(messagesOf(refused.at(-1)!)).toMatchObject([{ at: null }])
  pipe.isolate(writer)
  await pipe.pass(11_000)
  expect(failed).toMatchObject({ outcome: 'unknown', code: 'OARLOCK_PROPOSAL_TIMEOUT' })
})

it('a node that cannot go on safely logs it, does not lead, and accepts no more writes', async () => {
  await started()
  const { leader } = pipe
  const other = members.find((id) => id !== leader)!
  const heartbeat = pipe.sent.findLast((sent) => sent.from === leader && carries(sent, 'heartbeat'))!
  // A second leader in the same term, which Raft excludes.
  const data = { ...heartbeat.body.data, from: `${other}~`, to: `${leader}~`, node: { id: other } }
  const body = { ...heartbeat.body, data } as Sent['body']
  pipe.hand({ ...heartbeat, from: other, to: leader, body })
  await runReady()
  const { raft, logs } = pipe.node(leader)
  expect(logs.filter((line) => line.includes('could not go on safely'))).toHaveLength(1)
  expect([raft.getRole(), raft.getLeader()]).toEqual([RaftRole.FOLLOWER, null])
  await expect(raft.dispatch('replicateData', 'x')).rejects.toMatchObject({
    code: 'OARLOCK_MEMBER_CLOSED',
    outcome: 'not-applied',
  })
  // The other nodes go on.
  expect(await pipe.until(() => pipe.leaders.length === 1, 2000)).toBe(true)
  await write(pipe.leader, 'without it')
  expect(pipe.raft(other).getData()).toBe('without it')
})
