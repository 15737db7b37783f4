import { afterEach, expect, it } from 'vitest'
import { Pipe, runReady } from './pipe.ts'

const members = ['a', 'b', 'c']
let pipe = new Pipe()
afterEach(() => pipe.destroy())

it('a document is JSON in the shape of raftq: term, votedFor, data', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  await Promise.all([pipe.raft('a').dispatch('replicateData', { x: 1 }), pipe.pass(500)])
  await Promise.all([pipe.raft('a').dispatch('replicateData', { x: 2 }), pipe.pass(500)])
  expect(pipe.disk(pipe.leader)).toMatchObject({ term: expect.any(Number), votedFor: pipe.leader })
})

it('a document soon has the last committed value, for people and for the next start', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  await Promise.all([pipe.raft('a').dispatch('replicateData', { x: 1 }), pipe.pass(500)])
  expect(members.map((id) => pipe.disk(id)?.data)).toEqual([{ x: 1 }, { x: 1 }, { x: 1 }])
  let writes = 0
  pipe.beforePersist = async () => {
    writes++
  }
  await pipe.pass(10_000)
  expect(writes).toBe(0)
  for (const id of members) pipe.crash(id)
  pipe.deliver = () => false
  await pipe.restart('a')
  await runReady()
  expect(pipe.raft('a').getData()).toEqual({ x: 1 })
})

it('terms, votes and values survive a crash of all at once', async () => {
  pipe = new Pipe({ members })
  await pipe.start(members)
  await pipe.pass(3000)
  await Promise.all([pipe.raft('b').dispatch('replicateData', 'kept'), pipe.pass(500)])
  const terms = members.map((id) => pipe.disk(id)!.term)
  for (const id of members) pipe.crash(id)
  for (const id of members) await pipe.restart(id)
  expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
  await pipe.pass(300)
  expect(pipe.agrees('kept')).toBe(true)
  for (const [i, id] of members.entries()) expect(pipe.disk(id)!.term).toBeGreaterThan(terms[i]!)
})

it('a restarted node knows the others without ackNode', async () => {
  pipe = new Pipe()
  await pipe.start(members)
  await pipe.pass(6000)
  for (const id of members) pipe.crash(id)
  for (const id of members) await pipe.restart(id)
  expect(await pipe.until(() => pipe.leaders.length === 1, 5000)).toBe(true)
  expect(pipe.raft('c').getFollowers()).toHaveLength(2)
})

it('nothing is acknowledged before it is persisted, and writes that gather are persisted as one', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(3000)
  const writes: (() => void)[] = []
  pipe.beforePersist = () => new Promise((resolve) => writes.push(resolve))
  let committed = 0
  for (let i = 0; i < 10; i++)
    pipe
      .raft('a')
      .dispatch('replicateData', i)
      .then(() => committed++)
  await runReady()
  expect([writes.length, committed]).toEqual([1, 0])
  for (let i = 0; i < 9; i++)
    pipe
      .raft('a')
      .dispatch('replicateData', `more ${i}`)
      .then(() => committed++)
  await runReady()
  expect([writes.length, committed]).toEqual([1, 0])
  writes[0]!()
  await runReady()
  expect([writes.length, committed]).toEqual([2, 10])
  pipe.beforePersist = async () => {}
  writes[1]!()
  await runReady()
  expect(committed).toBe(19)
})

it('a persist that fails is tried again, and nothing is sent before it succeeds', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(3000)
  let fails = 3
  pipe.beforePersist = async () => {
    if (fails-- > 0) throw new Error('disk full')
  }
  let committed = false
  pipe
    .raft('a')
    .dispatch('replicateData', 'x')
    .then(() => {
      committed = true
    })
  await pipe.pass(500)
  expect(committed).toBe(false)
  await pipe.pass(500)
  expect(committed).toBe(true)
  expect(pipe.node('a').logs.filter((line) => line.includes('disk full'))).toHaveLength(3)
})

it('a damaged document is refused, because a node without it could vote twice', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(3000)
  for (let i = 0; i < 30; i++) await Promise.all([pipe.raft('a').dispatch('replicateData', i), pipe.pass(10)])
  const whole = pipe.disk('a')!
  const { entries, ...rest } = whole.oarlock as { entries: unknown[]; snapshot: object }
  expect([entries.length > 2, rest.snapshot]).toEqual([true, expect.anything()])
  for (const damaged of [
    7,
    { ...whole, term: 'x' },
    ...[
      { ...rest, version: 9 },
      { ...rest, entries: 1 },
      { ...rest, entries: entries.toSpliced(1, 1) },
      { ...rest, entries: entries.slice(1) },
      { ...rest, entries, state: null },
    ].map((oarlock) => ({ ...whole, oarlock })),
  ]) {
    pipe.crash('a')
    pipe.disks.set('a', JSON.stringify(damaged))
    pipe.make('a')
    await expect(pipe.begin('a')).rejects.toMatchObject({ code: 'OARLOCK_DECODE', outcome: 'not-a-write' })
    expect(pipe.node('a').logs.at(-1)).toMatch(/could not start: the persisted document is damaged/)
    expect(pipe.disk('a')).toEqual(damaged)
  }
  pipe.disks.set('a', JSON.stringify(whole))
  await pipe.begin('a') // with the repaired document
  expect(await pipe.until(() => pipe.leaders.length === 1, 3000)).toBe(true)
})

const ofRaftq = (data: unknown) => JSON.stringify({ term: 9, votedFor: 'b', data })

it.each([
  ['members', { members }],
  ['no members', {}],
])("the value from raftq's documents is the founders' first value, with %s", async (_, options) => {
  pipe = new Pipe(options)
  for (const id of members) pipe.disks.set(id, ofRaftq({ of: 'raftq' }))
  await pipe.start(members)
  await pipe.pass(5000)
  expect(pipe.agrees({ of: 'raftq' })).toBe(true)
})

it('the value from a raftq document survives a crash before it becomes the first value', async () => {
  pipe = new Pipe()
  pipe.disks.set('a', ofRaftq('kept'))
  await pipe.start(['a'])
  await pipe.pass(500)
  expect([pipe.leaders, pipe.disk('a')?.data]).toEqual([[], 'kept'])
  pipe.crash('a')
  await pipe.restart('a')
  expect(await pipe.until(() => pipe.agrees('kept'), 3000)).toBe(true)
  await pipe.pass(500)
  expect(pipe.disk('a')).toMatchObject({ data: 'kept', oarlock: { legacy: null } })
})

it('the empty value of a new raftq document counts as no value, so such a cluster may dissolve', async () => {
  pipe = new Pipe()
  for (const id of ['a', 'x']) pipe.disks.set(id, ofRaftq({}))
  for (const id of ['a', 'x']) pipe.make(id)
  await Promise.all([pipe.begin('a'), pipe.begin('x')])
  await pipe.pass(4000)
  expect(pipe.leaders).toHaveLength(2)
  pipe.raft('a').dispatch('ackNode', { id: 'x', time: 1 })
  expect(await pipe.until(() => pipe.leaders.length === 1, 8000)).toBe(true)
})

it('the value from a raftq document is dropped in a cluster that has a value', async () => {
  pipe = new Pipe()
  await pipe.start(['a'])
  await pipe.pass(3000)
  await Promise.all([pipe.raft('a').dispatch('replicateData', 'newer'), pipe.pass(100)])
  pipe.disks.set('b', ofRaftq('older'))
  pipe.make('b')
  await pipe.begin('b', ['a'])
  await pipe.pass(5000)
  pipe.crash('a')
  await pipe.restart('a')
  await pipe.pass(5000)
  expect(pipe.agrees('newer')).toBe(true)
})
